# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import clusters, plan
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import OTHER, alone, bare, member, wanted, worker

OLD = "2026-11-01T00:00:00+00:00"


def made(facts, wishes):
    return plan(Hosts(facts, wishes)).as_dict()


def of(*rows):
    """The facts of hosts in the order given."""
    return {facts["node"]["hostname"]: facts for facts in rows}


CASES = [
    pytest.param(
        of(bare("pi01"), bare("pi02"), bare("pi03"), bare("pi04")),
        wanted(3, 1),
        {"seed": "pi01", "formed": False, "install": ["pi01", "pi02", "pi03", "pi04"], "members": ["pi01"]},
        (["pi02", "pi03"], ["pi04"]),
        id="bare hosts: the first control plane is the seed",
    ),
    pytest.param(
        of(alone("pi01"), alone("pi02"), alone("pi03")),
        wanted(3),
        {"seed": "pi01", "formed": False, "install": []},
        (["pi02", "pi03"], []),
        id="all installed, none joined",
    ),
    pytest.param(
        of(bare("pi01"), alone("pi02", microk8s__ca_not_before=OLD)),
        wanted(2),
        {"seed": "pi02", "formed": False},
        (["pi01"], []),
        id="the one that was there before is the seed, for its data",
    ),
    pytest.param(
        of(alone("pi01"), alone("pi02", microk8s__ca_not_before=OLD)),
        wanted(2),
        {"seed": "pi02"},
        (["pi01"], []),
        id="and still is when the others are installed",
    ),
    pytest.param(
        of(alone("pi01"), alone("pi02", microk8s__ca_not_before=OLD, microk8s__snap__install_date="2026-11-23T09:59:00+00:00")),
        wanted(2),
        {"seed": "pi02"},
        (["pi01"], []),
        id="and still is when its snap was refreshed a minute ago",
    ),
    pytest.param(
        of(alone("pi01", microk8s__ca_not_before=OLD), alone("pi02", microk8s__ca_not_before=OLD)),
        wanted(2),
        {"seed": "pi01"},
        (["pi02"], []),
        id="several that were there before: the first",
    ),
    pytest.param(
        of(member("pi01"), member("pi02"), member("pi03"), worker("pi04")),
        wanted(3, 1),
        {"seed": "pi01", "formed": True, "members": ["pi01", "pi02", "pi03", "pi04"], "stale": [], "foreign": []},
        ([], []),
        id="a finished cluster",
    ),
    pytest.param(
        of(member("pi01", microk8s__stopped=True), member("pi02"), member("pi03")),
        wanted(3),
        {"seed": "pi02"},
        ([], []),
        id="a stopped member is not the seed while there is a better one",
    ),
    pytest.param(
        of(member("pi01", microk8s__failed_services=["kubelite"])), wanted(1), {"seed": "pi01", "formed": True}, ([], []), id="the only one"
    ),
    pytest.param(
        of(member("pi01", ("pi01", "pi02")), member("pi02", ("pi01", "pi02")), bare("pi03"), bare("pi04")),
        wanted(3, 1),
        {"seed": "pi01", "install": ["pi03", "pi04"]},
        (["pi03"], ["pi04"]),
        id="an interrupted run goes on",
    ),
    pytest.param(
        of(bare("pi01"), member("pi02"), member("pi03")),
        wanted(3),
        {"seed": "pi02", "formed": True, "stale": ["pi01"]},
        (["pi01"], []),
        id="the first one was flashed anew: it joins, and its old member is stale",
    ),
    pytest.param(
        of(alone("pi01", microk8s__ca_sha256="ab" * 32), member("pi02"), member("pi03")),
        wanted(3),
        {"seed": "pi02"},
        (["pi01"], []),
        id="a control plane that left keeps the authority and joins again",
    ),
    pytest.param(
        of(member("pi02"), member("pi03")),
        wanted(3),
        {"seed": "pi02", "unreachable": ["pi01"], "foreign": []},
        ([], []),
        id="a host that cannot be reached is left out",
    ),
    pytest.param(of(worker("pi04")), wanted(3, 1), {"seed": None, "strangers": ["pi04"]}, ([], []), id="no control plane can be reached"),
    pytest.param(
        of(member("pi01"), member("pi02", cluster=OTHER), member("pi03"), worker("pi04", cluster=OTHER)),
        wanted(3, 1),
        {"seed": "pi01", "members": ["pi01", "pi03"], "strangers": ["pi02", "pi04"]},
        ([], []),
        id="two clusters: the one with more control planes counts",
    ),
    pytest.param(
        of(bare("pi01"), worker("pi02")),
        wanted(1, 1),
        {"seed": "pi01", "formed": False, "strangers": ["pi02"]},
        ([], []),
        id="a worker of a cluster that is gone",
    ),
    pytest.param(of(), wanted(3), {"seed": None, "unreachable": ["pi01", "pi02", "pi03"]}, ([], []), id="nobody answers"),
    pytest.param(
        of(member("pi01", ("pi01", "pi02", "pi09"))),
        wanted(1, addresses={"pi02": "10.0.0.12"}),
        {"foreign": ["10.0.0.19"]},
        ([], []),
        id="a member that no host stands for",
    ),
    pytest.param(
        of(member("pi01")),
        wanted(3),
        {"foreign": []},
        ([], []),
        id="as long as addresses of missing control planes are unknown, no member is foreign",
    ),
]


@pytest.mark.parametrize(("facts", "wishes", "expected", "joins"), CASES)
def test_plan(facts, wishes, expected, joins):
    found = made(facts, wishes)
    assert {key: found[key] for key in expected} == expected
    assert (found["join"]["control_planes"], found["join"]["workers"]) == joins


def test_every_host_that_answers_has_one_place():
    for case in CASES:
        facts, wishes = case.values[:2]
        found = made(facts, wishes)
        placed = [*found["members"], *found["strangers"], *found["join"]["control_planes"], *found["join"]["workers"]]
        assert sorted(placed) == sorted(set(facts) & {*wishes["control_planes"], *wishes["workers"]})


def test_hosts_that_are_in_no_group_are_left_alone():
    assert made(of(member("pi01"), alone("pi09")), wanted(1))["members"] == ["pi01"]


def test_the_order_of_joining_is_that_of_the_inventory():
    names = {"control_planes": ["pi03", "pi01", "pi02"]}
    assert made(of(bare("pi01"), bare("pi02"), bare("pi03")), names)["join"]["control_planes"] == ["pi01", "pi02"]


def test_clusters_with_more_control_planes_come_first():
    hosts = Hosts(of(member("pi01", cluster=OTHER), member("pi02"), member("pi03")), wanted(3))
    assert [[host.name for host in rows] for rows in clusters(hosts).values()] == [["pi02", "pi03"], ["pi01"]]
