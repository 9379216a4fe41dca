# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.errors import VolumesError
from ansible_collections.pikube.stateful.tests.unit.volumes_world import ENGINES, NODES, Bed, claim, hostpath, jiva, static, thing
from hypothesis import given
from hypothesis import strategies as st

CLAIMS = [claim("a", "one"), claim("b", "one"), claim("a", "two")]


@pytest.mark.parametrize(
    ("namespaces", "names", "found"),
    [
        pytest.param([], [], "one/a one/b two/a", id="all"),
        pytest.param(["one"], [], "one/a one/b", id="a namespace"),
        pytest.param([], ["two/a"], "two/a", id="a name"),
        pytest.param(["one"], ["two/a"], "", id="both have to fit"),
        pytest.param(["three"], [], "", id="a namespace without claims"),
    ],
)
def test_chosen(namespaces, names, found):
    chosen = judge.chosen(CLAIMS, namespaces, names)
    assert [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in chosen] == found.split()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a", "write it as NAMESPACE/NAME", id="no namespace"),
        pytest.param("one/", "write it as NAMESPACE/NAME", id="no name"),
        pytest.param("one/c", "in its namespace there are: one/a, one/b", id="none of that name"),
        pytest.param("three/c", "in its namespace there are: none", id="none in that namespace"),
    ],
)
def test_chosen_by_a_wrong_name(name, text):
    with pytest.raises(VolumesError, match=text):
        judge.chosen(CLAIMS, [], [name])


def test_a_node_that_the_cluster_does_not_have():
    with pytest.raises(VolumesError, match="no node n9; it has n1, n2, n3"):
        hostpath().row(lost=["n9"])


def test_nodes_taken_for_lost_change_what_survives_and_nothing_else():
    plain, more = jiva().row(), jiva().row(lost=["n3"])
    assert plain["survives"]["n1"]["survives"]
    assert not more["survives"]["n1"]["survives"]
    assert more["survives"]["n3"]["survives"]
    assert {**plain, "survives": 0} == {**more, "survives": 0}


@given(st.sampled_from(sorted(ENGINES)), st.lists(st.sampled_from(NODES), unique=True), st.lists(st.sampled_from(NODES), unique=True))
def test_whatever_is_off_each_answer_keeps_its_promise(engine, off, lost):
    bed = ENGINES[engine]()
    for node in off:
        bed.silent(node)
    row = bed.row(lost=lost)
    for name, answer in row["survives"].items():
        gone = {name, *lost, *off}
        if answer["survives"]:
            assert row["known"]
            assert any(copy["in_sync"] and copy["node"] not in gone for copy in row["copies"])
        assert answer["because"]
    assert set(row["survives"]) == set(NODES)
    assert row["evidence"]
    assert row["known"] or row["warnings"]
    assert not (row["healthy"] and not row["takes_writes"])


@given(st.sampled_from(sorted(ENGINES)), st.sampled_from(NODES), st.lists(st.sampled_from(NODES), unique=True))
def test_a_node_that_falls_silent_makes_nothing_better(engine, node, lost):
    before, after = ENGINES[engine]().row(lost=lost), ENGINES[engine]().silent(node).row(lost=lost)
    for name, answer in after["survives"].items():
        assert before["survives"][name]["survives"] or not answer["survives"]


def test_a_static_volume_behind_the_name_of_a_replicated_class():
    row = static().row()
    assert (row["engine"], row["provisioner"], row["known"]) == ("static", None, False)
    assert any("is of jiva.csi.openebs.io, which did not make this volume (a person did)" in text for text in row["warnings"])


def test_copies_of_other_volumes_are_named_as_such():
    bed = jiva()
    assert bed.row("openebs-pvc-5f1c-jiva-rep-0")["part_of"] == "pvc-5f1c"
    assert bed.row()["part_of"] is None


def test_a_claim_of_an_application_s_operator_is_no_copy():
    bed = hostpath()
    bed.objects["PersistentVolumeClaim"] = [claim(owner=("Cluster", "main"))]
    assert bed.row()["part_of"] is None


def test_a_claim_whose_volume_is_gone_has_no_row():
    bed = Bed(claim(of="pvc-gone"))
    assert judge.rows([bed.one("PersistentVolumeClaim", "data")], bed.world) == []


def test_an_unknown_driver_is_not_known():
    row = ENGINES["unknown"]().row()
    assert (row["engine"], row["provisioner"], row["copies"], row["healthy"]) == ("unknown", "nfs.example.org", [], None)


def test_a_class_without_a_provisioner_promises_nothing():
    bed = hostpath()
    bed.objects["StorageClass"] = [thing("StorageClass", "fast", provisioner="openebs.io/local")]
    assert bed.row()["warnings"] == []
