# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import shutil

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.tests.unit.trees import BOARDS, RELEASES, capture, usb_disk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEYS = {
    "hostname", "board", "memory", "processor", "hugepages", "architecture", "page_size", "kernel", "os", "cgroup", "disks",
    "volume_groups", "zpools", "file_systems", "iscsi", "nvme", "time", "identity", "power", "interfaces", "network", "services",
    "microk8s", "reboot_required",
}  # fmt: skip
MOST_PROCESSES = 8
MOST_BYTES = 8000


def shape(value):
    """The keys of all dictionaries in it, not the values; of a list the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shape(value[0])]
    return None


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("board", BOARDS)
def test_every_board_with_every_release(tmp_path, board, release):
    hardware, system = BOARDS[board], RELEASES[release]
    tree = capture(tmp_path, board, release, {"cm4": "MMC", "5-8gb": "NVMe"}.get(board, "SD"))
    usb_disk(tree)
    found = collect(tree.source())
    assert set(found) == KEYS
    assert found["hostname"] == "pi02"
    assert (found["board"]["id"], found["board"]["soc"], found["board"]["revision"]) == (hardware.id, hardware.soc, hardware.revision)
    assert found["board"]["memory_bytes"] == hardware.memory_mib * 1024 * 1024
    assert found["board"]["capable_64bit"] is hardware.capable_64bit
    assert found["memory"]["total_bytes"] == hardware.memory_total_kib * 1024 < found["board"]["memory_bytes"]
    assert found["memory"]["swap_mechanism"] == system.swap_mechanism
    assert found["architecture"]["userland"] == system.userland
    assert (found["os"]["family"], found["os"]["release"]) == (system.family, system.id)
    assert found["kernel"]["release"] == system.kernel
    assert found["cgroup"] == {"version": 2, "controllers": ["cpu", "cpuset", "io", "memory", "pids"], "missing": []}
    assert [disk["name"] for disk in found["disks"] if disk["free"]] == ["sda"]
    assert {row["medium"] for row in found["file_systems"]} == {{"cm4": "emmc", "5-8gb": "nvme"}.get(board, "sd")}
    assert found["network"]["backend"] == system.backend
    assert found["reboot_required"] is (False if system.family == "ubuntu" else None)
    assert len(tree.asked) <= MOST_PROCESSES
    assert len(json.dumps(found)) <= MOST_BYTES


def test_no_command_is_asked_twice(tmp_path):
    tree = capture(tmp_path)
    collect(tree.source())
    assert len({argv[0] for argv in tree.asked}) == len(tree.asked)


def test_an_empty_machine_has_all_keys_and_knows_nothing(tmp_path):
    def missing(argv):
        raise FileNotFoundError(argv[0])

    full = shape(collect(capture(tmp_path / "full").source()))
    empty = collect(Source(missing, str(tmp_path / "empty")))
    for key in KEYS - {"disks", "interfaces", "kernel", "memory", "identity"}:
        assert shape(empty)[key] == full[key]
    assert set(empty["kernel"]) == set(full["kernel"])
    assert set(empty["memory"]) == set(full["memory"])
    assert set(empty["board"].values()) == set(empty["power"].values()) == set(empty["os"].values()) == {None}
    assert empty["cgroup"] == {"version": None, "controllers": [], "missing": None}
    assert (empty["disks"], empty["interfaces"], empty["reboot_required"]) == ([], [], None)


def test_no_secret_is_returned(tmp_path):
    tree = capture(tmp_path)
    tree.write("/etc/iscsi/iscsid.conf", "node.session.auth.password = chap-secret\n")
    tree.write("/etc/netplan/50-cloud-init.yaml", "network:\n  wifis:\n    wlan0:\n      access-points: {home: {password: wifi-secret}}\n")
    tree.write("/proc/self/environ", "TOKEN=environment-secret\0")
    assert "secret" not in json.dumps(collect(tree.source()))
    assert "PRIVATE KEY" not in json.dumps(collect(tree.source()))


DAMAGES = ("remove", "empty", "folder", "garbage", "half", "dangling")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_stops_the_facts(tmp_path, data):
    """Files that are gone, empty, cut short, not text, or no files at all; commands that fail or print nonsense."""
    root = tmp_path / "node"
    shutil.rmtree(root, ignore_errors=True)
    tree = capture(root, data.draw(st.sampled_from(sorted(BOARDS))), data.draw(st.sampled_from(sorted(RELEASES))))
    usb_disk(tree, parts={"sda1": "8:1"})
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    for path in data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=25, unique=True)):
        damage = data.draw(st.sampled_from(DAMAGES))
        content = path.read_bytes()
        path.unlink()
        if damage == "folder":
            path.mkdir()
        elif damage == "dangling":
            path.symlink_to("nowhere")
        elif damage != "remove":
            path.write_bytes({"empty": b"", "garbage": b"\xff\x00= :\n-1\n", "half": content[: len(content) // 2]}[damage])
    for name in data.draw(st.lists(st.sampled_from(sorted(tree.commands)), unique=True)):
        tree.commands[name] = data.draw(st.sampled_from([(1, "", "failed"), (0, "", ""), (0, "\x00 = {[\n\n=", "")]))
    found = collect(tree.source())
    assert set(found) == KEYS
    json.dumps(found)
