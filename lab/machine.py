"""The machine that carries the lab: the one place that starts processes there, what it must be able to do, where the lab is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# Fleets do not know of each other: scenarios use one of their own and leave that of a user alone.
FLEET = os.environ.get("PIKUBE_LAB") or "lab"
HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pikube"
# More often than the ten seconds after which a step is said to be silent.
PROGRESS_SECONDS = 8
STARTED = time.monotonic()


class LabError(Exception):
    """What went wrong, where, and what to do about it."""


def say(text: str) -> None:
    print(f"lab: {text}", flush=True)


def run(*command: str, quiet: bool = False, check: bool = True, text: str | None = None) -> str:
    """Run one command and return what it printed; raises LabError with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=text)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(command[:6])} ... failed with {done.returncode}: {done.stderr.strip()[-600:]}")
    if done.stderr.strip() and not quiet and check:
        sys.stderr.write(done.stderr)
    return done.stdout.strip()


def run_long(what: str, command: Sequence[str], log: Path) -> None:
    """Run one command that takes long: its output goes to a log, a line every few seconds says that it still runs."""
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = last = time.monotonic()
    say(f"{what} (log: {log})")
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        while process.poll() is None:
            time.sleep(0.2)
            if time.monotonic() - last >= PROGRESS_SECONDS:
                last = time.monotonic()
                say(f"{what}: {last - begin:.0f} s")
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise LabError(f"{what}: {command[0]} failed with {process.returncode}; the end of {log} is:\n{tail}")
    say(f"{what}: done in {time.monotonic() - begin:.0f} s")


def podman(*arguments: str, check: bool = True, quiet: bool = True) -> str:
    """podman as this machine needs it: its own cgroup folders, and runc where the layout is hybrid (crun refuses that)."""
    options = [] if cgroup_version() == 2 else ["--cgroup-manager=cgroupfs", "--runtime", "runc"]
    return run("podman", *options, *arguments, check=check, quiet=quiet)


def cgroup_version() -> int:
    return 2 if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 1


def open_files() -> int:
    """The hard limit of open files that a host can be given, at most what systemd asks for."""
    import resource

    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 524288)


def check() -> None:
    """Say what this machine cannot do before anything is built."""
    problems = []
    if os.geteuid() != 0:
        problems.append("root is needed (hosts mount file systems and make control groups): run with sudo")
    needed = {
        "podman": "podman",
        "mmdebstrap": "mmdebstrap",
        "mkfs.ext2": "e2fsprogs",
        "openssl": "openssl",
        "ssh-keygen": "openssh-client",
        "ip": "iproute2",
        "nsenter": "util-linux",
    }
    if cgroup_version() == 1:
        needed["runc"] = "runc"
    folders = [*os.environ["PATH"].split(":"), "/usr/sbin", "/sbin"]
    missing = sorted({package for command, package in needed.items() if not any((Path(folder) / command).exists() for folder in folders)})
    if missing:
        problems.append(f"Debian packages are missing: apt-get install {' '.join(missing)} (or: make setup)")
    problems += [
        f"{path} does not exist: the kernel needs {option}"
        for path, option in (("/dev/loop-control", "CONFIG_BLK_DEV_LOOP"), ("/dev/fuse", "CONFIG_FUSE_FS"))
        if not Path(path).exists()
    ]
    if "overlay" not in Path("/proc/filesystems").read_text():
        problems.append("the kernel has no overlay file system: hosts cannot share the image")
    if problems:
        raise LabError("this machine cannot carry the lab:\n" + "\n".join(f"  - {problem}" for problem in problems))
