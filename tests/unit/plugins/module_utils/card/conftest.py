# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real images of cards, made as plain files: partition table, FAT, ext4."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[4] / "unit" / "fixtures" / "cards"
SECTOR = 512
BOOT_START = 16384  # sectors, as images of Pi OS since 12 have it
BOOT_SIZE = 131072  # 64 MiB: smaller ones are no true FAT32
PATH = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
TOOLS = ("sfdisk", "mkfs.fat", "mke2fs", "fsck.fat", "debugfs", "mcopy", "mtype", "mdir", "mren", "mdel")


def execute(arguments, *, data=b"", environ_update=None, **_unused):
    """What AnsibleModule.run_command does for the package: bytes in, bytes out."""
    environment = {**os.environ, "PATH": PATH, **(environ_update or {})}
    done = subprocess.run(arguments, input=data, capture_output=True, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def must(*arguments, data=b""):
    status, out, err = execute([str(argument) for argument in arguments], data=data)
    assert status == 0, f"{arguments}: {err.decode()}"
    return out.decode()


@dataclass
class Image:
    """An image file, and how a person with mtools looks at it."""

    path: Path
    offset: int = BOOT_START * SECTOR

    def text(self, name):
        return must("mtype", "-i", f"{self.path}@@{self.offset}", f"::{name}")

    def put(self, name, content):
        data = content if isinstance(content, bytes) else content.encode()
        must("mcopy", "-o", "-i", f"{self.path}@@{self.offset}", "-" if data else "/dev/null", f"::{name}", data=data)

    def remove(self, name):
        must("mdel", "-i", f"{self.path}@@{self.offset}", f"::{name}")

    def fill(self, leave):
        """Leave so many bytes free on the boot partition."""
        free = int("".join(filter(str.isdigit, must("mdir", "-i", f"{self.path}@@{self.offset}", "::").rsplit("\n", 3)[-3])))
        filler = self.path.with_name("filler")
        with filler.open("wb") as file:
            file.truncate(free - leave)
        must("mcopy", "-i", f"{self.path}@@{self.offset}", filler, "::filler.bin")

    def fsck(self):
        """What fsck.fat says of the boot partition; empty if nothing is wrong."""
        partition = self.path.with_name("partition.fat")
        with self.path.open("rb") as source, partition.open("wb") as target:
            source.seek(self.offset)
            shutil.copyfileobj(source, target)
        partition.open("r+b").truncate(BOOT_SIZE * SECTOR)
        status, out, _err = execute(["fsck.fat", "-n", str(partition)])
        return "" if status == 0 else out.decode()


@pytest.fixture(scope="session")
def run():
    return execute


@pytest.fixture(scope="session")
def fixtures():
    return FIXTURES


@pytest.fixture(scope="session")
def blank(tmp_path_factory):
    """An image with both file systems and no files, made once and copied by the tests."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    path = tmp_path_factory.mktemp("blank") / "blank.img"
    with path.open("wb") as file:
        file.truncate((BOOT_START + BOOT_SIZE + 32768) * SECTOR)
    table = f"label: dos\nlabel-id: 0x1234abcd\nstart={BOOT_START},size={BOOT_SIZE},type=c\nstart={BOOT_START + BOOT_SIZE},type=83\n"
    must("sfdisk", "--quiet", path, data=table.encode())
    must("mkfs.fat", "-F", "32", "-n", "BOOTFS", "--offset", BOOT_START, path, BOOT_SIZE // 2)
    root = path.with_name("root")
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "machine-id").write_text("uninitialized\n")
    must("mke2fs", "-q", "-t", "ext4", "-d", root, "-E", f"offset={(BOOT_START + BOOT_SIZE) * SECTOR}", path, "16384k")
    return path


@pytest.fixture
def image(blank, tmp_path):
    """Makes an image with the boot files of a release, or with those given."""

    def make(release=None, files=None, name="card.img"):
        path = tmp_path / name
        must("cp", "--sparse=always", blank, path)
        made = Image(path)
        if release is not None:
            must("mcopy", "-s", "-i", f"{path}@@{made.offset}", *sorted((FIXTURES / release).iterdir()), "::")
        for file, content in (files or {}).items():
            made.put(file, content)
        return made

    return make
