# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.quotas import objects, quantity, same
from hypothesis import given
from hypothesis import strategies as st


def test_one_row_makes_a_quota_and_limits():
    wanted, absent = objects({"db": {"storage": "50Gi", "claims": 3, "min": "1Gi", "max": "20Gi", "classes": {"fast": {"claims": 0}}}})
    assert [item["kind"] for item in wanted] == ["Namespace", "ResourceQuota", "LimitRange"]
    assert wanted[1]["spec"]["hard"] == {
        "requests.storage": "50Gi",
        "persistentvolumeclaims": "3",
        "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "0",
    }
    assert wanted[2]["spec"]["limits"] == [{"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "20Gi"}}]
    assert absent == []


@pytest.mark.parametrize("row", [None, {}])
def test_an_empty_row_takes_both_away(row):
    assert objects({"db": row}) == ([], [("ResourceQuota", "db", "pikube-storage"), ("LimitRange", "db", "pikube-storage")])


@pytest.mark.parametrize(
    ("quotas", "says"),
    [
        ({"db": {"storage": "5 GB"}}, 'db, storage: "5 GB" .* "5Gi"'),
        ({"db": {"max": "5gigs"}}, 'db, max: "5gigs" .* "5Gi"'),
        ({"db": {"claims": "many"}}, '"many" is no number'),
        ({"db": {"claims": -1}}, '"-1" is no number'),
        ({"db": {"min": "2Gi", "max": "1Gi"}}, "min 2Gi is more than max 1Gi"),
        ({"My DB": {"storage": "1Gi"}}, '"My DB" cannot be'),
        ({"db": {"classes": {"fast": {"storage": "lots"}}}}, "class fast, storage"),
    ],
)
def test_what_kubernetes_would_not_take_is_refused(quotas, says):
    with pytest.raises(OpenebsError, match=says):
        objects(quotas)


def test_quantities_are_compared_by_value():
    wanted, _absent = objects({"db": {"storage": "1Gi"}})
    assert same({"spec": {"hard": {"requests.storage": "1024Mi"}}}, wanted[1])
    assert not same({"spec": {"hard": {"requests.storage": "2Gi"}}}, wanted[1])
    assert not same(None, wanted[1])


@given(st.integers(1, 1000), st.sampled_from(["Ki", "Mi", "Gi", "Ti"]))
def test_a_unit_more_is_1024_times_as_much(number, unit):
    below = {"Ki": "", "Mi": "Ki", "Gi": "Mi", "Ti": "Gi"}[unit]
    assert quantity(f"{number}{unit}", "x") == 1024 * quantity(f"{number}{below}", "x")
