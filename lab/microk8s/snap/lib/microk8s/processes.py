"""Processes of the snap: commands, daemons, containers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from microk8s.paths import SNAP_COMMON

DAEMONS = ("containerd", "kubelite", "k8s-dqlite", "cluster-agent", "apiserver-kicker", "apiserver-proxy", "etcd", "flanneld")


def run(
    *command: str | Path,
    check: bool = True,
    input: str | None = None,  # noqa: A002
    timeout: float | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one command with its output captured; raises CalledProcessError unless check is false."""
    environment = {**os.environ, **env} if env else None
    return subprocess.run(
        [str(word) for word in command], check=check, input=input, timeout=timeout, env=environment, capture_output=True, text=True
    )


def unit(daemon: str) -> str:
    return f"snap.microk8s.daemon-{daemon}.service"


def _systemctl(verb: str, daemons: Sequence[str], *options: str) -> None:
    run("systemctl", verb, *options, *(unit(daemon) for daemon in daemons), check=False)


def restart(*daemons: str) -> None:
    """Restart daemons and return when they were started; a daemon of which its launcher says that it does not run here stays inactive."""
    _systemctl("reset-failed", daemons)
    _systemctl("restart", daemons)


def restart_later(*daemons: str) -> None:
    """Restart daemons without waiting: also for a daemon that restarts itself."""
    _systemctl("restart", daemons, "--no-block")


def start(*daemons: str) -> None:
    _systemctl("start", daemons)


def stop(*daemons: str) -> None:
    _systemctl("stop", daemons)


def stop_hard(*daemons: str) -> None:
    """Stop daemons that need not finish what they are doing."""
    _systemctl("stop", daemons, "--no-block")
    time.sleep(0.5)
    _systemctl("kill", daemons, "--signal=KILL")
    stop(*daemons)


def is_active(daemon: str) -> bool:
    return run("systemctl", "is-active", "--quiet", unit(daemon), check=False).returncode == 0


def kill_containers() -> None:
    """End every container of this node and what holds it; containerd finds them gone."""
    marker = str(SNAP_COMMON / "run").encode()
    shims = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if b"containerd-shim" in line.split(b"\0")[0] and marker in line:
                shims.append(int(folder.name))
    victims = [child for shim in shims for child in _descendants(shim)]
    for pid in victims + shims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(_lives(pid) for pid in shims):
        time.sleep(0.05)


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [*_descendants(child), child]
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
