# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.plugins.module_utils.node.gates import GATES
from ansible_collections.pikube.stateful.plugins.module_utils.node.problems import ERROR, WARNING, problems
from ansible_collections.pikube.stateful.tests.unit.trees import capture
from hypothesis import given
from hypothesis import strategies as st

MIB = 1024 * 1024
BOOT = {
    "command_line_files": ["/boot/firmware/cmdline.txt"],
    "config_file": "/boot/firmware/config.txt",
    "kernels": [],
    "error": None,
    "memory_cgroup": {"present": ["cgroup_enable=memory"], "absent": [], "problem": None},
}
CONTROL_PLANE = {"node_role": "control_plane"}
WORKER = {"node_role": "worker"}
PREPARED = {"node_role": "worker", "prepared": True}
FIXED = {"node_role": "worker", "allow_16k_pages": True, "page_size_fix": True}
IGNORED = "kernel 6.12.1+rpt-rpi-v8 ignores cgroup_enable=memory; upgrade it to 6.12.3 or later (apt full-upgrade) and reboot"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A node that nothing speaks against, with its system on an NVMe disk."""
    return {**collect(capture(tmp_path_factory.mktemp("node"), "5-8gb", "ubuntu-24.04", "NVMe").source()), "boot": BOOT}


def changed(facts, changes):
    """The facts with other values at paths such as "board.id"."""
    facts = copy.deepcopy(facts)
    for path, value in changes.items():
        *way, last = path.split(".")
        part = facts
        for key in way:
            part = part[key]
        part[last] = value
    return facts


@pytest.mark.parametrize("wanted", [{}, WORKER, CONTROL_PLANE, PREPARED, {**CONTROL_PLANE, "hostname": "pi-07", "prepared": True}])
def test_nothing_speaks_against_a_good_node(good, wanted):
    assert problems("pi02", good, wanted, GATES) == []


def on_card(facts):
    return [{**row, "medium": "sd", "disk": "mmcblk0"} for row in facts["file_systems"]]


CASES = [
    pytest.param(
        {"board.capable_64bit": False, "board.model": "Raspberry Pi 2 Model B Rev 1.1", "architecture.userland": "armhf"},
        WORKER,
        ERROR,
        ["Raspberry Pi 2 Model B Rev 1.1 has a 32-bit processor", "Use a Raspberry Pi 3, 4 or 5"],
        id="a Pi 2B of revision 1.1 can never run MicroK8s",
    ),
    pytest.param(
        {"architecture.userland": "armhf"},
        WORKER,
        ERROR,
        ["the system's packages are armhf (the kernel is aarch64)", "write a 64-bit image to the card"],
        id="32-bit userland under a 64-bit kernel",
    ),
    pytest.param({"architecture.userland": "i386"}, CONTROL_PLANE, ERROR, ["packages are i386"], id="32-bit PC"),
    pytest.param({"architecture.userland": "riscv64"}, WORKER, ERROR, ["packages are riscv64"], id="64-bit and still not offered"),
    pytest.param({"architecture.userland": None}, WORKER, WARNING, ["dpkg does not say"], id="unknown userland"),
    pytest.param(
        {"page_size": 16384, "os.family": "raspberrypios", "boot.kernels": ["kernel8.img", "kernel_2712.img"]},
        WORKER,
        ERROR,
        ["pages of 16 KiB", "Set pi_page_size_fix", '"kernel=kernel8.img" under [pi5] in /boot/firmware/config.txt'],
        id="16 KiB pages, and another kernel is at hand",
    ),
    pytest.param(
        {"page_size": 65536}, WORKER, ERROR, ["pages of 64 KiB", "Boot a kernel with pages of 4 KiB"], id="64 KiB pages and one kernel"
    ),
    pytest.param(
        {"page_size": 16384, "os.family": "raspberrypios", "boot.kernels": ["kernel_2712.img"]},
        FIXED,
        ERROR,
        ["no kernel8.img", "linux-image-rpi-v8"],
        id="another kernel is asked for and is not there",
    ),
    pytest.param(
        {"page_size": 16384, "boot.kernels": ["kernel8.img"]},
        FIXED,
        ERROR,
        ["pi_page_size_fix asks for pages of 4 KiB instead of 16 KiB", "set pi_page_size_fix to false"],
        id="a file of that name on Ubuntu says nothing",
    ),
    pytest.param(
        {"memory.total_bytes": 416 * MIB, "board.model": "Raspberry Pi Zero 2 W Rev 1.0"},
        CONTROL_PLANE,
        ERROR,
        ["Raspberry Pi Zero 2 W Rev 1.0 has 416 MiB of memory", "keeps its services off", "2 GiB or more"],
        id="512 MB board as control plane",
    ),
    pytest.param({"memory.total_bytes": 512 * MIB}, WORKER, ERROR, ["has 512 MiB of memory"], id="512 MB board as worker"),
    pytest.param(
        {"memory.total_bytes": None, "board.memory_bytes": 512 * MIB},
        WORKER,
        ERROR,
        ["has 512 MiB"],
        id="what the board came with, if nothing else is known",
    ),
    pytest.param(
        {"memory.total_bytes": 906 * MIB},
        CONTROL_PLANE,
        WARNING,
        ["has 906 MiB", "Set pi_node_role to worker"],
        id="1 GB board as control plane",
    ),
    pytest.param(
        {"cgroup.missing": ["memory"], "boot.memory_cgroup.problem": IGNORED},
        WORKER,
        ERROR,
        ['control group "memory" is off', "ignores cgroup_enable=memory; upgrade it to 6.12.3 or later"],
        id="a kernel that obeys no parameter",
    ),
    pytest.param(
        {"cgroup.missing": ["memory"], "kernel.release": "6.6.51+rpt-rpi-v8"},
        PREPARED,
        ERROR,
        ['"memory" is off although the kernel (6.6.51+rpt-rpi-v8) was started with cgroup_enable=memory', "/boot/firmware/cmdline.txt"],
        id="memory is off after all although the kernel was asked for it",
    ),
    pytest.param(
        {"cgroup.missing": ["memory"], "kernel.command_line": "console=tty1 root=LABEL=writable"},
        PREPARED,
        ERROR,
        ["was started without cgroup_enable=memory", "Reboot the node if /boot/firmware/cmdline.txt has it"],
        id="a forgotten reboot",
    ),
    pytest.param(
        {"cgroup.missing": ["cpuset", "pids"]}, WORKER, ERROR, ["are off: cpuset, pids", "Remove cgroup_disable="], id="other controllers"
    ),
    pytest.param(
        {"cgroup.version": 1}, WORKER, WARNING, ["version 1", "systemd.unified_cgroup_hierarchy=0"], id="control groups of version 1"
    ),
    pytest.param(
        {"power.under_voltage_now": True}, {}, ERROR, ["supply voltage is too low"], id="under-voltage now, whatever the node is for"
    ),
    pytest.param({"power.under_voltage_since_boot": True}, {}, WARNING, ["too low at least once"], id="under-voltage since the boot"),
    pytest.param(
        {"power.throttled_now": True, "power.temperature_celsius": 83.2}, {}, WARNING, ["slowed down", "83.2 degrees"], id="throttled"
    ),
    pytest.param(
        {"power.soft_temperature_limit_now": True, "power.temperature_celsius": None}, {}, WARNING, ["unknown temperature"], id="warm"
    ),
    pytest.param({"time.synchronized": False}, WORKER, WARNING, ["the clock is not synchronised"], id="no clock yet"),
    pytest.param({"time.synchronized": False}, PREPARED, ERROR, ["still not synchronised", "pi_time_servers"], id="no clock in the end"),
    pytest.param(
        {"microk8s.installed": True},
        {"hostname": "pi-07"},
        ERROR,
        ['under the name "pi02" and cannot be renamed to "pi-07"', 'Set pi_hostname to "pi02"', "microk8s remove-node"],
        id="a rename after the join",
    ),
    pytest.param(
        {},
        {"hostname": "pi_02"},
        ERROR,
        ['pi_hostname "pi_02" on host pi02: an underscore is not allowed', 'Try "pi-02".'],
        id="a bad name that is wanted",
    ),
    pytest.param(
        {"hostname": "raspberrypi"},
        WORKER,
        ERROR,
        ['host name "raspberrypi" on host pi02: cannot tell nodes apart'],
        id="a bad name that is kept",
    ),
    pytest.param(
        {"os.release": None, "os.name": "Fedora Linux 43"},
        {},
        WARNING,
        ["Fedora Linux 43 is not among", "Ubuntu 24.04 LTS"],
        id="another release",
    ),
    pytest.param(
        {"cgroup.missing": ["memory"], "boot.error": "no boot partition of a Raspberry Pi is mounted: /boot is not a mount point."},
        WORKER,
        ERROR,
        ["boot files that turn it on cannot be used: no boot partition", "Make the boot partition readable"],
        id="memory is off and the boot partition is not mounted",
    ),
    pytest.param(
        {"kernel.modules": {"br_netfilter": "loaded", "overlay": "builtin", "vxlan": "absent"}},
        PREPARED,
        ERROR,
        ["has no module vxlan", "linux-modules-extra-raspi"],
        id="a kernel without VXLAN",
    ),
    pytest.param(
        {"memory.swap": [{"device": "/dev/zram0"}]},
        {"prepared": True, "swap": "off"},
        WARNING,
        ["swap is still in use: /dev/zram0"],
        id="swap is left",
    ),
]


@pytest.mark.parametrize(("changes", "wanted", "severity", "said"), CASES)
def test_one_gate_speaks(good, changes, wanted, severity, said):
    (found,) = problems("pi02", changed(good, changes), wanted, GATES)
    assert found["severity"] == severity
    assert "pi02" in found["message"]
    assert found["message"].endswith(".")
    assert ".." not in found["message"]
    for part in said:
        assert part in found["message"]


@pytest.mark.parametrize(("medium", "called"), [("sd", "an SD card"), ("usb_hdd", "a hard disk at USB"), ("sata_hdd", "a hard disk")])
def test_the_datastore_on_a_slow_medium(good, medium, called):
    facts = changed(good, {"file_systems": [{**row, "medium": medium} for row in good["file_systems"]]})
    (found,) = problems("pi02", facts, CONTROL_PLANE, GATES)
    assert found["severity"] == WARNING
    assert f"below /var/snap would be on {called} (nvme0n1)" in found["message"]
    assert problems("pi02", facts, WORKER, GATES) == []
    assert problems("pi02", facts, {**CONTROL_PLANE, "data_path": "/mnt/ssd"}, GATES) == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        pytest.param(
            {"architecture.userland": "armhf", "board.capable_64bit": False, "page_size": 16384, "memory.total_bytes": 1},
            {},
            id="no cluster is wanted",
        ),
        pytest.param({"page_size": 16384}, {**WORKER, "allow_16k_pages": True}, id="16 KiB pages are accepted"),
        pytest.param(
            {"page_size": 16384, "os.family": "raspberrypios", "boot.kernels": ["kernel8.img"]}, FIXED, id="16 KiB pages are about to go"
        ),
        pytest.param({"page_size": 4096}, FIXED, id="4 KiB pages are asked for and are there"),
        pytest.param({"memory.total_bytes": 906 * MIB}, WORKER, id="1 GB board as worker"),
        pytest.param({"cgroup.missing": ["memory"]}, WORKER, id="memory is off and the role is about to turn it on"),
        pytest.param({"microk8s.installed": True}, {**WORKER, "hostname": "pi02"}, id="a joined node keeps its name"),
        pytest.param({"hostname": "raspberrypi"}, {**WORKER, "hostname": "pi-02"}, id="the name of the image is about to go"),
        pytest.param({"boot.error": "nothing is mounted"}, WORKER, id="boot files are not needed if memory works"),
        pytest.param(
            {"board.id": None, "cgroup.missing": ["memory"], "boot.error": "nothing is mounted"}, WORKER, id="a PC has no boot files"
        ),
        pytest.param({"kernel.modules": {"vxlan": None}}, PREPARED, id="a module that may be there"),
        pytest.param({"kernel.modules": {"zfs": "absent"}}, PREPARED, id="a module that few need"),
        pytest.param({"memory.swap": [{"device": "/swap.img"}]}, PREPARED, id="swap may stay"),
        pytest.param({"time.synchronized": None}, PREPARED, id="nobody knows about the clock"),
    ],
)
def test_no_gate_speaks(good, changes, wanted):
    assert problems("pi02", changed(good, changes), wanted, GATES) == []


def test_under_voltage_now_is_said_once(good):
    facts = changed(good, {"power.under_voltage_now": True, "power.under_voltage_since_boot": True})
    assert len(problems("pi02", facts, {}, GATES)) == 1


def test_ids_are_unique_and_every_gate_is_complete():
    assert len({gate.id for gate in GATES}) == len(GATES)
    for gate in GATES:
        assert gate.severity in (ERROR, WARNING)
        assert gate.source
        assert not gate.message.endswith(".")
        assert not gate.cure.endswith(".")


def test_every_gate_is_shut_by_a_case(good):
    ids = {found["id"] for case in CASES for found in problems("pi02", changed(good, case.values[0]), case.values[1], GATES)}
    ids |= {found["id"] for found in problems("pi02", changed(good, {"file_systems": on_card(good)}), CONTROL_PLANE, GATES)}
    assert ids == {gate.id for gate in GATES}


def emptied(facts):
    return {key: emptied(value) for key, value in facts.items()} if isinstance(facts, dict) else None


def test_facts_that_are_unknown_speak_against_nothing_but_the_unknown_userland(good):
    found = problems("pi02", emptied(good), {**CONTROL_PLANE, "hostname": "pi-02", "prepared": True, "swap": "off"}, GATES)
    assert [(each["severity"], "dpkg" in each["message"]) for each in found] == [(WARNING, True)]


@given(st.data())
def test_any_facts_may_be_missing(good, data):
    facts = copy.deepcopy(good)
    for key in data.draw(st.lists(st.sampled_from(sorted(set(facts) - {"architecture", "board", "cgroup", "kernel"})), unique=True)):
        del facts[key]
    assert all(found["message"] for found in problems("pi02", facts, {**CONTROL_PLANE, "prepared": data.draw(st.booleans())}, GATES))
