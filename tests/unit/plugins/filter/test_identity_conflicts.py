# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter.identity_conflicts import FilterModule
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.tests.unit.trees import SERIAL, capture

identity_conflicts = FilterModule().filters()["identity_conflicts"]


@pytest.fixture
def facts(tmp_path):
    """Facts of two boards, the card of the second is a copy of the first one's."""
    first, second = (collect(capture(tmp_path / name).source()) for name in ("a", "b"))
    second["board"]["serial"] = SERIAL[:-1] + "5"
    return {"pi01": first, "pi02": second}


def test_a_cloned_card_is_found(facts):
    found = identity_conflicts(facts)
    assert [conflict["kind"] for conflict in found] == ["hostname", "machine_id", "ssh_host_key", "initiator_name"]
    assert {conflict["keeper"] for conflict in found} == {"pi01"}


def test_names_that_will_differ_are_no_conflict(facts):
    kinds = [conflict["kind"] for conflict in identity_conflicts(facts, {"pi01": "pi-01", "pi02": "pi-02"})]
    assert "hostname" not in kinds


def test_a_host_without_a_wanted_name_keeps_its_own(facts):
    found = identity_conflicts(facts, {"pi01": "pi02", "pi02": None})
    assert (found[0]["kind"], found[0]["value"]) == ("hostname", "pi02")


@pytest.mark.parametrize("broken", [None, "text", []])
def test_a_host_without_facts_is_an_error_that_names_it(facts, broken):
    with pytest.raises(AnsibleFilterError, match=r"^identity_conflicts: pi02: these are not the facts"):
        identity_conflicts({**facts, "pi02": broken})


@pytest.mark.parametrize(("facts", "names"), [(["pi01"], None), (None, None), ({}, ["pi-01"])])
def test_what_has_no_hosts_for_keys_is_an_error(facts, names):
    with pytest.raises(AnsibleFilterError, match=r"^identity_conflicts: facts and names must be dictionaries"):
        identity_conflicts(facts, names)
