"""What the lab's Kubernetes is made of: programs, container images and base snaps, built once and kept in the user's cache folder."""

from __future__ import annotations

import time
from pathlib import Path

import archives
import artefacts
import binaries
import snaps
from machine import say
from tracks import RELEASES, Release

__all__ = ["IMAGES", "RELEASES", "Release", "base_snap", "binary", "image_archives", "pack_snap", "prepare"]

binary = binaries.binary
image_archives = archives.image_archives
base_snap = snaps.base_snap
pack_snap = snaps.pack
PROGRAMS = ("kubelite", "etcd", "helm")
# snapd asks for itself as a snap, whatever a snap's base is.
BASES = ("snapd",)
IMAGES = tuple(name for name in archives.IMAGES if name not in archives.BASE)


def prepare(release: Release | str, *further: str) -> list[Path]:
    """Build all that every cluster of a release needs and further images by name; nothing when it is there. Returns the paths."""
    release = RELEASES[release] if isinstance(release, str) else release
    begin = time.monotonic()
    steps = [
        *(lambda name=name: [binary(name, release)] for name in PROGRAMS),
        lambda: image_archives(release, *further),
        *(lambda name=name: [base_snap(name)] for name in (*BASES, release.base)),
    ]
    # In one piece, so that all programs share Go's caches.
    with artefacts.building():
        made = [path for step in steps for path in step()]
    say(f"MicroK8s {release.track}: {len(made)} parts are there after {time.monotonic() - begin:.0f} s")
    return made
