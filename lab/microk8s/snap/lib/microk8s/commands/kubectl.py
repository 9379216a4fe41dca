"""`microk8s kubectl`: becomes kubectl, whose exit code it is."""

from __future__ import annotations

import os

from microk8s.paths import CLIENT_CONFIG, SNAP


def run(arguments: list[str]) -> int:
    program = SNAP / "bin/kubectl"
    os.execv(program, ["kubectl", f"--kubeconfig={CLIENT_CONFIG}", *arguments])
    return 127
