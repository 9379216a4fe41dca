"""The firmware stand-in follows the facts of real boards: which file is read, and what a kernel makes of the line in it."""

from __future__ import annotations

import boot
import covers
import pytest
from boards import BOARDS
from hosts import Host
from machine import LabError
from releases import RELEASES


@pytest.mark.parametrize(
    ("text", "board", "trial", "expected"),
    [
        pytest.param("os_prefix=current/", "4b-8gb", False, {"os_prefix": "current/"}, id="before any filter holds everywhere"),
        pytest.param("[pi4]\nkernel=kernel8.img", "5-8gb", False, {}, id="another board's section does not hold"),
        pytest.param("[pi5]\nkernel=kernel8.img", "5-8gb", False, {"kernel": "kernel8.img"}, id="the board's own section holds"),
        pytest.param("[pi4]\na=1\n[all]\nb=2", "5-8gb", False, {"b": "2"}, id="all ends a section"),
        pytest.param("[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/", "4b-8gb", False, {"os_prefix": "current/"}, id="no trial"),
        pytest.param("[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/", "4b-8gb", True, {"os_prefix": "new/"}, id="trial"),
        pytest.param("#os_prefix=x/\n", "4b-8gb", False, {}, id="comments say nothing"),
        pytest.param("cmdline=" + "x" * 100, "4b-8gb", False, {"cmdline": "x" * 90}, id="98 characters a line"),
    ],
)
def test_settings(text, board, trial, expected):
    assert boot.settings(text, BOARDS[board], trial) == expected


@pytest.mark.parametrize(
    ("release", "line", "memory"),
    [
        pytest.param("raspios-bookworm", "rootwait", False, id="6.6 has it off"),
        pytest.param("raspios-bookworm", "cgroup_enable=memory", True, id="6.6 with the flag"),
        pytest.param("raspios-bookworm", "cgroup_memory=1", True, id="6.6 with the old flag"),
        pytest.param("raspios-trixie", "cgroup_memory=1", False, id="6.12 does not know the old flag"),
        pytest.param("raspios-trixie", "cgroup_enable=memory", True, id="6.12: the file comes after the device tree"),
        pytest.param("raspios-trixie", "cgroup_enable=memory cgroup_disable=memory", False, id="the last word wins"),
        pytest.param("raspios-trixie", "cgroup_enable=cpuset,memory", True, id="a list of controllers"),
        pytest.param("raspios-bookworm-early-6.12", "cgroup_enable=memory", False, id="6.12.1 ignores the flag"),
        pytest.param("ubuntu-25.10", "cgroup_enable=memory", True, id="Ubuntu 25.10"),
    ],
)
def test_memory_controller(release, line, memory):
    arguments = boot.device_tree_arguments(RELEASES[release], "dc:a6:32:2f:00:01") + line.split()
    assert boot.memory_controller(RELEASES[release], arguments) is memory


@pytest.mark.parametrize(
    ("board", "release", "config", "pages"),
    [
        pytest.param("5-8gb", "raspios-bookworm", {}, 16384, id="a Pi 5 prefers 16 KiB"),
        pytest.param("5-8gb", "raspios-bookworm", {"kernel": "kernel8.img"}, 4096, id="unless told otherwise"),
        pytest.param("5-8gb", "ubuntu-24.04", {}, 4096, id="Ubuntu has one kernel"),
        pytest.param("4b-8gb", "raspios-trixie", {}, 4096, id="a Pi 4 has 4 KiB"),
    ],
)
def test_page_size(board, release, config, pages):
    assert boot.kernel_release(BOARDS[board], RELEASES[release], config)[1] == pages


@pytest.mark.parametrize("name", RELEASES)
def test_every_release_boots_its_own_files(name):
    release = RELEASES[name]
    config = boot.settings(release.boot_files["config.txt"], BOARDS["4b-8gb"], trial=False)
    line = release.boot_files[config.get("os_prefix", "") + config.get("cmdline", "cmdline.txt")]
    assert "root=" in line
    assert not boot.memory_controller(release, boot.device_tree_arguments(release, "dc:a6:32:2f:00:01") + line.split())


def test_cgroups_table_shows_the_controller_off():
    table = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t4\t14\t1\n"
    assert covers.cgroups(table, memory=True) == table
    assert covers.cgroups(table, memory=False).splitlines()[2] == "memory\t4\t14\t0"


@pytest.mark.parametrize("name", BOARDS)
def test_meminfo_tells_the_boards_memory(name):
    board = BOARDS[name]
    text = covers.meminfo(board, "MemTotal:       24610000 kB\nMemFree:        20000000 kB\nHugePages_Total:       0\n")
    total = int(text.split()[1])
    assert board.memory_mib * 1024 * 0.75 < total < board.memory_mib * 1024
    assert text.splitlines()[2] == "HugePages_Total:       0"


@pytest.mark.parametrize("text", ["pi01", "pi01=pi9/raspios-trixie", "pi01=4b-8gb/windows", "Pi01=4b-8gb/raspios-trixie"])
def test_a_host_that_is_not_in_the_tables_is_refused(text):
    with pytest.raises(LabError, match="pi01"):
        Host.parse(text.replace("Pi01", "pi01!"), 1)
