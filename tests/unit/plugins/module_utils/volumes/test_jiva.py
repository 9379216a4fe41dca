# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row is a state that was seen on a live cluster."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import jiva as adapter
from ansible_collections.pikube.stateful.tests.unit.volumes_world import JIVA_SERVICE, PV, at, jiva, managed, pod


def says(*modes):
    return {"type": "collection", "data": [{"address": f"tcp://10.1.1.{n}:9502", "mode": mode} for n, mode in enumerate(modes, 1) if mode]}


CASES = [
    # bed, copies in sync (None: not known), healthy, nodes whose loss it survives
    pytest.param(jiva(), 3, True, "n1 n2 n3", id="all three are RW"),
    pytest.param(jiva(("RW", "RW", "WO")), 2, False, "n3", id="one is WO while phase is Ready and status RW"),
    pytest.param(jiva(("RW", "RW", "ERR")), 2, False, "n3", id="one is ERR while phase is Ready and status RW"),
    pytest.param(jiva(("RW", "RW", None)), 2, False, "n3", id="two of three are listed while phase is Ready and status RW"),
    pytest.param(jiva(("RW", "WO", None), phase="Syncing", status="RO"), 1, False, "", id="one is RW and the volume RO"),
    pytest.param(jiva(("RW", "RW", "RW"), status="RO"), 3, False, "", id="all are RW and the target takes no writes yet"),
    pytest.param(jiva((None, None, None), phase="Pending", status=None), 0, False, "", id="nothing has registered yet"),
    pytest.param(jiva(("RW",), wanted=1), 1, True, "n2 n3", id="one copy survives the loss of other nodes"),
    pytest.param(jiva(("RW", "RW"), wanted=2), 2, True, "n3", id="of two copies each is needed"),
    pytest.param(jiva(operator="n1").silent("n3"), 2, False, "n3", id="cut node of a copy, whose pod is still called Running"),
    pytest.param(jiva().silent("n3"), None, None, "", id="the operator is on a node that is not Ready"),
    pytest.param(jiva().silent("n3", 40, reason=None), None, None, "", id="the operator's node is still called Ready and silent"),
    pytest.param(jiva().silent("n2"), None, None, "", id="the target is on a node that is not Ready"),
    pytest.param(jiva().drop("Pod", "operator-x"), None, None, "", id="there is no operator"),
    pytest.param(jiva().drop("JivaVolume", PV), None, None, "", id="there is no JivaVolume"),
    pytest.param(jiva(wanted=None), None, None, "", id="nobody says how many copies there should be"),
    pytest.param(
        jiva().silent("n3").answer(JIVA_SERVICE, says("RW", "RW")), 2, False, "n3", id="the target itself knows better than a stale status"
    ),
    pytest.param(jiva(("RW", "RW", None)).answer(JIVA_SERVICE, says("RW", "RW", "RW")), 3, True, "n1 n2 n3", id="the target was asked"),
    pytest.param(jiva().answer(JIVA_SERVICE, says("RW", "WO", "RW")), 2, False, "n2", id="the status lags behind the target"),
    pytest.param(
        jiva().answer(JIVA_SERVICE, trouble="no answer"), 3, True, "n1 n2 n3", id="the target did not answer, the status is kept up"
    ),
    pytest.param(jiva().answer(JIVA_SERVICE, ["?"]), 3, True, "n1 n2 n3", id="an answer that is none is no answer"),
]


@pytest.mark.parametrize(("bed", "in_sync", "healthy", "survived"), CASES)
def test_states(bed, in_sync, healthy, survived):
    row = bed.row()
    assert (row["in_sync"], row["healthy"]) == (in_sync, healthy)
    assert [name for name, answer in row["survives"].items() if answer["survives"]] == survived.split()
    assert row["known"] is (in_sync is not None)
    assert all(copy["in_sync"] is None for copy in row["copies"]) or row["known"]


def test_a_stale_status_says_so_and_what_to_do():
    row = jiva().silent("n3", 180).row()
    assert "its operator operator-x is named Running on n3, which is not Ready" in row["warnings"][0]
    assert "kubectl -n openebs delete pod operator-x --force" in row["warnings"][0]
    status = row["evidence"][0]
    assert status["from"] == f"JivaVolume/openebs/{PV} status.replicaStatus"
    assert status["age_seconds"] >= 170
    assert row["survives"]["n1"]["because"].startswith("not known: ")


