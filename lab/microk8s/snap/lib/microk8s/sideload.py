"""Side-loaded images: archives that lie in a folder are imported, at install time and at any time after it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from microk8s.paths import CONTAINERD_SOCKET, SNAP, SNAP_COMMON

FOLDER = SNAP_COMMON / "etc" / "sideload"
SOURCES = (Path("/root/snap/microk8s/common/sideload"), SNAP_COMMON / "sideload", SNAP / "sideload")
CTR = ("ctr", "--address", str(CONTAINERD_SOCKET), "--namespace", "k8s.io")
IMPORT_SECONDS = 600


def at_install() -> None:
    """Copy the archives of an air-gapped site to where they are looked for."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for folder in SOURCES:
        for archive in sorted(folder.glob("*.tar")):
            shutil.copyfile(archive, FOLDER / archive.name)


def ctr(*command: str, archive: bytes | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([*CTR, *command], input=archive, capture_output=True, check=True, timeout=IMPORT_SECONDS)


def scan() -> None:
    """Import what is new and rename it; what cannot be imported stays, and is tried again for ever."""
    if not CONTAINERD_SOCKET.exists():
        return
    for archive in sorted(FOLDER.glob("*.tar")):
        try:
            ctr("image", "import", str(archive))
        except subprocess.SubprocessError as error:
            reason = getattr(error, "stderr", None) or str(error).encode()
            sys.stderr.write(f"side-loading of {archive} failed: {reason.decode(errors='replace').strip()[-300:]}\n")
            continue
        archive.rename(archive.with_name(archive.name + ".loaded"))
