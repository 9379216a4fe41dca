"""Requests of nodes that join: the door of the cluster, and signatures for workers."""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time

from microk8s import arguments, certificates, datastore, paths, processes, tokens
from microk8s.agent import RefusedError, Request

JOIN, SIGN = "/cluster/api/v2.0/join", "/cluster/api/v1.0/sign-cert"
REBIND_SECONDS = 60
_one_at_a_time = threading.Lock()


def join(request: Request) -> dict:
    """What a joining node needs; the checks are in the order of the original, and the token is used up by the first."""
    body = request.json()
    if not tokens.present(str(body.get("token", ""))):
        raise RefusedError(500, "invalid token")
    if not paths.locked("ha-cluster"):
        raise RefusedError(501, "not possible to join. This is not an HA dqlite cluster.")
    if str(body.get("port")) != str(paths.AGENT_PORT):
        raise RefusedError(502, f"the port of the cluster agent has to be set to {paths.AGENT_PORT}")
    if request.client in paths.host_ips():
        raise RefusedError(503, f"the joining node has the same IP ({request.client}) as the node we contact")
    hostname = str(body.get("hostname", ""))
    if _names_matter() and not _resolves(hostname, request.client):
        raise RefusedError(
            400, f'the hostname ({hostname}) of the joining node does not resolve to the IP "{request.client}". Refusing join'
        )
    contacted = request.headers.get("host", "").split(":")[0]
    with _one_at_a_time:
        return _let_in(body, request.client, contacted)


def _let_in(body: dict, joiner: str, contacted: str) -> dict:
    known = [member.address.split(":")[0] for member in _members()]
    if joiner in known:
        raise RefusedError(500, f"failed to retrieve dqlite cluster nodes: the joining node ({joiner}) is already known to dqlite")
    if datastore.own_address() == datastore.LOCAL:
        if contacted not in paths.host_ips():
            raise RefusedError(500, f"failed to update dqlite address: {contacted} is not an address of this node")
        _move_datastore(f"{contacted}:{paths.DATASTORE_PORT}")
    paths.lock("no-cert-reissue")
    answer = {
        "ca": (paths.CERTS / "ca.crt").read_text(),
        "kubelet_args": (paths.ARGS / "kubelet").read_text(),
        "apiport": arguments.read("kube-apiserver").get("--secure-port", str(paths.API_PORT)),
        "hostname_override": joiner,
        "cluster_cidr": arguments.read("kube-proxy").get("--cluster-cidr", ""),
        "callback_token": tokens.callback(),
    }
    if body.get("worker"):
        tokens.add(tokens.SIGNING, body["token"])
        answer["control_plane_nodes"] = [member.address.split(":")[0] for member in _members()]
        return answer
    return answer | {
        "ca_key": (paths.CERTS / "ca.key").read_text(),
        "service_account_key": (paths.CERTS / "serviceaccount.key").read_text(),
        "authorization_mode": arguments.read("kube-apiserver").get("--authorization-mode", "AlwaysAllow"),
        "cluster_cert": (paths.BACKEND / "cluster.crt").read_text(),
        "cluster_key": (paths.BACKEND / "cluster.key").read_text(),
        "voters": [member.address for member in _members() if member.role == datastore.roles.VOTER],
    }


def _members() -> list[datastore.Member]:
    try:
        return datastore.Client().members()
    except datastore.DatastoreError as error:
        raise RefusedError(500, f"failed to retrieve dqlite cluster nodes: {error}") from error


def _move_datastore(address: str) -> None:
    """The first join ever: the only member gets an address that others can reach, which stops the API for some seconds."""
    datastore.rebind(address)
    processes.restart("k8s-dqlite")
    end = time.monotonic() + REBIND_SECONDS
    while time.monotonic() < end:
        try:
            if datastore.Client().leader() == address:
                return
        except datastore.DatastoreError:
            time.sleep(0.3)
    raise RefusedError(500, f"failed to update dqlite address: the datastore did not come back at {address}")


def _names_matter() -> bool:
    """Clusters born before 1.28 reach kubelets by their names."""
    types = arguments.read("kube-apiserver").get("--kubelet-preferred-address-types", "Hostname")
    return types.split(",")[0] == "Hostname"


def _resolves(hostname: str, address: str) -> bool:
    try:
        return address in {entry[4][0] for entry in socket.getaddrinfo(hostname, None)}
    except OSError:
        return False


def sign(request: Request) -> dict:
    """Sign a worker's request: the token of its join serves for that as long as it asks for the kubelet's or the service proxy's name."""
    body = request.json()
    if not tokens.holds(tokens.SIGNING, str(body.get("token", ""))):
        raise RefusedError(500, "invalid token")
    text = str(body.get("request", ""))
    subject = certificates.openssl("req", "-noout", "-subject", input=text)
    if not re.search(r"CN ?= ?system:(node:[a-z0-9.-]+|kube-proxy)\b", subject):
        raise RefusedError(500, f"failed to sign a certificate for {subject.strip()}")
    node = re.search(r"system:node:([a-z0-9.-]+)", subject)
    if node is None:
        # The last of the two a worker asks for.
        tokens.take(tokens.SIGNING, str(body["token"]))
        return {"certificate": certificates.sign(text)}
    addresses = [str(ipaddress.ip_address(entry)) for entry in body.get("addresses", [])]
    names = [f"DNS:{node[1]}", "IP:127.0.0.1", *(f"IP:{address}" for address in dict.fromkeys([*addresses, request.client]))]
    return {"certificate": certificates.sign(text, names=names, server=True)}


ROUTES = {JOIN: join, SIGN: sign}
