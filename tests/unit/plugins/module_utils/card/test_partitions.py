# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import struct

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.packed import PACKED
from ansible_collections.pikube.stateful.plugins.module_utils.card.partitions import SECTOR, Partition, fat, partitions, root_partition
from hypothesis import example, given
from hypothesis import strategies as st

GIB = 1024**3


def table(*entries, code=b""):
    """A master boot record; entries are type, first sector, sectors."""
    sector = bytearray(code.ljust(512, b"\0"))
    for number, (kind, start, sectors) in enumerate(entries):
        struct.pack_into("<4xB3xII", sector, 446 + 16 * number, kind, start, sectors)
    sector[510:512] = b"\x55\xaa"
    return bytes(sector)


def boot_sector(bytes_per_sector=512, per_cluster=4, reserved=32, tables=2, small=0, media=0xF8, large=131072, jump=b"\xeb\x58\x90"):
    sector = bytearray(512)
    sector[:3] = jump
    struct.pack_into("<HBHB", sector, 11, bytes_per_sector, per_cluster, reserved, tables)
    struct.pack_into("<HB", sector, 19, small, media)
    struct.pack_into("<I", sector, 32, large)
    sector[510:512] = b"\x55\xaa"
    return bytes(sector)


def test_a_card_of_raspberry_pi_os_has_two_partitions():
    found = partitions(table((0x0C, 16384, 1048576), (0x83, 1064960, 4194304)), 4 * GIB, "pi.img")
    assert found == (
        Partition(1, 0x0C, 8 * 1024**2, 512 * 1024**2),
        Partition(2, 0x83, 520 * 1024**2, 2 * GIB),
    )
    assert [partition.may_be_fat for partition in found] == [True, False]
    assert root_partition(found) == found[1]


@pytest.mark.parametrize(
    ("first", "size", "says"),
    [
        pytest.param(b"", 0, "not a disk image", id="an empty file"),
        pytest.param(b"x" * 100, 100, "not a disk image", id="a few bytes"),
        pytest.param(b"\0" * 512, GIB, "not a disk image", id="zeros"),
        pytest.param(b"<html><body>404".ljust(512), 512, "not a disk image", id="the web page that came instead of the image"),
        pytest.param(table(), GIB, "empty partition table", id="a card that was wiped"),
        pytest.param(table((0x0C, 16384, 0)), GIB, "empty partition table", id="an entry without sectors is none"),
        pytest.param(table((0xEE, 1, 0xFFFFFFFF)), GIB, "GPT", id="a GPT disk, which has nothing else"),
        pytest.param(table((0x0C, 2048, 4096), (0xEE, 1, 2047)), GIB, "GPT", id="a hybrid of GPT and MBR"),
        pytest.param(
            table((0x0C, 16384, 1048576)), 8 * 1024**2, "is cut off: partition 1 ends at byte 545259520", id="a cut off boot partition"
        ),
        pytest.param(
            table((0x0C, 16384, 131072), (0x83, 147456, 4194304)), GIB, "partition 2 ends at byte 2222981120", id="a cut off root partition"
        ),
    ],
)
def test_what_is_no_card_is_said_with_its_path(first, size, says):
    with pytest.raises(CardError, match=says) as caught:
        partitions(first, size, "/images/pi.img")
    assert "/images/pi.img" in str(caught.value)


@pytest.mark.parametrize("packed", [pytest.param(packed, id=packed.label) for packed in PACKED])
def test_a_packed_image_is_told_how_to_be_unpacked(packed):
    with pytest.raises(CardError, match="unpack it first") as caught:
        partitions(packed.start.ljust(512, b"\x01"), GIB, "/images/pi.img.xz")
    assert packed.unpack.format(path="/images/pi.img.xz") in str(caught.value)


def test_one_boot_partition_without_a_table_is_partition_0():
    assert partitions(boot_sector(), 64 * 1024**2, "/dev/sdb1") == (Partition(0, 0x0C, 0, 64 * 1024**2),)


@pytest.mark.parametrize(
    ("sector", "cluster"),
    [
        pytest.param(boot_sector(), 2048, id="FAT32 with four sectors per cluster"),
        pytest.param(boot_sector(small=32768, large=0, per_cluster=8, jump=b"\xe9\0\0"), 4096, id="FAT16 with the small number of sectors"),
        pytest.param(boot_sector(bytes_per_sector=4096, per_cluster=1), 4096, id="sectors of 4096 bytes"),
    ],
)
def test_fat_is_known_by_its_boot_sector(sector, cluster):
    assert fat(sector).cluster == cluster


@pytest.mark.parametrize(
    "sector",
    [
        pytest.param(boot_sector()[:500], id="too short"),
        pytest.param(boot_sector()[:510] + b"\0\0", id="without the mark at its end"),
        pytest.param(boot_sector(jump=b"\0\0\0"), id="without a jump"),
        pytest.param(boot_sector(bytes_per_sector=513), id="odd sectors"),
        pytest.param(boot_sector(per_cluster=0), id="no sectors per cluster"),
        pytest.param(boot_sector(per_cluster=3), id="three sectors per cluster"),
        pytest.param(boot_sector(reserved=0), id="no reserved sectors"),
        pytest.param(boot_sector(tables=7), id="seven tables"),
        pytest.param(boot_sector(media=0), id="no medium"),
        pytest.param(table((0x0C, 16384, 131072), code=b"\xeb\x63\x90"), id="the boot record of GRUB, which begins with a jump too"),
    ],
)
def test_what_is_no_fat(sector):
    assert fat(sector) is None


@given(
    st.lists(
        st.tuples(st.sampled_from((0x0B, 0x0C, 0x83, 0x82, 0x05)), st.integers(1, 2**20), st.integers(1, 2**20)), min_size=1, max_size=4
    )
)
def test_entries_are_read_as_they_were_written(entries):
    found = partitions(table(*entries), 2**22 * SECTOR, "pi.img")
    assert [(each.type, each.start // SECTOR, each.size // SECTOR) for each in found] == entries
    assert [each.number for each in found] == list(range(1, len(entries) + 1))


@given(st.binary(max_size=1024), st.integers(0, 2**40))
@example(b"\xff" * 512, 0)
@example(b"\xeb\x58\x90".ljust(510, b"\xff") + b"\x55\xaa", 512)
def test_any_bytes_are_read_or_refused(first, size):
    with contextlib.suppress(CardError):
        assert partitions(first[:512], size, "pi.img")
    with contextlib.suppress(CardError):
        assert partitions((first.ljust(510, b"\0")[:510]) + b"\x55\xaa", size, "pi.img")
