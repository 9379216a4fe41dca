# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How files begin that people take for a disk image, and the command that makes an image of them: the table."""

from __future__ import annotations

from typing import NamedTuple


class Packed(NamedTuple):
    """start: first bytes of the file. label: what it is. unpack: the command, {path} is the file."""

    start: bytes
    label: str
    unpack: str


PACKED = (
    Packed(b"\xfd7zXZ\x00", "compressed by xz", "xz --decompress --keep {path}"),
    Packed(b"\x1f\x8b", "compressed by gzip", "gzip --decompress --keep {path}"),
    Packed(b"\x28\xb5\x2f\xfd", "compressed by zstd", "zstd --decompress {path}"),
    Packed(b"BZh", "compressed by bzip2", "bzip2 --decompress --keep {path}"),
    Packed(b"PK\x03\x04", "a zip archive", "unzip {path}"),
    Packed(b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x {path}"),
    Packed(b"QFI\xfb", "a qcow2 image of QEMU", "qemu-img convert -O raw {path} card.img"),
)
