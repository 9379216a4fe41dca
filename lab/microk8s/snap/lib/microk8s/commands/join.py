"""microk8s join: this node becomes a part of another node's cluster."""

from __future__ import annotations

import argparse
import http.client
import ipaddress
import json
import re
import shutil
import ssl
import time

from microk8s import arguments, certificates, cluster_routes, datastore, network, paths, processes, tokens
from microk8s.daemons import apiserver_proxy
from microk8s.datastore import DatastoreError
from microk8s.roles import Member

CHECK_LENGTH = 12
# The original waits this long between stopping the datastore and moving it away, and asks this often whether the new one is there.
STOP_SLEEP, POLLS, POLL_SECONDS = 10, 10, 2
CONTROL_PLANE_LABEL = "node.kubernetes.io/microk8s-controlplane=microk8s-controlplane"
WORKER_LABELS = "microk8s.io/cluster=true,node.kubernetes.io/microk8s-worker=microk8s-worker"
WORKER_USAGE = """
The node has joined the cluster and will appear in the nodes list in a few seconds.

This worker node gets automatically configured with the API server endpoints.
If the API servers are behind a loadbalancer please set the '--refresh-interval' to '0s' in:
    /var/snap/microk8s/current/args/apiserver-proxy
and replace the API server endpoints with the one provided by the loadbalancer in:
    /var/snap/microk8s/current/args/traefik/provider.yaml
"""


class JoinError(Exception):
    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def run(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s join", description="Join the node to a cluster.")
    parser.add_argument("connection", nargs="?")
    parser.add_argument("--worker", action="store_true")
    parser.add_argument("--controlplane", action="store_true")
    parser.add_argument("--skip-verify", action="store_true")
    parser.add_argument("--disable-low-memory-guard", action="store_true")
    options = parser.parse_args(given)
    if options.connection is None:
        paths.complain("Usage: microk8s join [OPTIONS] CONNECTION\n\nError: Missing argument 'CONNECTION'.")
        return 2
    if options.disable_low_memory_guard:
        paths.unlock("low-memory-guard.lock")
    if paths.locked("low-memory-guard.lock") and not options.worker:
        paths.say("This node does not have enough RAM to host the Kubernetes control plane services. Use '--worker' to join as a worker.")
        return 1
    try:
        address, token, fingerprint = parse(options.connection)
        # Left behind by every failure, as the original does.
        paths.lock("join-in-progress")
        answer = contact(address, token, None if options.skip_verify else fingerprint, worker=options.worker)
        if options.worker:
            become_worker(address, token, answer)
        else:
            become_control_plane(answer)
    except JoinError as error:
        paths.say(str(error))
        return error.code
    paths.unlock("join-in-progress")
    paths.say("Successfully joined the cluster.")
    return 0


def parse(connection: str) -> tuple[str, str, str]:
    """IP:PORT, token and fingerprint (may be empty) of a connection string; raises JoinError."""
    parts = connection.split("/")
    if len(parts) not in (2, 3):
        raise JoinError("Invalid connection: expected format: <master>:<port>/<token>[/<fingerprint>]", 1)
    host, _, port = parts[0].partition(":")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise JoinError("Invalid connection: Invalid master IP", 1) from None
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise JoinError("Invalid connection: Invalid master port", 1)
    if len(parts[1]) < tokens.SHORTEST:
        raise JoinError("Invalid connection: Invalid token", 1)
    if len(parts) == 3 and len(parts[2]) < CHECK_LENGTH:
        raise JoinError("Invalid connection: Invalid fingerprint", 1)
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def ask(address: str, path: str, body: dict, fingerprint: str | None = None) -> tuple[int, dict]:
    """POST to another node's agent. One that cannot be reached is an uncaught error, as in the original."""
    host, port = address.split(":")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, int(port), context=context)
    connection.connect()
    if fingerprint:
        shown = certificates.fingerprint(ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(binary_form=True)))
        if not shown.startswith(fingerprint):
            hint = "Use '--skip-verify' to skip server certificate check."
            raise JoinError(f"Joining cluster failed. Could not verify the identity of {address}. {hint}", 4)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "Host": address})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        raise JoinError(f"Connecting to cluster failed with {answer.status}.", 5) from None


def contact(address: str, token: str, fingerprint: str | None, *, worker: bool) -> dict:
    paths.say(f"Contacting cluster at {address.split(':')[0]}")
    port = arguments.read("cluster-agent").get("--bind", "0.0.0.0:25000").rpartition(":")[2]
    body = {
        "token": token,
        "hostname": paths.node_name(),
        "port": port,
        "worker": worker,
        "can_handle_x509_auth": True,
        "can_handle_custom_etcd": True,
    }
    status, answer = ask(address, cluster_routes.JOIN, body, fingerprint)
    if status != 200:
        reason = str(answer.get("error", ""))
        raise JoinError(f"Connection failed. {reason[:1].upper()}{reason[1:]} ({status}).", 6)
    return answer


