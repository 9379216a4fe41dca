"""Stand-in for the root of a kernel's control groups: each host gets a folder of its own in every hierarchy and sees it as the root.

On the machine's cgroup v1 or hybrid layout that is one folder a hierarchy, name=systemd included, so that no host can remove another's; on
cgroup v2 one folder, and there a host without the memory flag keeps the controller.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "pikube-lab"


def version() -> int:
    return 2 if (ROOT / "cgroup.controllers").exists() else 1


def hierarchies() -> list[str]:
    """Mounted hierarchies of cgroup v1 by folder name."""
    return sorted(entry.name for entry in ROOT.iterdir() if entry.is_dir() and not entry.is_symlink() and (entry / "cgroup.procs").exists())


def own_folders(host: str) -> list[Path]:
    if version() == 2:
        return [ROOT / PREFIX / host]
    return [ROOT / name / PREFIX / host for name in hierarchies()]


def enter(host: str) -> None:
    """Move this process into the host's folders; the namespace made next has them as its root."""
    if version() == 2:
        supervisor = ROOT / "supervisor"
        supervisor.mkdir(exist_ok=True)
        for pid in (ROOT / "cgroup.procs").read_text().split():
            (supervisor / "cgroup.procs").write_text(pid)
    for folder in own_folders(host):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.parts[4:5] == ("cpuset",):
            for level in (folder.parent, folder):
                for name in ("cpuset.cpus", "cpuset.mems"):
                    if not (level / name).read_text().strip():
                        (level / name).write_text((level.parent / name).read_text())
        (folder / "cgroup.procs").write_text(str(os.getpid()))


def mount(memory: bool) -> None:
    """Mount the host's view of its control groups; without memory that controller is really absent."""
    names = hierarchies() if version() == 1 else []
    subprocess.run(["umount", "-R", "-l", str(ROOT)], check=False)
    if not names:
        _mount("cgroup2", "cgroup2", ROOT, "rw,nosuid,nodev,noexec,relatime")
        return
    _mount("tmpfs", "tmpfs", ROOT, "mode=755")
    for name in names:
        (ROOT / name).mkdir()
        if name == "systemd":
            _mount("cgroup", "cgroup", ROOT / name, "none,name=systemd")
        elif name != "memory" or memory:
            _mount("cgroup", "cgroup", ROOT / name, name)


def _mount(kind: str, source: str, target: Path, options: str) -> None:
    subprocess.run(["mount", "-t", kind, "-o", options, source, str(target)], check=True)


def clean(host: str) -> None:
    """Remove what the last boot left, so that the next starts with empty hierarchies."""
    for folder in own_folders(host):
        for _attempt in range(50):
            left = [Path(path) for path, _, _ in os.walk(folder, topdown=False)] if folder.exists() else []
            try:
                for path in left:
                    path.rmdir()
                break
            except OSError:
                time.sleep(0.1)
