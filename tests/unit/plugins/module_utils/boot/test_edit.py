# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody wants, against a line and against a running kernel."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.edit import Edit, file_part
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from hypothesis import example, given
from hypothesis import strategies as st

FILE = "console=serial0,115200 console=tty1 root=PARTUUID=4d8097e2-02 rootfstype=ext4 rootwait"
RUNNING = FILE.replace("serial0", "ttyS0")
FIRMWARE = (
    "coherent_pool=1M 8250.nr_uarts=1 cgroup_disable=memory numa_policy=interleave vc_mem.mem_base=0x3ec00000 vc_mem.mem_size=0x40000000"
)
KUBERNETES = {"present": ["cgroup_enable=memory"], "absent": ["cgroup_disable=memory", "systemd.unified_cgroup_hierarchy=0"]}


@pytest.mark.parametrize(
    ("wishes", "running", "in_force"),
    [
        pytest.param(KUBERNETES, f"{FIRMWARE}  {RUNNING}", False, id="not started with it yet"),
        pytest.param(KUBERNETES, f"{FIRMWARE}  {RUNNING} cgroup_enable=memory", True, id="the device tree's disable is overruled"),
        pytest.param(KUBERNETES, f"{FIRMWARE}  cgroup_enable=memory {RUNNING}", True, id="wherever in the file it stands"),
        pytest.param(
            KUBERNETES, f"{FIRMWARE}  {RUNNING} cgroup_enable=memory cgroup_disable=memory", False, id="the file's own disable wins"
        ),
        pytest.param(
            KUBERNETES, f"{RUNNING} cgroup_enable=memory systemd.unified_cgroup_hierarchy=0", False, id="what is to be absent is in force"
        ),
        pytest.param(
            {"absent": ["cgroup_disable=memory"]}, f"{FIRMWARE}  {RUNNING}", True, id="no file can remove the device tree's disable"
        ),
        pytest.param({"absent": ["cgroup_disable"]}, f"{FIRMWARE}  {RUNNING}", True, id="nor with all names"),
        pytest.param({"absent": ["cgroup_disable"]}, f"{FIRMWARE}  {RUNNING} cgroup_disable=io", False, id="but the file's own"),
        pytest.param(
            {"absent": ["cgroup_disable=memory"]},
            f"coherent_pool=1M cgroup_disable=memory {RUNNING}",
            True,
            id="nor on firmware that does not end in vc_mem",
        ),
        pytest.param({"absent": ["cgroup_disable=memory"]}, f"{RUNNING} cgroup_disable=memory", False, id="the file's disable is in force"),
        pytest.param({"absent": ["quiet"]}, f"{FIRMWARE}  {RUNNING}", True, id="is absent"),
        pytest.param({"absent": ["splash"]}, f"{FIRMWARE}  {RUNNING} splash", False, id="is not absent yet"),
        pytest.param(
            {"absent": ["console=serial0,115200"]}, f"{FIRMWARE}  {RUNNING}", False, id="a console under the name that the firmware gave it"
        ),
        pytest.param({"absent": ["panic=5"]}, f"{RUNNING} panic=10", True, id="another value of a key may stay"),
        pytest.param({"replaced": ["console=tty1"]}, f"{FIRMWARE}  {RUNNING}", False, id="another console is still in force"),
        pytest.param({"replaced": ["console=serial0,115200"]}, f"{FIRMWARE}  console=ttyAMA0,115200 root=a", True, id="the only console"),
        pytest.param({"replaced": ["panic=5"]}, f"{FIRMWARE}  {RUNNING} panic=5", True, id="the only value"),
        pytest.param(
            {"present": ["coherent_pool=2M"]}, f"{FIRMWARE}  {RUNNING} coherent_pool=2M", True, id="the file overrules the firmware"
        ),
        pytest.param({}, RUNNING, True, id="nothing wanted is in force everywhere"),
        pytest.param({}, "", True, id="also where there is no line"),
        pytest.param({"present": ["quiet"]}, "rdinit=/init -- quiet", False, id="init's words are not the kernel's"),
    ],
)
def test_in_force(wishes, running, in_force):
    assert Edit.of(**wishes).in_force(CommandLine.of_kernel(running)) is in_force


@pytest.mark.parametrize(
    ("wishes", "part_of_message"),
    [
        pytest.param({"present": ["quiet"], "absent": ["quiet"]}, "both wanted and to be absent", id="wanted and not"),
        pytest.param({"present": ["panic=5"], "absent": ["panic"]}, "both wanted and to be absent", id="wanted, and its key is not"),
        pytest.param({"replaced": ["panic=5"], "absent": ["panic=5"]}, "both wanted and to be absent", id="replaced and not wanted"),
        pytest.param({"present": ["panic=5", "panic=10"]}, "'panic=5' is wanted together with another panic", id="two values of one key"),
        pytest.param({"present": ["cgroup_enable=memory", "cgroup_disable=memory"]}, "another cgroup_enable", id="on and off"),
        pytest.param({"replaced": ["console=tty1"], "present": ["console=tty2"]}, "another console", id="the only one, and another"),
        pytest.param({"replaced": ["console=tty1", "console=tty2"]}, "another console", id="two that are the only one"),
        pytest.param({"present": ["a b"]}, "is 2 parameters", id="two in one entry"),
        pytest.param({"absent": [""]}, "not a kernel parameter", id="an empty entry"),
        pytest.param({"replaced": ["--"]}, "not a kernel parameter", id="the mark for init"),
    ],
)
def test_wishes_that_cannot_come_true_are_refused(wishes, part_of_message):
    with pytest.raises(BootError, match=part_of_message):
        Edit.of(**wishes)


@pytest.mark.parametrize(
    ("running", "part"),
    [
        pytest.param(f"{FIRMWARE}  {RUNNING}", RUNNING, id="behind vc_mem"),
        pytest.param(f"cma=64M lab {FIRMWARE}  {RUNNING}", RUNNING, id="also with unknown words in the device tree"),
        pytest.param(f"coherent_pool=1M {RUNNING}", RUNNING, id="behind what firmware is known to say"),
        pytest.param(RUNNING, RUNNING, id="all of it"),
        pytest.param("quiet -- x", "quiet", id="not what is for init"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_file_part(running, part):
    assert str(file_part(CommandLine.of_kernel(running))) == part


WISHES = st.lists(
    st.sampled_from(
        ["cgroup_enable=memory", "cgroup_disable=memory", "cgroup_disable=io,memory", "panic=5", "panic", "console=tty1", "splash"]
    ),
    max_size=3,
)
STARTS = st.lists(st.sampled_from([*FILE.split(), "cgroup_disable=memory", "cgroup_enable=memory", "panic=10", "splash"]), max_size=8)


@example(["cgroup_disable=memory", "cgroup_enable=memory"], [], [], ["cgroup_disable=memory"])
@given(STARTS, WISHES, WISHES, WISHES)
def test_what_was_applied_needs_no_second_restart(tokens, present, absent, replaced):
    """The promise behind reboot_required: one restart with the edited file is enough, whatever the firmware puts in front."""
    try:
        edit = Edit.of(present, absent, replaced)
    except BootError:
        return
    edited = edit.applied_to(CommandLine(tuple(tokens)))
    assert edit.applied_to(edited) == edited
    assert edit.in_force(CommandLine.of_kernel(f"{FIRMWARE}  {edited}"))