def test_a_status_that_is_kept_up_is_as_old_as_the_operator_looks_seldom():
    assert jiva(since=86400).row()["evidence"][0]["age_seconds"] == 30


def test_an_operator_or_a_target_that_has_just_started():
    bed = jiva(since=600).drop("Pod", "operator-x").put(pod("operator-y", "n1", "openebs", labels={"name": "jiva-operator"}, since=10))
    assert "runs for 7 s only" in bed.row()["warnings"][0]
    bed.one("JivaVolume", PV)["metadata"]["managedFields"] = managed("status", 5)
    assert bed.row()["known"] is True
    bed = jiva()
    bed.one("Pod", f"{PV}-jiva-ctrl-x")["status"]["conditions"][0]["lastTransitionTime"] = at(10)
    assert "its copies start anew" in bed.row()["warnings"][0]


def test_the_operator_that_runs_counts_and_not_the_one_left_behind():
    bed = jiva(operator="n1").silent("n1").put(pod("operator-y", "n3", "openebs", labels={"name": "jiva-operator"}))
    assert bed.row()["known"] is True


def test_copies_are_where_their_volumes_are():
    row = jiva().row()
    assert [(copy["node"], copy["place"], copy["state"]) for copy in row["copies"]] == [
        ("n1", "/data/pvc-rep1", "RW"),
        ("n2", "/data/pvc-rep2", "RW"),
        ("n3", "/data/pvc-rep3", "RW"),
    ]
    bed = jiva()
    bed.one("Pod", f"{PV}-jiva-rep-2")["spec"].update(nodeName=None)
    bed.one("Pod", f"{PV}-jiva-rep-2")["status"].update(phase="Pending", podIP=None)
    row = bed.row()
    assert row["copies"][2]["node"] == "n3"
    assert "is Pending and has no node" in row["copies"][2]["state"]
    assert any("a copy at 10.1.1.3 (RW) is of no pod" in warning for warning in row["warnings"])


def test_without_claims_the_pods_tell_where_copies_are():
    bed = jiva()
    for number in range(3):
        bed.drop("PersistentVolumeClaim", f"openebs-{PV}-jiva-rep-{number}")
    assert [copy["node"] for copy in bed.row()["copies"]] == ["n1", "n2", "n3"]


def test_a_copy_without_a_pod():
    row = jiva().drop("Pod", f"{PV}-jiva-rep-1").row()
    assert (row["copies"][1]["state"], row["in_sync"]) == ("no pod", 2)


def test_the_target_has_to_move_first():
    assert jiva().row()["survives"]["n2"]["because"].endswith("its target on n2 starts elsewhere first")


def test_a_target_that_does_not_run_is_not_asked():
    bed = jiva()
    volume = bed.one("PersistentVolume", PV)
    assert adapter.question(volume, bed.world) == JIVA_SERVICE
    assert adapter.question(volume, bed.silent("n2").world) is None
    assert adapter.question(volume, jiva().drop("JivaVolume", PV).world) is None


def test_an_address_of_ipv6():
    assert adapter.by_address([{"address": "tcp://[fd00::7]:9502", "mode": "RW"}]) == {"fd00::7": "RW"}


@pytest.mark.parametrize(
    ("label", "held_by", "says", "warned"),
    [
        pytest.param("n1", "n1", "names n1 as its holder", False, id="the node of the pod"),
        pytest.param("", "", "names no holder, which proves nothing", True, id="emptied by a node that came back"),
        pytest.param("n3", "n3", "names n3 as its holder", True, id="another node"),
    ],
)
def test_the_label_is_held_against_the_pod_that_runs(label, held_by, says, warned):
    row = jiva(node_id=label).row()
    assert (row["attached_to"], row["held_by"]) == ("n1", held_by)
    assert next(part for part in row["evidence"] if part["from"].endswith("[nodeID]"))["says"] == says
    assert any("labels[nodeID]" in text for text in row["warnings"]) is warned
