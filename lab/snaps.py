"""Snaps made from folders, and the base snaps that snapd asks for before it installs MicroK8s. See README.md, "Snaps"."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import artefacts
import binaries
from machine import LabError, run

# Name -> (type, files besides meta/snap.yaml). A classic snap runs on the host's own files: its base must be there and may be empty.
# The version of snapd is one that no host is older than, so that the host's snapd goes on instead of looking for a newer self in the snap.
BASE_SNAPS = {
    "core20": ("base", {}),
    "core22": ("base", {}),
    "snapd": ("snapd", {"usr/lib/snapd/info": "VERSION=2.52\n"}),
}
# Packing 200 MB takes 0.5 s, a fifth of the time of gzip; squashfuse reads it three times as fast.
COMPRESSION = ("-comp", "lz4")


def pack(folder: Path, target: Path) -> None:
    """Make a snap of a folder with a meta/snap.yaml: the same bytes for the same files."""
    if not (folder / "meta" / "snap.yaml").exists():
        raise LabError(f"{folder} is not the inside of a snap: it has no meta/snap.yaml")
    if not shutil.which("mksquashfs"):
        raise LabError("a Debian package is missing: apt-get install squashfs-tools (or: make setup)")
    options = ("-noappend", "-no-progress", "-quiet", "-all-root", "-no-xattrs", "-all-time", "0", "-mkfs-time", "0")
    run("mksquashfs", str(folder), str(target), *options, *COMPRESSION)


def base_yaml(name: str) -> str:
    kind = BASE_SNAPS[name][0]
    return (
        f"name: {name}\n"
        'version: "1"\n'
        f"type: {kind}\n"
        f"summary: stand-in for the {name} snap\n"
        "description: The least that snapd accepts. Made by the lab of pikube.stateful.\n"
        f"architectures: [{binaries.architecture()}]\n"
    )


def base_snap(name: str) -> Path:
    """Return the path of a base snap, which is packed when it is absent."""
    if name not in BASE_SNAPS:
        raise LabError(f"there is no base snap {name}; there are {', '.join(BASE_SNAPS)}")
    files = {"meta/snap.yaml": base_yaml(name), **BASE_SNAPS[name][1]}

    def build(target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            for path, content in files.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_text(content)
            Path(folder).chmod(0o755)
            pack(Path(folder), target)

    key = artefacts.key(*(f"{path}={content}" for path, content in files.items()), *COMPRESSION)
    return artefacts.kept("snaps", f"{name}.snap", f"{name}-{key}", build)
