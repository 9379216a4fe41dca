# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.release_plan import Wanted, concealed, differing, numbers, plan
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.releases import Release
from hypothesis import given
from hypothesis import strategies as st

VALUES = {"loki": {"enabled": False}}


def wanted(version="4.6.1", values=VALUES, addon=False, chart="openebs"):
    return Wanted("openebs", "openebs", chart, version, values, addon)


def there(version="4.6.1", status="deployed", values=VALUES, chart="openebs", name="openebs", namespace="openebs"):
    return Release(name, namespace, chart, version, status, 1, values=values)


@pytest.mark.parametrize(
    ("want", "have", "outcome", "because"),
    [
        pytest.param(wanted(), [], "install", "no such release", id="nothing is there"),
        pytest.param(wanted(), [there()], "there", "", id="the same is there"),
        pytest.param(wanted(), [there("4.5.0")], "upgrade", "from 4.5.0 to 4.6.1", id="an older one is there"),
        pytest.param(wanted(values={"loki": {"enabled": True}}), [there()], "values", "loki.enabled", id="other values are there"),
        pytest.param(wanted(), [there(status="pending-install")], "finish", "interrupted", id="an installation was killed"),
        pytest.param(wanted(), [there(status="pending-upgrade")], "finish", "interrupted", id="an upgrade was killed"),
        pytest.param(wanted(), [there(status="failed")], "finish", "failed", id="the last change failed"),
        pytest.param(wanted("3.3.0", {}, True), [there("3.3.1", values={"x": 1})], "there", "", id="the add-on chooses version and values"),
        pytest.param(wanted("3.3.0", {}, True), [there("3.3.1", "pending-install")], "finish", "interrupted", id="the add-on was killed"),
        pytest.param(wanted(), [there(namespace="x", name="old", status="uninstalled")], "install", "", id="a removed one elsewhere"),
    ],
)
def test_what_is_to_be_done(want, have, outcome, because):
    found = plan(want, have)
    assert found.outcome == outcome
    assert because in found.because
    assert found.changes == (outcome != "there")


@pytest.mark.parametrize(
    ("want", "have", "says"),
    [
        pytest.param(wanted("4.5.0"), [there()], "not taken back", id="an older chart"),
        pytest.param(wanted(), [there("3.10.0")], "chart 4 has none of Jiva", id="from 3 to 4"),
        pytest.param(wanted("3.3.0", {}, True), [there()], "openebs_install_with: chart", id="the add-on over chart 4"),
        pytest.param(wanted(), [there(chart="jiva")], "another chart", id="a release of that name of another chart"),
        pytest.param(wanted(), [there(namespace="storage")], "helm3 uninstall openebs -n storage", id="a second installation"),
        pytest.param(wanted(), [there(chart="localpv-provisioner", name="local")], "answer to the same claims", id="a second provisioner"),
        pytest.param(wanted(), [there(status="uninstalling")], "half removed", id="a removal that was killed"),
        pytest.param(wanted("newest"), [there()], '"newest" is no version', id="a word for a version"),
    ],
)
def test_what_must_not_be_done_is_refused_with_the_cure(want, have, says):
    with pytest.raises(OpenebsError, match=says):
        plan(want, have)


@pytest.mark.parametrize(("text", "found"), [("4.6.1", (4, 6, 1)), ("v4.6", (4, 6, 0)), ("4.6.1-rc1", (4, 6, 1)), ("3", (3, 0, 0))])
def test_numbers(text, found):
    assert numbers(text) == found


def test_the_diff_shows_no_secret():
    assert concealed({"auth": {"password": "p", "tokenTtl": {"a": 1}}, "list": [{"secretKey": "s"}]}) == {
        "auth": {"password": "(not shown)", "tokenTtl": {"a": 1}},
        "list": [{"secretKey": "(not shown)"}],
    }


TREES = st.recursive(st.integers() | st.booleans(), lambda inner: st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3))


@given(TREES)
def test_values_do_not_differ_from_themselves(tree):
    assert differing(tree, tree) == []


@given(TREES, TREES)
def test_values_that_are_not_equal_differ_somewhere(one, other):
    assert bool(differing(one, other)) == (one != other)
