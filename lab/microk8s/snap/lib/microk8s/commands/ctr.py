"""`microk8s ctr`: becomes ctr on the snap's containerd, through sudo even for root."""

from __future__ import annotations

import os

from microk8s import sideload


def run(arguments: list[str]) -> int:
    os.execvp("sudo", ["sudo", *sideload.CTR, *arguments])
    return 127
