# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.pikube.stateful.plugins.modules import node_facts
from ansible_collections.pikube.stateful.tests.unit.trees import RELEASES, Tree, capture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def boot_facts(tree, release=None):
    """What the module says of the boot files, with the tree's own folder taken for the root."""
    found = node_facts.boot_facts(tree.source(), release, root=str(tree.root))
    return json.loads(json.dumps(found).replace(str(tree.root), ""))


def run(capsys, check_mode=False):
    with patch_module_args({"_ansible_check_mode": check_mode}), pytest.raises(SystemExit) as ended:
        node_facts.main()
    assert ended.value.code == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", RELEASES)
def test_boot_files_of_every_release(tmp_path, name):
    release = RELEASES[name]
    found = boot_facts(capture(tmp_path, release=name), release.kernel)
    assert found["error"] is None
    assert found["directory"] == release.boot
    assert found["config_file"] == f"{release.boot}/config.txt"
    assert found["os_prefix"] == (release.os_prefix or None)
    assert found["kernels"] == (["kernel8.img", "kernel_2712.img"] if release.family == "raspberrypios" else [])
    prefixes = ["current/", "new/"] if release.os_prefix else [""]
    assert found["command_line_files"] == [f"{release.boot}/{prefix}cmdline.txt" for prefix in prefixes]
    assert found["memory_cgroup"]["present"] == ["cgroup_enable=memory"]
    assert found["memory_cgroup"]["problem"] is None


def test_a_boot_partition_that_is_not_mounted_does_not_fail_the_facts(tmp_path):
    tree = capture(tmp_path)
    mounts = (tmp_path / "proc/self/mountinfo").read_text().splitlines(keepends=True)
    tree.write("/proc/self/mountinfo", "".join(line for line in mounts if "/boot" not in line))
    found = boot_facts(tree)
    assert (found["directory"], found["config_file"], found["command_line_files"], found["kernels"]) == (None, None, [], [])
    assert "/boot/firmware is not a mount point" in found["error"]


def test_a_command_line_of_two_lines_is_named_with_its_file(tmp_path):
    tree = capture(tmp_path)
    tree.append("/boot/firmware/cmdline.txt", "cgroup_enable=memory\n")
    found = boot_facts(tree)
    assert found["command_line_files"] == ["/boot/firmware/cmdline.txt"]
    assert "/boot/firmware/cmdline.txt" in found["error"]


def test_a_kernel_that_ignores_the_parameters_is_named(tmp_path):
    found = boot_facts(capture(tmp_path), "6.12.1+rpt-rpi-v8")
    assert "6.12.3" in found["memory_cgroup"]["problem"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    config=st.binary(),
    line=st.binary(),
    release=st.one_of(st.none(), st.text()),
    prefix=st.one_of(st.just(b"current/\0"), st.binary()),
)
def test_boot_files_of_any_content_do_not_fail_the_facts(tmp_path, config, line, release, prefix):
    tree = Tree(tmp_path)
    tree.write("/proc/self/mountinfo", "")
    tree.mount("/boot/firmware", "179:1", "vfat", "/dev/mmcblk0p1")
    tree.write("/boot/firmware/config.txt", config)
    tree.write("/boot/firmware/cmdline.txt", line)
    tree.write("/sys/firmware/devicetree/base/chosen/os_prefix", prefix)
    found = boot_facts(tree, release)
    assert found["error"] is None or "/boot/firmware" in found["error"]


def test_this_machine(capsys):
    found = run(capsys)
    facts = found["ansible_facts"]["pikube_node"]
    assert found["changed"] is False
    assert facts["hostname"]
    assert facts["memory"]["total_bytes"] > 0
    assert facts["page_size"] in (4096, 16384, 65536)
    assert facts["file_systems"][0]["path"] == "/"


def test_check_mode_says_the_same(capsys):
    real, checked = (run(capsys, check_mode)["ansible_facts"]["pikube_node"] for check_mode in (False, True))
    assert checked["identity"] == real["identity"]
    assert set(checked) == set(real)


def keys(value):
    return {key: keys(inner) for key, inner in value.items()} if isinstance(value, dict) else None


def test_every_fact_is_documented_with_the_shape_it_has(tmp_path):
    tree = capture(tmp_path, release="ubuntu-25.10")
    tree.append("/proc/swaps", "/dev/zram0 partition 2097136 0 100\n")
    facts = {**node_facts.collect(tree.source()), "boot": boot_facts(tree)}
    documented = yaml.safe_load(node_facts.RETURN)["ansible_facts"]["contains"]["pikube_node"]["contains"]
    assert set(documented) == set(facts)
    for name, fact in facts.items():
        sample = documented[name]["sample"]
        if isinstance(fact, list):
            assert keys(sample[0]) == keys(fact[0]), name
        elif name == "kernel":
            assert set(sample) == set(fact)
            assert set(sample["modules"]) <= set(fact["modules"])
        else:
            assert keys(sample) == keys(fact), name
