# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import enabling, paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

REPOSITORY = 'microk8s-addons:\n  addons:\n    - name: "dns"\n    - name: "community"\n    - name: "helm3"\n'


def status(*addons):
    listed = "".join(f"  - name: {name}\n    repository: core\n    version: \n    status: {state}\n" for name, state in addons)
    return f"microk8s:\n  running: True\nhigh-availability:\n  enabled: True\naddons:\n{listed}"


def change(node, *items, check=False):
    warnings = []
    wanted = [{"name": name, "state": state, "arguments": arguments} for name, state, *arguments in items]
    return enabling.run(node.machine, wanted, 600, check, warnings.append), warnings


@pytest.fixture
def seed(node):
    node.installed().write(f"{paths.SNAP_COMMON}/addons/core/addons.yaml", REPOSITORY)
    return node


def test_an_addon_is_enabled_once(seed):
    seed.says("status", out=status(("dns", "disabled"))).says("status", out=status(("dns", "enabled")))
    seed.says("enable core/dns:8.8.8.8", 0, "DNS is enabled")
    first, _warnings = change(seed, ("dns", "present", "8.8.8.8"))
    assert first["addons"][0]["outcome"] == "done"
    again, _warnings = change(seed, ("dns", "present", "8.8.8.8"))
    assert (again["changed"], again["addons"][0]["outcome"]) == (False, "already")
    assert sum(words.startswith("enable") for words in seed.ran) == 1


def test_an_addon_of_files(seed):
    seed.says("enable core/community", 0, "done", does=lambda: seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", REPOSITORY))
    assert change(seed, ("community", "present"))[0]["changed"]
    assert not change(seed, ("community", "present"))[0]["changed"]


def test_exit_code_0_that_is_no_success(seed):
    seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", 'microk8s-addons:\n  addons:\n    - name: "openebs"\n')
    seed.says("status", out=status(("openebs", "disabled")).replace("repository: core", "repository: community"))
    seed.says("enable community/openebs", 0, "iscsid is not available or enabled.")
    with pytest.raises(MicroK8sError, match="pi03: add-on community/openebs was not enabled: the service iscsid is not enabled") as problem:
        change(seed, ("openebs", "present"))
    assert problem.value.facts["outcome"] == "iscsid"


def test_an_unknown_addon_is_not_tried(seed):
    with pytest.raises(MicroK8sError, match="There is core: community, dns, helm3"):
        change(seed, ("dsn", "present"))
    assert seed.ran == []


def test_what_was_done_before_a_failure_is_told(seed):
    seed.says("enable core/community", 0, "", does=lambda: seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", REPOSITORY))
    with pytest.raises(MicroK8sError) as problem:
        change(seed, ("community", "present"), ("nothing", "present"))
    assert problem.value.facts["changed"] is True
    assert [row["name"] for row in problem.value.facts["addons"]] == ["core/community"]


def test_addons_in_check_mode(seed):
    seed.says("status", out=status(("dns", "disabled")))
    result, _warnings = change(seed, ("dns", "present"), ("community", "present"), ("openebs", "present"), check=True)
    assert [row["changed"] for row in result["addons"]] == [True, True, True]
    assert not any(words.startswith("enable") for words in seed.ran)
