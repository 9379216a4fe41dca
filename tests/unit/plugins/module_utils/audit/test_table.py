# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks together."""

from __future__ import annotations

import random

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import audit
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.unseen import UNSEEN
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import BY_ID, look
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_claims as claims
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_classes as classes
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_copies as copies
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_engines as engines
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_nodes as nodes
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_pods as pods
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.audit import test_findings_volumes as volumes
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = [case for module in (claims, classes, copies, engines, nodes, pods, volumes) for case in module.CASES]


def test_every_check_has_a_case():
    assert {case[0] for case in CASES} == set(BY_ID)
    assert len(BY_ID) == len(CHECKS)


def test_every_known_trap_is_looked_at_or_told_not_to_be():
    sources = " ".join(one.source for one in (*CHECKS, *UNSEEN))
    assert [number for number in range(1, 30) if f"trap {number})" not in sources] == []


def run(world, **more):
    return audit(CHECKS, UNSEEN, look(world), **more)


def test_a_clean_cluster_has_no_finding():
    result = run(w.clean())
    assert (result["findings"], result["counts"]["not_looked_at"]) == ([], 0)
    assert result["counts"]["passed"] == len(CHECKS)


def test_a_replicated_one_has_only_that_its_engine_is_archived():
    assert [finding["id"] for finding in run(w.replicated())["findings"]] == ["S85"]


NAMES = st.text("abcdefghij", min_size=1, max_size=8)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(NAMES, st.sampled_from(("kube-system", "web", "shop")), st.sampled_from(("nginx:1", "busybox:1", "app"))), max_size=8
    )
)
def test_unrelated_objects_change_nothing(others):
    world = w.clean()
    world.put("Pod", *{(n, s): w.pod(n, s, claims=(), image=i, owner=("ReplicaSet", n)) for n, s, i in others}.values())
    world.put("Deployment", *{(n, s): w.workload(name=n, namespace=s, image=i) for n, s, i in others}.values())
    assert run(world)["findings"] == []


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.sets(st.integers(0, len(CASES) - 1), max_size=6))
def test_order_does_not_matter(shuffle: random.Random, chosen):
    world = w.replicated()
    for number in sorted(chosen):
        CASES[number][2](world)
    before = run(world.copy())
    for items in world.values():
        shuffle.shuffle(items)
    shuffle.shuffle(world.rows)
    world.facts = dict(shuffle.sample(sorted(world.facts.items()), len(world.facts)))
    assert run(world) == before
