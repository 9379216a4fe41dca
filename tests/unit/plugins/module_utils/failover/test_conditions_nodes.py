# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges that the table of preconditions does not show; each condition as such speaks in test_preconditions."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import conditions_nodes as n
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look
from ansible_collections.pikube.stateful.tests.unit.failover_situations import NODES, alone, both, changed, options, replicated, with_
from hypothesis import given
from hypothesis import strategies as st

NOT_READY = [{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}]
UNREACHABLE = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}


def look(situation, kind="power_off", **more):
    return Look(situation, options(kind, **more), FAULTS[kind])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("v1.34.4", (1, 34, 4), id="as Kubernetes writes it"),
        pytest.param("1.36", (1, 36, 0), id="without a patch"),
        pytest.param("v1.33.1-rc.1+abc", (1, 33, 1), id="with more behind"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_version(text, found):
    assert n.version({"status": {"nodeInfo": {"kubeletVersion": text}}}) == found


@pytest.mark.parametrize(
    ("text", "unseen", "away"),
    [
        pytest.param("v1.33.9", False, False, id="before both"),
        pytest.param("v1.34.0", True, False, id="the first that is blind"),
        pytest.param("v1.35.7", True, True, id="both"),
        pytest.param("v1.36.2", False, True, id="the last whose nodes stay away"),
        pytest.param("v1.36.3", False, False, id="after both"),
    ],
)
def test_releases_of_microk8s(text, unseen, away):
    situation = both(*(changed("nodes", name, "status", "nodeInfo", {"kubeletVersion": text}) for name in NODES))(replicated())
    assert (bool(list(n.unseen_loss(look(situation)))), bool(list(n.stays_away(look(situation))))) == (unseen, away)


def test_other_kubernetes_has_none_of_it():
    situation = both(*(changed("nodes", name, "metadata", "labels", {}) for name in NODES))(replicated())
    situation = changed("nodes", "pi01", "status", "nodeInfo", {"kubeletVersion": "v1.34.4"})(situation)
    assert list(n.unseen_loss(look(situation))) == []


def test_a_node_that_is_not_ready_is_told_once():
    situation = changed("nodes", "pi03", "status", "conditions", NOT_READY)(replicated())
    situation = changed("nodes", "pi03", "spec", "taints", [UNREACHABLE])(situation)
    assert [row["node"] for row in n.not_ready(look(situation))] == ["pi03"]
    assert list(n.tainted(look(situation))) == []


def test_whose_cordon_it_is():
    situation = changed("nodes", "pi02", "spec", "unschedulable", True)(replicated())
    situation = changed("nodes", "pi02", "metadata", "annotations", {"pikube.stateful/cordoned-for": "20261130T210533Z-drain"})(situation)
    assert list(n.cordoned(look(situation))) == [{"node": "pi02", "by": " for 20261130T210533Z-drain"}]


@pytest.mark.parametrize(
    ("servers", "sole"),
    [
        pytest.param(["pi01"], True, id="the victim by its name"),
        pytest.param(["10.0.0.11", "pi01"], True, id="the victim under two names"),
        pytest.param(["10.0.0.11", "10.0.0.13"], False, id="another one besides"),
        pytest.param([], True, id="none that answers"),
        pytest.param(None, False, id="not known"),
    ],
)
def test_sole_server(servers, sole):
    assert bool(list(n.sole_server(look(with_(servers=servers)(replicated()))))) is sole


def test_where_a_pod_could_go_only_ready_nodes_count():
    situation = both(*(changed("nodes", name, "status", "conditions", NOT_READY) for name in ("pi02", "pi03")))(alone())
    assert "pi02 is not Ready" in next(n.nowhere_to_go(look(situation)))["reasons"]


def test_a_standby_of_a_cluster_has_to_go_nowhere():
    situation = both(*(changed("nodes", name, "spec", "unschedulable", True) for name in ("pi02", "pi03")))(replicated())
    assert list(n.nowhere_to_go(look(situation))) == []


@given(st.sets(st.sampled_from(NODES)), st.sampled_from(NODES), st.sets(st.sampled_from(NODES)))
def test_quorum_by_counting(voters, victim, off):
    situation = both(*(changed("nodes", name, "status", "conditions", NOT_READY) for name in off))(with_(voters=voters)(replicated()))
    found = look(situation, victim=victim)
    against = [*n.too_few_voters(found), *n.quorum_lost(found)]
    left = voters - off - {victim}
    decides = 2 * len(left) > len(voters) or not voters
    if victim in voters or len(voters) == 3:
        assert bool(against) is not decides
    else:
        assert against == []
