# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The partition table of a card: where its FAT boot partition is. Bytes in, values out.

Layout of a master boot record, little endian: disk id at byte 440, four entries of 16 bytes from byte 446 (type at +4, first sector
at +8, number of sectors at +12), 55 AA at byte 510. Sectors are of 512 bytes on every card and in every image.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.packed import PACKED

SECTOR = 512
GPT = 0xEE
# FAT12, FAT16 (three kinds), FAT32 (two kinds). Pi OS and Ubuntu use 0x0c.
FAT_TYPES = frozenset((0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E))
LINUX = 0x83


@dataclass(frozen=True)
class Partition:
    """One entry of the table. number counts from 1 (0: the whole medium is one file system); start and size are bytes."""

    number: int
    type: int
    start: int
    size: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.size

    @property
    def may_be_fat(self) -> bool:
        """Whether its type says FAT."""
        return self.type in FAT_TYPES


@dataclass(frozen=True)
class Fat:
    """What the boot sector of a FAT file system says of it, in bytes."""

    cluster: int
    size: int


def partitions(first: bytes, size: int, path: str) -> tuple[Partition, ...]:
    """The partitions of a medium of that many bytes whose first 512 bytes these are.

    A medium that begins with a FAT file system of its own is one partition with the number 0. Raises CardError, which names the path,
    for all that is not an image of a card: compressed, cut off, with a GPT, or something else.
    """
    for packed in PACKED:
        if first.startswith(packed.start):
            raise CardError(f'{path} is {packed.label}; unpack it first ("{packed.unpack.format(path=path)}") and name the unpacked image')
    if len(first) < SECTOR or first[510:512] != b"\x55\xaa":
        raise CardError(
            f"{path} is not a disk image: it does not begin with a boot record; name an image of Raspberry Pi OS or Ubuntu, or a card"
            " that one was written to"
        )
    if fat(first) is not None:
        return (Partition(0, 0x0C, 0, size),)
    found = tuple(_entries(first))
    if any(partition.type == GPT for partition in found):
        raise CardError(
            f"{path} has a GPT partition table; the images of Raspberry Pi OS and Ubuntu have an MBR, and only that is supported:"
            " mount its boot partition and name the folder instead"
        )
    if not found:
        raise CardError(f"{path} has an empty partition table, so there is no operating system on it: write an image to it first")
    for partition in found:
        if partition.end > size:
            raise CardError(
                f"{path} is cut off: partition {partition.number} ends at byte {partition.end}, but there are only {size} bytes;"
                " download or unpack the image again (a card smaller than its image cannot be used)",
                bytes_needed=partition.end,
                bytes_there=size,
            )
    return found


def fat(boot_sector: bytes) -> Fat | None:
    """Read the boot sector of a FAT file system; None if it is none. Source: Microsoft FAT specification 1.03, "BPB"."""
    if len(boot_sector) < SECTOR or boot_sector[510:512] != b"\x55\xaa" or boot_sector[0] not in (0xEB, 0xE9):
        return None
    sector, per_cluster, reserved, tables = struct.unpack_from("<HBHB", boot_sector, 11)
    small, media = struct.unpack_from("<HB", boot_sector, 19)
    (large,) = struct.unpack_from("<I", boot_sector, 32)
    powers_of_two = per_cluster and per_cluster & (per_cluster - 1) == 0
    if sector not in (512, 1024, 2048, 4096) or not powers_of_two or not reserved or tables not in (1, 2) or media < 0xF0:
        return None
    return Fat(cluster=sector * per_cluster, size=sector * (small or large))


def root_partition(found: Sequence[Partition]) -> Partition | None:
    """The first Linux partition behind the boot partition: the root file system of all supported releases."""
    return next((partition for partition in found if partition.type == LINUX), None)


def _entries(first: bytes) -> list[Partition]:
    entries = []
    for number in range(1, 5):
        kind, start, sectors = struct.unpack_from("<4xB3xII", first, 446 + 16 * (number - 1))
        if kind and sectors:
            entries.append(Partition(number, kind, start * SECTOR, sectors * SECTOR))
    return entries
