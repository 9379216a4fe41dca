"""containerd of the host with the folders and settings of MicroK8s."""

from __future__ import annotations

import re

from microk8s import arguments, paths
from microk8s.daemons import run_with_environment, wait_for_default_route

BINARY = "/usr/bin/containerd"


def run() -> int:
    wait_for_default_route()
    text = (paths.ARGS / "containerd-template.toml").read_text()
    variables = arguments.environment()
    paths.write(paths.ARGS / "containerd.toml", re.sub(r"\$\{(\w+)\}", lambda match: variables.get(match[1], ""), text))
    (paths.SNAP_COMMON / "run").mkdir(exist_ok=True)
    return run_with_environment("containerd", [BINARY, *arguments.expanded("containerd")])
