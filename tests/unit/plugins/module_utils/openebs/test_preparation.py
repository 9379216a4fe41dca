# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.preparation import problems, steps

JIVA = {"packages": ["open-iscsi"], "modules": ["iscsi_tcp"], "services": ["iscsid"], "hugepages": 0, "disks": {}}
NOTHING = {"packages": [], "modules": [], "services": [], "hugepages": 0, "disks": {}}


def facts(installed=True, enabled=True, active=True, name="iqn.a", module="loaded", disks=()):
    return {
        "iscsi": {"installed": installed, "iscsid_enabled": enabled, "iscsid_active": active, "initiator_name": name},
        "kernel": {"release": "6.12", "modules": {"iscsi_tcp": module}},
        "disks": list(disks),
    }


@pytest.mark.parametrize(
    ("own", "packages", "services"),
    [
        pytest.param(facts(), [], [], id="all is there"),
        pytest.param(facts(installed=False, enabled=False, active=False), ["open-iscsi"], ["iscsid"], id="missing"),
        pytest.param(facts(enabled=False), [], ["iscsid"], id="runs and is not enabled"),
        pytest.param(facts(active=False), [], ["iscsid"], id="enabled and does not run"),
        pytest.param(facts(enabled=None), [], ["iscsid"], id="nobody knows"),
    ],
)
def test_only_what_the_facts_do_not_show_is_done(own, packages, services):
    found = steps(JIVA, own)
    assert (found["packages"], found["services"], found["files"]) == (packages, services, True)


def test_an_engine_that_needs_nothing_costs_nothing():
    assert steps(NOTHING, facts(installed=False)) == {"packages": [], "services": [], "modules": [], "hugepages": 0, "files": False}


def test_packages_and_services_that_facts_do_not_know_are_looked_after():
    found = steps({"packages": ["lvm2"], "services": ["multipathd.service"]}, facts())
    assert (found["packages"], found["services"]) == (["lvm2"], ["multipathd"])


def test_a_kernel_without_the_module_is_refused():
    assert "no module iscsi_tcp" in problems(JIVA, {"pi01": facts(module="absent")})["pi01"][0]


@pytest.mark.parametrize(("in_use", "cure"), [(False, "prepare_nodes.yml"), (True, "drain pi02")])
def test_a_shared_initiator_name_is_refused_on_the_second_host(in_use, cure):
    found = problems(JIVA, {"pi01": facts(), "pi02": facts(), "pi03": facts(name="iqn.b")}, in_use=in_use)
    assert found["pi01"] == found["pi03"] == []
    assert "iqn.a is that of pi01 too" in found["pi02"][0]
    assert cure in found["pi02"][0]


def test_names_matter_only_for_engines_of_iscsi():
    assert problems(NOTHING, {"pi01": facts(), "pi02": facts()}) == {"pi01": [], "pi02": []}


@pytest.mark.parametrize(
    ("path", "named", "says"),
    [
        pytest.param("/dev/sda", {"pi01": ["/dev/sda"]}, None, id="free and named"),
        pytest.param("/dev/sda", {"pi01": ["/dev/sdb"]}, r'openebs_disks, pi01: \["/dev/sda"\]', id="free, and another one was named"),
        pytest.param("/dev/sda", {"pi02": ["/dev/sda"]}, r"/dev/sda \(Portable SSD S5SX\) is empty", id="free, and named on another host"),
        pytest.param("/dev/sda", None, "written to only if it is named", id="free, and nobody named any"),
        pytest.param("/dev/sdb", {"pi01": ["/dev/sdb"]}, "ext4.*no disk is ever wiped", id="with a file system"),
        pytest.param("/dev/sdc", {"pi01": ["/dev/sdc"]}, "no disk /dev/sdc. There are /dev/sda, /dev/sdb", id="not there"),
    ],
)
def test_a_disk_is_claimed_only_if_it_is_empty_and_named(path, named, says):
    disks = [
        {"path": "/dev/sda", "free": True, "model": "Portable SSD", "serial": "S5SX"},
        {"path": "/dev/sdb", "free": False, "used_by": ["ext4 file system"]},
    ]
    found = problems(NOTHING, {"pi01": facts(disks=disks)}, {"pi01": [path]}, named=named)["pi01"]
    assert bool(found) == bool(says)
    assert not says or re.search(says, found[0])
