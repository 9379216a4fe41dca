"""microk8s leave: this node becomes a cluster of its own again; its Node object stays until somebody removes it."""

from __future__ import annotations

import shutil
import time

from microk8s import certificates, datastore, hooks, kube, network, paths, processes, roles

START_SECONDS = 60


def run(arguments: list[str]) -> int:
    if arguments:
        raise paths.unknown(f"leave {' '.join(arguments)}")
    if not paths.locked("no-cert-reissue"):
        paths.say("This MicroK8s deployment is not acting as a node in a cluster.")
        return 1
    return leave_as_worker() if paths.is_worker() else leave_as_control_plane()


def leave_as_worker() -> int:
    paths.say("Configuring services.")
    if not paths.locked("clustered.lock") or not paths.locked("no-k8s-dqlite"):
        paths.say("Not in clustering mode.")
        return 2
    processes.stop_hard("kubelite", "apiserver-proxy")
    processes.kill_containers()
    network.teardown()
    for name in ("kubelet", "kube-proxy"):
        paths.write(paths.ARGS / name, (paths.SNAP / "default-args" / name).read_text())
    for name in ("clustered.lock", "no-k8s-dqlite", "no-cert-reissue"):
        paths.unlock(name)
    paths.lock("no-apiserver-proxy")
    paths.say("Generating new cluster certificates.")
    certificates.make_server()
    certificates.make_clients()
    certificates.make_kubeconfigs()
    start()
    return 0


def leave_as_control_plane() -> int:
    own = datastore.own_address()
    try:
        members = datastore.Client().members()
    except datastore.DatastoreError:
        members = datastore.known_peers()
    if roles.only_voter(members, own):
        paths.say(
            f"Cannot let {own} leave the cluster: it currently holds the only copy of the datastore. "
            "Wait until another node has become a voter, or remove the others first."
        )
        return 3
    others = [member for member in members if member.address != own]
    processes.stop_hard("kubelite")
    if others and paths.knob("stale-member") is None:
        try:
            # Before the datastore is stopped: etcd lets a member go more easily while it still votes.
            datastore.leave(datastore.voter_client(others), own)
        except datastore.DatastoreError as error:
            paths.say(f"Contacting node {others[0].address} failed. {error}")
            return 2
    processes.stop_hard("k8s-dqlite")
    processes.kill_containers()
    network.teardown()
    paths.say("Generating new cluster certificates.")
    shutil.rmtree(paths.BACKEND, ignore_errors=True)
    hooks.make_datastore_certificate()
    datastore.write_init(datastore.LOCAL, [])
    paths.unlock("no-cert-reissue")
    start()
    return 0


def start() -> None:
    paths.say("Waiting for node to start.")
    processes.restart("containerd")
    processes.restart("k8s-dqlite", "kubelite", "cluster-agent", "apiserver-kicker")
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and " Ready " not in kube.kubectl("get", "node", paths.node_name(), "--no-headers").stdout:
        time.sleep(1)
