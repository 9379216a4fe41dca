"""microk8s version"""

from __future__ import annotations

from microk8s import paths


def run(arguments: list[str]) -> int:
    paths.say(f"MicroK8s {paths.version()} revision {paths.revision()}")
    return 0
