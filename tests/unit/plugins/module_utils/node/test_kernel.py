# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.kernel import architecture, kernel, modules, page_size
from ansible_collections.pikube.stateful.tests.unit.trees import RELEASES, capture


@pytest.mark.parametrize("name", RELEASES)
def test_architectures_of_every_release(tmp_path, name):
    tree = capture(tmp_path, release=name)
    userland = RELEASES[name].userland
    assert architecture(tree.source()) == {"userland": userland, "kernel": "aarch64", "userland_bits": {"arm64": 64, "armhf": 32}[userland]}


@pytest.mark.parametrize(
    ("userland", "bits"),
    [("amd64", 64), ("i386", 32), ("riscv64", 64), ("armel", 32), pytest.param("vax", None, id="unknown")],
)
def test_bits(tmp_path, userland, bits):
    tree = capture(tmp_path)
    tree.commands["dpkg"] = (0, userland, "")
    assert architecture(tree.source())["userland_bits"] == bits


def test_architecture_without_the_commands(tmp_path):
    tree = capture(tmp_path)
    tree.commands.clear()
    assert architecture(tree.source()) == {"userland": None, "kernel": None, "userland_bits": None}
    assert page_size(tree.source()) is None


@pytest.mark.parametrize(("printed", "size"), [("4096\n", 4096), ("16384\n", 16384), ("undefined\n", None)])
def test_page_size(tmp_path, printed, size):
    tree = capture(tmp_path)
    tree.commands["getconf"] = (0, printed, "")
    assert page_size(tree.source()) == size


@pytest.mark.parametrize(
    ("name", "state"),
    [
        pytest.param("br_netfilter", "loaded", id="loaded"),
        pytest.param("nvme", "builtin", id="built in, and not the module whose name begins the same"),
        pytest.param("vxlan", "available", id="a compressed file"),
        pytest.param("dm_crypt", "available", id="a file with a dash in its name"),
        pytest.param("udp_tunnel", "available", id="a file that another needs"),
        pytest.param("libiscsi", "absent", id="a name that only stands behind the colon"),
        pytest.param("nvme_tcp", "absent", id="not in the kernels of Pi OS"),
        pytest.param("zram", "builtin", id="built in and not in the list"),
    ],
)
def test_module_states(tmp_path, name, state):
    tree = capture(tmp_path)
    tree.write("/sys/module/zram/parameters/num_devices", "1")
    assert modules(tree.source(), RELEASES["raspios-bookworm"].kernel, [name]) == {name: state}


def test_nvme_tcp_is_there_on_ubuntu(tmp_path):
    tree = capture(tmp_path, release="ubuntu-24.04")
    assert modules(tree.source(), RELEASES["ubuntu-24.04"].kernel, ["nvme_tcp"]) == {"nvme_tcp": "available"}


def test_a_module_is_not_called_absent_without_the_lists(tmp_path):
    tree = capture(tmp_path)
    assert modules(tree.source(), "6.99.0", ["br_netfilter", "vxlan"]) == {"br_netfilter": "loaded", "vxlan": None}


def test_a_kernel_that_says_nothing(tmp_path):
    tree = capture(tmp_path)
    for name in ("cmdline", "sys/kernel/osrelease", "modules"):
        tree.remove(f"/proc/{name}")
    assert kernel(tree.source(), ["vxlan"]) == {"release": None, "command_line": None, "modules": {"vxlan": None}}


def test_the_command_line_is_whole(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/cmdline", 'dyndbg="file a.c +p"  quiet \n')
    assert kernel(tree.source(), [])["command_line"] == 'dyndbg="file a.c +p"  quiet '