def take_kubelet_arguments(answer: dict, further: dict[str, str | None]) -> None:
    """The kubelet of the contacted node is the model, whatever this node had."""
    text = answer["kubelet_args"]
    changes: dict[str, str | None] = {"--hostname-override": None, **further}
    if "--node-ip" in arguments.parse(text):
        changes["--node-ip"] = answer["hostname_override"]
    paths.write(paths.ARGS / "kubelet", arguments.updated(text, changes))


def check_cidr(answer: dict) -> None:
    own = arguments.read("kube-proxy").get("--cluster-cidr")
    if answer["cluster_cidr"] and answer["cluster_cidr"] != own:
        paths.say(f"WARNING: Joining a cluster that has a different CIDR. The kube-proxy cluster CIDR is changed from {own}.")
        arguments.update("kube-proxy", {"--cluster-cidr": answer["cluster_cidr"]})


def become_control_plane(answer: dict) -> None:
    storage = paths.SNAP_COMMON / "default-storage"
    if storage.exists():
        paths.say("WARNING: Hostpath storage is enabled and is not suitable for multi node clusters.\n")
    own = answer["hostname_override"]
    certificates.adopt_authority(answer["ca"], answer["ca_key"], answer["service_account_key"])
    check_cidr(answer)
    arguments.update("kube-apiserver", {"--authorization-mode": answer["authorization_mode"], "--secure-port": answer["apiport"]})
    label = "--node-labels"
    labels = arguments.parse(answer["kubelet_args"]).get(label, "").replace(WORKER_LABELS.partition(",")[2], CONTROL_PLANE_LABEL)
    take_kubelet_arguments(answer, {label: f'"{labels}"'} if WORKER_LABELS in answer["kubelet_args"] else {})
    paths.write(paths.CALLBACK_TOKEN, answer["callback_token"] + "\n")
    processes.stop_hard("kubelite", "k8s-dqlite")
    time.sleep(STOP_SLEEP)
    network.teardown()
    backup = paths.BACKEND.with_name("backend.backup")
    shutil.rmtree(backup, ignore_errors=True)
    paths.BACKEND.rename(backup)
    paths.write(paths.BACKEND / "cluster.crt", answer["cluster_cert"])
    paths.write(paths.BACKEND / "cluster.key", answer["cluster_key"])
    datastore.write_init(f"{own}:{paths.DATASTORE_PORT}", [Member(0, address, 0) for address in answer["voters"]])
    processes.start("k8s-dqlite")
    wait_for_datastore(f"{own}:{paths.DATASTORE_PORT}")
    paths.lock("no-cert-reissue")
    processes.start("kubelite")
    processes.restart("cluster-agent")


def wait_for_datastore(address: str) -> None:
    """Ask for a while whether this node is a member; success is what the caller says in any case."""
    print("Waiting for this node to finish joining the cluster. ..", end=" ", flush=True)
    for _poll in range(POLLS):
        time.sleep(POLL_SECONDS)
        try:
            if any(member.address == address for member in datastore.Client().members()):
                break
        except DatastoreError:
            pass
        print("..", end=" ", flush=True)
    paths.say(" ")


def become_worker(address: str, token: str, answer: dict) -> None:
    paths.write(paths.CERTS / "ca.remote.crt", answer["ca"])
    for name, subject in (("kubelet", certificates.kubelet_subject()), ("proxy", certificates.CLIENTS["proxy"])):
        body = {"token": token, "request": certificates.request(name, subject), "addresses": paths.host_ips()}
        status, signed = ask(address, cluster_routes.SIGN, body)
        if status != 200:
            raise JoinError(f"Failed to sign {name} certificate ({status}).", 1)
        paths.write(paths.CERTS / f"{name}.crt", signed["certificate"])
    certificates.make_kubeconfigs(("kubelet.config", "proxy.config"), authority="ca.remote.crt")
    check_cidr(answer)
    take_kubelet_arguments(answer, {"--client-ca-file": "${SNAP_DATA}/certs/ca.remote.crt", "--node-labels": f'"{WORKER_LABELS}"'})
    paths.write(paths.CALLBACK_TOKEN, answer["callback_token"] + "\n")
    host = address.split(":")[0]
    paths.write(apiserver_proxy.PROVIDER, apiserver_proxy.provider_text([f"{host}:{answer['apiport']}"]))
    for name in ("clustered.lock", "no-k8s-dqlite", "no-cert-reissue"):
        paths.lock(name)
    paths.unlock("no-apiserver-proxy")
    processes.stop_hard("kubelite", "k8s-dqlite", "apiserver-kicker")
    network.teardown()
    processes.restart("apiserver-proxy")
    processes.restart("kubelite")
    paths.say(re.sub(r"\n$", "", WORKER_USAGE))
