# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.board import board, by_model, by_revision, cpuinfo_fields
from ansible_collections.pikube.stateful.tests.unit.trees import BOARDS, capture
from hypothesis import given
from hypothesis import strategies as st

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("code", "name", "soc", "mebibytes"),
    [
        pytest.param(0x0002, "b", "BCM2835", 256, id="the first Model B"),
        pytest.param(0x1000002, "b", "BCM2835", 256, id="a Model B whose warranty is void"),
        pytest.param(0x0010, "b+", "BCM2835", 512, id="old style B+"),
        pytest.param(0x0015, "a+", "BCM2835", None, id="the one old code with two sizes"),
        pytest.param(0x9000C1, "zerow", "BCM2835", 512, id="Zero W"),
        pytest.param(0xA01041, "2b", "BCM2836", 1024, id="2B 1.1 has a 32-bit processor"),
        pytest.param(0xA21041, "2b", "BCM2836", 1024, id="2B 1.1 by another maker"),
        pytest.param(0xA02042, "2b", "BCM2837", 1024, id="2B 1.2 has a 64-bit processor"),
        pytest.param(0x2A22042, "2b", "BCM2837", 1024, id="2B 1.2, overclocked"),
        pytest.param(0xA020D3, "3b+", "BCM2837", 1024, id="3B+"),
        pytest.param(0x9020E1, "3a+", "BCM2837", 512, id="3A+"),
        pytest.param(0x902120, "zero2w", "BCM2837", 512, id="Zero 2 W"),
        pytest.param(0xB03115, "4b", "BCM2711", 2048, id="4B of 2 GiB"),
        pytest.param(0xC03112, "4b", "BCM2711", 4096, id="4B of 4 GiB"),
        pytest.param(0xD03114, "4b", "BCM2711", 8192, id="4B of 8 GiB"),
        pytest.param(0xC03130, "400", "BCM2711", 4096, id="400"),
        pytest.param(0xD03140, "cm4", "BCM2711", 8192, id="CM4"),
        pytest.param(0xA04171, "5", "BCM2712", 1024, id="5 of 1 GiB"),
        pytest.param(0xE04171, "5", "BCM2712", 16384, id="5 of 16 GiB"),
        pytest.param(0xD04190, "500", "BCM2712", 8192, id="500"),
        pytest.param(0xE041A0, "cm5lite", "BCM2712", 16384, id="CM5 Lite"),
        pytest.param(0xF04170, "5", "BCM2712", None, id="a size that the code does not say"),
        pytest.param(0xC051F0, None, None, 4096, id="a board of the future"),
        pytest.param(0x00FF, None, None, None, id="no board at all"),
    ],
)
def test_by_revision(code, name, soc, mebibytes):
    assert by_revision(code) == {"id": name, "soc": soc, "memory_bytes": mebibytes * MIB if mebibytes else None}


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_any_revision_has_an_answer(code):
    assert set(by_revision(code)) == {"id", "soc", "memory_bytes"}


@pytest.mark.parametrize(
    ("model", "name", "soc"),
    [
        pytest.param("Raspberry Pi 4 Model B Rev 1.4", "4b", "BCM2711", id="4B"),
        pytest.param("Raspberry Pi 3 Model B Plus Rev 1.3", "3b+", "BCM2837", id="3B+ is not 3B"),
        pytest.param("Raspberry Pi 2 Model B Rev 1.1", "2b", "BCM2836", id="2B 1.1"),
        pytest.param("Raspberry Pi 2 Model B Rev 1.2", "2b", "BCM2837", id="2B 1.2"),
        pytest.param("Raspberry Pi 2 Model B", "2b", None, id="2B of unknown revision"),
        pytest.param("Orange Pi 5", None, None, id="another board"),
        pytest.param("", None, None, id="nothing"),
    ],
)
def test_by_model(model, name, soc):
    assert by_model(model) == {"id": name, "soc": soc, "memory_bytes": None}


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_of_the_table_is_known_by_code_and_by_name(name):
    known = BOARDS[name]
    by_code = by_revision(int(known.revision, 16))
    assert by_code == {"id": known.id, "soc": known.soc, "memory_bytes": known.memory_mib * MIB}
    assert by_model(known.model) == {**by_code, "memory_bytes": None}


def test_fields_of_cpuinfo_are_not_those_of_a_processor():
    text = (
        "processor\t: 0\nCPU revision\t: 3\n\nRevision\t: c03115\nSerial\t\t: 10000000a1b2c3d4\nModel\t\t: Raspberry Pi 4 Model B Rev 1.5\n"
    )
    assert cpuinfo_fields(text) == {"Revision": "c03115", "Serial": "10000000a1b2c3d4", "Model": "Raspberry Pi 4 Model B Rev 1.5"}


def test_the_device_tree_stands_in_for_a_kernel_that_says_little(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/cpuinfo", "processor\t: 0\nCPU part\t: 0xd08\n")
    tree.write("/sys/firmware/devicetree/base/system/linux,revision", bytes.fromhex("00c03115"))
    found = board(tree.source(), "aarch64")
    assert (found["id"], found["revision"], found["memory_bytes"]) == ("4b", "c03115", 4096 * MIB)
    assert found["serial"] == "10000000a1b2c3d4"


def test_the_model_stands_in_for_a_code_that_is_nowhere(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/cpuinfo", "garbage")
    found = board(tree.source(), "aarch64")
    assert (found["id"], found["soc"], found["capable_64bit"]) == ("4b", "BCM2711", True)
    assert found["revision"] is None
    assert found["memory_bytes"] is None


def test_the_device_tree_is_found_at_its_older_place(tmp_path):
    tree = capture(tmp_path)
    (tmp_path / "sys/firmware/devicetree/base").rename(tmp_path / "proc/device-tree")
    assert board(tree.source(), "aarch64")["model"] == "Raspberry Pi 4 Model B Rev 1.5"


@pytest.mark.parametrize(
    ("kernel", "capable"),
    [
        pytest.param("x86_64", True, id="a PC"),
        pytest.param("armv7l", None, id="a 32-bit kernel says nothing of the processor"),
        pytest.param(None, None, id="nothing known"),
    ],
)
def test_a_board_that_is_no_pi(tmp_path, kernel, capable):
    tree = capture(tmp_path)
    tree.write("/proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC\n")
    tree.remove("/sys/firmware/devicetree/base/model")
    found = board(tree.source(), kernel)
    assert found["id"] is None
    assert found["model"] is None
    assert found["capable_64bit"] is capable
