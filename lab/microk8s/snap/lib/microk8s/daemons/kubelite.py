"""kubelite with the arguments of args/, plus the few that a host without a kernel of its own needs."""

from __future__ import annotations

import os
import re
import time

from microk8s import arguments, datastore, paths
from microk8s.daemons import run_with_environment, wait_for_default_route

RUN = paths.SNAP_COMMON / "run/kubelite"
# How long the API server is spared from asking for a datastore that is not there yet.
DATASTORE_SECONDS = 20

# File of args/ -> flags that are added where the file does not set them: no user may lower OOM scores here, the machine's disk is not the
# host's, conntrack belongs to the machine, and the pod network needs a network for each node.
ADDED = {
    "kubelet": {"--image-gc-high-threshold": "100", "--housekeeping-interval": "20s"},
    "kube-proxy": {"--conntrack-max-per-core": "0", "--conntrack-min": "0", "--proxy-mode": "iptables"},
    "kube-controller-manager": {"--allocate-node-cidrs": "true"},
    "kube-apiserver": {},
    "kube-scheduler": {},
}


def effective(file: str) -> str:
    """The text of an arguments file as the process gets it."""
    text = (paths.ARGS / file).read_text()
    given = arguments.parse(text)
    added = {flag: value for flag, value in ADDED[file].items() if flag not in given}
    if file == "kubelet":
        gates = given.get("--feature-gates", "")
        added["--feature-gates"] = ",".join(filter(None, [gates, "KubeletInUserNamespace=true"]))
    if file == "kube-controller-manager" and "--cluster-cidr" not in given:
        added["--cluster-cidr"] = arguments.read("kube-proxy").get("--cluster-cidr", "10.1.0.0/16")
    return arguments.updated(text, added)


def run() -> int:
    if paths.locked("low-memory-guard.lock"):
        return 0
    wait_for_default_route()
    delay = paths.knob("slow-ready")
    if delay:
        time.sleep(float(delay))
    paths.unlock("stopped.lock")
    arguments.update("kubelite", {"--start-control-plane": "false" if paths.is_worker() else "true"})
    RUN.mkdir(parents=True, exist_ok=True)
    files = {}
    for file in ADDED:
        paths.write(RUN / file, effective(file), 0o600)
        files[str(paths.ARGS / file)] = str(RUN / file)
    words = [_moved(word, files) for word in arguments.expanded("kubelite")]
    ha = paths.ARGS / "ha-conf"
    domain = re.search(r"failure-domain=(\d+)", ha.read_text()) if ha.exists() else None
    if domain:
        paths.write(paths.BACKEND / "failure-domain", f"{domain[1]}\n")
    if not paths.is_worker():
        _wait_for_datastore()
    kubelet = paths.SNAP_COMMON / "var/lib/kubelet"
    kubelet.mkdir(parents=True, exist_ok=True)
    os.environ.update(arguments.environment())
    os.environ.setdefault("GOGC", "75")
    return run_with_environment("kubelite", [str(paths.SNAP / "bin/kubelite"), *words])


def _moved(word: str, files: dict[str, str]) -> str:
    flag, _, value = word.partition("=")
    return f"{flag}={files[value]}" if value in files else word


def _wait_for_datastore() -> None:
    end = time.monotonic() + DATASTORE_SECONDS
    while time.monotonic() < end:
        try:
            datastore.Client().leader()
            return
        except datastore.DatastoreError:
            time.sleep(0.5)
