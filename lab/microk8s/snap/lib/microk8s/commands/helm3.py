"""`microk8s helm3`: the same program."""

from __future__ import annotations

from microk8s.commands.helm import run

__all__ = ["run"]
