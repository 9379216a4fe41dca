"""Where everything of the snap is, and what the files there say about this node."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path


def _place(variable: str, default: str) -> Path:
    """A folder as snapd names it in the environment of our own commands, hooks and daemons, or as everybody else finds it."""
    own = os.environ.get("SNAP_NAME", "microk8s") == "microk8s"
    return Path(os.environ.get(variable, default) if own else default)


SNAP = _place("SNAP", "/snap/microk8s/current")
SNAP_DATA = _place("SNAP_DATA", "/var/snap/microk8s/current")
SNAP_COMMON = _place("SNAP_COMMON", "/var/snap/microk8s/common")
LOCKS = SNAP_DATA / "var/lock"
ARGS = SNAP_DATA / "args"
CREDENTIALS = SNAP_DATA / "credentials"
CERTS = SNAP_DATA / "certs"
BACKEND = SNAP_DATA / "var/kubernetes/backend"
CALLBACK_TOKEN = CREDENTIALS / "callback-token.txt"
CLIENT_CONFIG = CREDENTIALS / "client.config"
CONTAINERD_SOCKET = SNAP_COMMON / "run/containerd.sock"
KNOBS = SNAP_COMMON / "lab-knobs"

API_PORT = 16443
AGENT_PORT = 25000
DATASTORE_PORT = 19001

NOT_RUNNING = "microk8s is not running, try microk8s start"


class UnknownError(Exception):
    """Something that the original does in a way that nobody wrote down."""


def unknown(what: str) -> UnknownError:
    return UnknownError(f"microk8s stand-in: {what} is not known to this stand-in")


def locked(name: str) -> bool:
    return (LOCKS / name).exists()


def lock(name: str) -> None:
    LOCKS.mkdir(parents=True, exist_ok=True)
    (LOCKS / name).touch()


def unlock(name: str) -> None:
    (LOCKS / name).unlink(missing_ok=True)


def is_worker() -> bool:
    return locked("clustered.lock")


def is_stopped() -> bool:
    return locked("stopped.lock")


def node_name() -> str:
    """The name the kubelet registers: the host's, in lower case."""
    return socket.gethostname().lower()


def default_route_ip() -> str:
    """The IPv4 address of the interface of the default route, or 127.0.0.1 where there is none."""
    routes = json.loads(_ip("-4", "route", "show", "default") or "[]")
    if not routes:
        return "127.0.0.1"
    if "prefsrc" in routes[0]:
        return routes[0]["prefsrc"]
    links = json.loads(_ip("-4", "address", "show", "dev", routes[0]["dev"]) or "[]")
    for entry in links:
        for address in entry.get("addr_info", ()):
            if address.get("scope") == "global":
                return address["local"]
    return "127.0.0.1"


def host_ips() -> list[str]:
    """All addresses of the host in the order of `hostname -I`, without those of containers' interfaces and of the link-local network."""
    found = []
    for entry in json.loads(_ip("address", "show") or "[]"):
        if re.match(r"lo$|cni|cali|veth|vxlan|flannel|docker", entry.get("ifname", "lo")):
            continue
        found += [(a["family"], a["local"]) for a in entry.get("addr_info", ()) if a.get("scope") == "global"]
    ordered = [local for family in ("inet", "inet6") for kind, local in found if kind == family]
    return [address for address in ordered if not address.startswith("169.254.")]


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", "-json", *arguments], capture_output=True, text=True, check=False).stdout.strip()


def revision() -> str:
    return os.environ.get("SNAP_REVISION") or SNAP.resolve().name


def version() -> str:
    """Kubernetes' version, which is the snap's: v1.34.4."""
    text = (SNAP / "meta/snap.yaml").read_text()
    return re.search(r"^version:\s*[\"']?([^\"'\s]+)", text, re.M)[1]


def knob(name: str) -> str | None:
    """The text of a file that a test left in lab-knobs, None where there is none (the ordinary case)."""
    try:
        return (KNOBS / name).read_text().strip()
    except OSError:
        return None


def write(path: Path, text: str, mode: int = 0o660) -> None:
    """Replace a file as a whole; the group `microk8s` may read and write it, nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.chmod(mode)
    _give_to_group(temporary)
    temporary.replace(path)


def _give_to_group(path: Path) -> None:
    import grp

    try:
        os.chown(path, -1, grp.getgrnam("microk8s").gr_gid)
    except (KeyError, PermissionError):
        return


def say(text: str) -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
