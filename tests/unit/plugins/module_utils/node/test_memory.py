# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.memory import fstab_swap, hugepages, meminfo_bytes, memory, swaps
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import Unit
from ansible_collections.pikube.stateful.tests.unit.trees import capture
from hypothesis import given
from hypothesis import strategies as st

HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
ENABLED = Unit(installed=True, enabled=True, active=True)
DISABLED = Unit(installed=True, enabled=False, active=False)


@pytest.mark.parametrize(
    ("line", "device", "kind", "kibibytes"),
    [
        pytest.param("/dev/zram0                              partition\t2097136\t\t0\t\t100\n", "/dev/zram0", "zram", 2097136, id="zram"),
        pytest.param("/var/swap                               file\t\t524284\t\t12\t\t-2\n", "/var/swap", "file", 524284, id="a file"),
        pytest.param(
            "/dev/sda2                               partition\t1048572\t\t0\t\t-2\n", "/dev/sda2", "partition", 1048572, id="a partition"
        ),
        pytest.param("/mnt/my\\040swap file 10 0 -2\n", "/mnt/my swap", "file", 10, id="a name with a blank"),
    ],
)
def test_swaps(line, device, kind, kibibytes):
    found = swaps(HEADER + line)
    assert [(each["device"], each["kind"], each["size_bytes"]) for each in found] == [(device, kind, kibibytes * 1024)]


def test_swap_files_of_nothing_and_of_garbage():
    assert swaps(HEADER) == []
    assert swaps("") == []
    assert swaps(HEADER + "half a line\n") == []
    assert swaps(HEADER + "/dev/sda2 partition big small 1\n")[0]["size_bytes"] is None


@given(st.text())
def test_any_swap_table_has_an_answer(text):
    assert isinstance(swaps(text), list)


def test_meminfo():
    assert meminfo_bytes("MemTotal:        3886140 kB\nMemFree: 1 kB\n", "MemTotal") == 3886140 * 1024
    assert meminfo_bytes("MemTotal:  lots\n", "MemTotal") is None
    assert meminfo_bytes("", "MemTotal") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("/swap.img none swap sw 0 0\n", True, id="Ubuntu's file"),
        pytest.param("UUID=1 none swap sw\n", True, id="a partition, short line"),
        pytest.param("#/swap.img none swap sw 0 0\n", False, id="turned off by a comment"),
        pytest.param("/swap.img none swap noauto,sw 0 0\n", False, id="not at boot"),
        pytest.param("/dev/swap / ext4 defaults 0 1\n", False, id="a file system whose device has the name"),
        pytest.param("", False, id="an empty file"),
    ],
)
def test_fstab_swap(text, found):
    assert fstab_swap(text) is found


@pytest.mark.parametrize(
    ("files", "mechanism"),
    [
        pytest.param({}, "rpi-swap", id="as it comes"),
        pytest.param({"/etc/rpi/swap.conf": "[Main]\nMechanism=none\n"}, None, id="none in the main file"),
        pytest.param({"/etc/rpi/swap.conf.d/90-off.conf": "[Main]\nMechanism = none\n"}, None, id="none in a drop-in"),
        pytest.param({"/usr/lib/rpi/swap.conf.d/90-off.conf": "[Main]\nMechanism=none\n"}, None, id="none in a drop-in of a package"),
        pytest.param(
            {"/etc/rpi/swap.conf.d/90-off.conf": "[Main]\nMechanism=none\n", "/etc/rpi/swap.conf.d/95-on.conf": "[Main]\nMechanism=zram\n"},
            "rpi-swap",
            id="a later drop-in wins",
        ),
        pytest.param(
            {"/usr/lib/rpi/swap.conf.d/90-off.conf": "[Main]\nMechanism=none\n", "/etc/rpi/swap.conf.d/90-off.conf": ""},
            "rpi-swap",
            id="an administrator's file of the same name replaces the package's",
        ),
        pytest.param({"/etc/rpi/swap.conf": "[File]\nMechanism=none\n"}, "rpi-swap", id="the key in another section"),
        pytest.param({"/etc/rpi/swap.conf": "[Main]\n#Mechanism=none\n"}, "rpi-swap", id="a comment"),
        pytest.param({"/etc/rpi/swap.conf": "[Main]\nMechanism=nonsense\n"}, "rpi-swap", id="an unknown word stands for auto"),
    ],
)
def test_rpi_swap_brings_swap_up_unless_it_is_told_not_to(tmp_path, files, mechanism):
    tree = capture(tmp_path, release="raspios-trixie")
    for name, text in files.items():
        tree.write(name, text)
    assert memory(tree.source(), None)["swap_mechanism"] == mechanism


@pytest.mark.parametrize(
    ("unit", "fstab", "mechanism"),
    [
        pytest.param(ENABLED, "", "dphys-swapfile", id="dphys-swapfile is enabled"),
        pytest.param(DISABLED, "", None, id="dphys-swapfile is disabled"),
        pytest.param(None, "", None, id="systemd does not answer"),
        pytest.param(DISABLED, "/swap.img none swap sw 0 0\n", "fstab", id="fstab is left"),
        pytest.param(ENABLED, "/swap.img none swap sw 0 0\n", "dphys-swapfile", id="the first of two"),
    ],
)
def test_mechanisms_of_older_releases(tmp_path, unit, fstab, mechanism):
    tree = capture(tmp_path)
    tree.append("/etc/fstab", fstab)
    assert memory(tree.source(), unit)["swap_mechanism"] == mechanism


def test_memory_of_a_node_with_zram(tmp_path):
    tree = capture(tmp_path, release="raspios-trixie")
    tree.append("/proc/swaps", "/dev/zram0                              partition\t2097136\t\t512\t\t100\n")
    assert memory(tree.source(), None) == {
        "total_bytes": 3886140 * 1024,
        "available_bytes": 2914605 * 1024,
        "swap": [{"device": "/dev/zram0", "kind": "zram", "size_bytes": 2097136 * 1024, "used_bytes": 512 * 1024}],
        "swap_mechanism": "rpi-swap",
    }


def test_hugepages(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/meminfo", "HugePages_Total:    1024\nHugePages_Free:     1000\nHugepagesize:       2048 kB\n")
    assert hugepages(tree.source()) == {"size_kib": 2048, "total": 1024, "free": 1000}
    tree.write("/proc/meminfo", "MemTotal: 1 kB\n")
    assert hugepages(tree.source()) == {"size_kib": None, "total": None, "free": None}
