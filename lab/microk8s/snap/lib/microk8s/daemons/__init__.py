"""One module a daemon of the snap: run() ends when the daemon does, or is replaced by its binary."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NoReturn

from microk8s import paths


def run_with_environment(name: str, command: Sequence[str]) -> NoReturn:
    """Become a command, in the environment that args/NAME-env sets as a shell would."""
    file = paths.ARGS / f"{name}-env"
    script = 'if [ -e "$1" ]; then set -a; . "$1"; set +a; fi; shift; exec "$@"'
    os.execv("/bin/bash", ["/bin/bash", "-c", script, "bash", str(file), *command])


def wait_for_default_route() -> None:
    """Up to ten seconds, as after a boot; without one MicroK8s warns and goes on."""
    for _attempt in range(10):
        if paths.default_route_ip() != "127.0.0.1":
            return
        time.sleep(1)
    paths.say("WARNING: No default route exists. MicroK8s might not work properly.")
