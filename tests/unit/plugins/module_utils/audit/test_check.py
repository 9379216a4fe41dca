# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import ERROR, NOTE, WARNING, Check, audit
from ansible_collections.pikube.stateful.plugins.module_utils.audit.errors import AuditError
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import NODE_FACTS, VOLUME_ROWS, Snapshot


def each_pod(look):
    for pod in look.of("Pod"):
        yield f"Pod {pod['metadata']['name']}", {}


def check(name, severity=ERROR, reads=("Pod",)):
    return Check(name, severity, "all is well", each_pod, reads, "{object} is there", "Take {object} away", "none")


PODS = {
    "Pod": [{"metadata": {"name": name}} for name in ("b", "a")],
    "Node": [{"metadata": {"name": "pi01"}}, {"metadata": {"name": "pi02"}}],
}


def run(*checks, objects=None, nodes=None, volumes=None, **more):
    return audit(checks, (), Snapshot(PODS if objects is None else objects, nodes, volumes), **more)


def test_errors_come_first_and_objects_in_their_order():
    found = run(check("S01", NOTE), check("S02"))["findings"]
    assert [(row["id"], row["object"]) for row in found] == [("S02", "Pod a"), ("S02", "Pod b"), ("S01", "Pod a"), ("S01", "Pod b")]
    assert (found[0]["evidence"], found[0]["cure"]) == ("Pod a is there.", "Take Pod a away.")


@pytest.mark.parametrize(
    ("severity", "fail_on", "failing"),
    [
        pytest.param(ERROR, "error", ["S01"], id="an error fails by default"),
        pytest.param(WARNING, "error", [], id="a warning does not"),
        pytest.param(WARNING, "warning", ["S01"], id="unless asked for"),
        pytest.param(NOTE, "warning", [], id="a note never does"),
        pytest.param(ERROR, "never", [], id="and nothing fails where nothing is to"),
    ],
)
def test_what_fails(severity, fail_on, failing):
    assert run(check("S01", severity), fail_on=fail_on)["failing"] == failing


def test_an_accepted_finding_is_told_as_such():
    result = run(check("S01"), ignore=[{"id": "S01", "object": "Pod a", "because": "it is a test"}])
    assert [row["object"] for row in result["findings"]] == ["Pod b"]
    assert [(row["object"], row["because"]) for row in result["accepted"]] == [("Pod a", "it is a test")]
    assert (result["warnings"], result["counts"]["accepted"]) == ([], 1)


def test_an_ignore_that_matches_nothing_is_a_warning():
    result = run(check("S01"), ignore=[{"id": "S01", "object": "Pod z*", "because": "gone"}])
    assert result["warnings"] == ["ignore: S01 on Pod z* matches no finding. Take it out of ignore, or correct its object."]
    assert len(result["findings"]) == 2


@pytest.mark.parametrize(
    ("row", "error"),
    [
        pytest.param({"id": "S01", "because": " "}, "has no reason", id="no reason"),
        pytest.param({"id": "S99", "because": "x"}, '"S99" is not the id of a check', id="no such check"),
    ],
)
def test_refused_ignores(row, error):
    with pytest.raises(AuditError, match=error):
        run(check("S01"), ignore=[row])


@pytest.mark.parametrize(
    ("reads", "because"),
    [
        pytest.param(("Secret",), "Secret: was not read", id="a kind that nobody read"),
        pytest.param((NODE_FACTS,), "facts of nodes were not given: give the option nodes", id="facts"),
        pytest.param((VOLUME_ROWS,), "rows of module volume_info were not given", id="rows"),
    ],
)
def test_what_cannot_be_looked_at_has_not_passed(reads, because):
    result = run(check("S01", reads=reads))
    assert result["not_looked_at"][0]["because"].startswith(because)
    assert (result["passed"], result["counts"]["not_looked_at"]) == ([], 1)


def test_why_a_kind_could_not_be_read_is_told():
    assert run(check("S01"), objects={}, unread={"Pod": "forbidden"})["not_looked_at"][0]["because"] == "Pod: forbidden"


def test_facts_of_some_nodes_are_no_pass():
    result = run(check("S01", reads=(NODE_FACTS,)), objects={"Node": PODS["Node"], "Pod": []}, nodes={"pi01": {}})
    assert (result["not_looked_at"][0]["because"], result["passed"]) == ("there are no facts of pi02", [])
