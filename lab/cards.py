"""A flashed card: the boot partition of a release as an image file, and the description that the firmware stand-in reads."""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path

from firmware.releases import RELEASES
from machine import run

BOOT_MIB = 64


def flash(folder: Path, description: dict) -> None:
    """Write host.json and boot.img below folder. The partition is ext2, as some kernels have no vfat; neither has a journal."""
    folder.mkdir(parents=True, exist_ok=True)
    description = {"disk_id": secrets.token_hex(4), "serial": secrets.token_hex(8), **description}
    image = folder / "boot.img"
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in RELEASES[description["release"]].boot_files.items():
            if not name.startswith("../"):
                path = Path(scratch, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.format(disk_id=description["disk_id"]) if "cmdline" in name else text)
        with image.open("wb") as file:
            file.truncate(BOOT_MIB * 1024 * 1024)
        run("mkfs.ext2", "-q", "-F", "-m", "0", "-L", "bootfs", "-d", scratch, str(image))
    (folder / "host.json").write_text(json.dumps(description, indent=2) + "\n")
