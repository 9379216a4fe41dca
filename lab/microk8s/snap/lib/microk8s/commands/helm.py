"""`microk8s helm`: becomes helm, whose exit code it is."""

from __future__ import annotations

import os

from microk8s.paths import CLIENT_CONFIG, SNAP


def run(arguments: list[str]) -> int:
    os.execve(SNAP / "bin/helm", ["helm", *arguments], {**os.environ, "KUBECONFIG": str(CLIENT_CONFIG)})
    return 127
