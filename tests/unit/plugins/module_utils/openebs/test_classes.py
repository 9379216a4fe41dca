# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.classes import body, compare, default, facts, is_default
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import DEFAULT_CLASS, DEFAULT_CLASS_BETA, PROVED

WANTED = {
    "name": "openebs-hostpath-retain",
    "provisioner": "openebs.io/local",
    "parameters": {},
    "annotations": {"openebs.io/cas-type": "local"},
    "reclaim_policy": "Retain",
    "volume_binding_mode": "WaitForFirstConsumer",
    "allow_volume_expansion": False,
    "mount_options": [],
}


def there(name="c", provisioner="openebs.io/local", is_the_default=False, **changes):
    item = {"metadata": {"name": name, "annotations": {DEFAULT_CLASS: "true"} if is_the_default else {}}, "provisioner": provisioner}
    return {**item, **changes}


def test_a_class_that_is_not_there_is_made():
    found = compare(WANTED, None)
    assert (found.outcome, found.body["reclaimPolicy"], found.before) == ("create", "Retain", {})


def test_a_class_that_was_made_is_there():
    assert compare(WANTED, body(WANTED)).outcome == "there"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reclaim_policy", "Delete"),
        ("volume_binding_mode", "Immediate"),
        ("provisioner", "jiva.csi.openebs.io"),
        ("parameters", {"repl": "3"}),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_cure(key, value):
    with pytest.raises(OpenebsError, match=rf"openebs-hostpath-retain is there.*{key}.*new name, or delete it and run again") as caught:
        compare({**WANTED, key: value}, body(WANTED))
    assert caught.value.facts["differs"] == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [("allow_volume_expansion", True), ("mount_options", ["noatime"]), ("annotations", {"openebs.io/cas-type": "local", "more": "x"})],
)
def test_what_can_be_changed_is(key, value):
    found = compare({**WANTED, key: value}, body(WANTED))
    assert found.outcome == "change"
    assert found.before != found.after


def test_annotations_of_others_are_no_difference():
    item = body(WANTED)
    item["metadata"]["annotations"].update({DEFAULT_CLASS: "true", PROVED: "{}", "team": "storage"})
    assert compare(WANTED, item).outcome == "there"


def test_a_class_of_somebody_else_that_is_the_same_is_adopted():
    item = body(WANTED)
    item["metadata"]["labels"] = {}
    assert compare(WANTED, item).outcome == "change"


def test_numbers_and_truth_are_text_as_kubernetes_wants_it():
    assert body({**WANTED, "parameters": {"repl": 3, "thin": True}})["parameters"] == {"repl": "3", "thin": "true"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"name": "Big_Class"}, "Big_Class"), ({"provisioner": ""}, "no provisioner"), ({"reclaim_policy": "Keep"}, "Retain or Delete")],
)
def test_what_kubernetes_would_not_take_is_refused(changes, says):
    with pytest.raises(OpenebsError, match=says):
        compare({**WANTED, **changes}, None)


@pytest.mark.parametrize(
    ("items", "named", "make", "take"),
    [
        pytest.param([there("c")], False, "c", (), id="there is no default"),
        pytest.param([there("c", is_the_default=True)], False, None, (), id="it is the default"),
        pytest.param([there("c"), there("m", "microk8s.io/hostpath", True)], False, "c", ("m",), id="MicroK8s' own was"),
        pytest.param([there("c", is_the_default=True), there("o", is_the_default=True)], False, None, ("o",), id="two were"),
        pytest.param([there("c"), there("x", "nfs.example.org", True)], True, "c", ("x",), id="another one was, and somebody named this"),
    ],
)
def test_one_default(items, named, make, take):
    found = default("c", named, items)
    assert (found.make, found.take_from) == (make, take)


def test_the_default_of_somebody_else_is_left_until_one_is_named():
    with pytest.raises(OpenebsError, match=r"StorageClass x is the default.*openebs_default_class: c, or openebs_default_class: x"):
        default("c", False, [there("c"), there("x", "nfs.example.org", True)])


def test_a_default_that_is_not_there_is_refused():
    with pytest.raises(OpenebsError, match=r'no StorageClass "c"\. There are d, e'):
        default("c", True, [there("d")], ["e"])


def test_the_old_annotation_counts_too():
    assert is_default({"metadata": {"name": "c", "annotations": {DEFAULT_CLASS_BETA: "true"}}})


@pytest.mark.parametrize(("text", "found"), [('{"at": "now"}', {"at": "now"}), ("[]", None), ("{", None), ("", None)])
def test_a_proof_that_nobody_can_read_is_none(text, found):
    assert facts({**there(), "metadata": {"name": "c", "annotations": {PROVED: text}}})["proof"] == found


def test_taking_the_default_takes_both_annotations():
    assert classes.annotated(False)["metadata"]["annotations"] == {DEFAULT_CLASS: "false", DEFAULT_CLASS_BETA: None}
