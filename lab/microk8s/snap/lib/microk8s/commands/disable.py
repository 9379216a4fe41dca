"""`microk8s disable`."""

from __future__ import annotations

from microk8s import addons


def run(arguments: list[str]) -> int:
    return addons.switch("disable", arguments)
