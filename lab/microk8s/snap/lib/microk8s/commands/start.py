"""microk8s start: all services on, also after a boot; a minute at most is waited for a node that is Ready."""

from __future__ import annotations

import time

from microk8s import kube, paths, processes

SECONDS = 60
LOW_MEMORY = """This node does not have enough RAM to host the Kubernetes control plane services
and join the database quorum. You may consider joining this node as a worker instead.

If you would still like to start the control plane services, start MicroK8s with:

    microk8s start --disable-low-memory-guard"""


def run(arguments: list[str]) -> int:
    if arguments not in ([], ["--disable-low-memory-guard"]):
        raise paths.unknown(f"start {' '.join(arguments)}")
    if arguments:
        paths.unlock("low-memory-guard.lock")
    if paths.locked("low-memory-guard.lock"):
        paths.say(LOW_MEMORY)
        return 1
    done = processes.run("snapctl", "start", "microk8s", "--enable", check=False)
    if done.returncode != 0:
        paths.complain(done.stderr.strip())
        return done.returncode
    paths.unlock("stopped.lock")
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and " Ready " not in kube.kubectl("get", "nodes", "--no-headers").stdout:
        time.sleep(1)
    return 0
