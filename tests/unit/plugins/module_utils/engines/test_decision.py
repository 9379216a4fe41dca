# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BY_NAME, ENGINES, NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import Wish, decide, judge
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import read_nodes
from ansible_collections.pikube.stateful.plugins.module_utils.engines.rules import RULES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import Workload
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import GIB, MODULES, PI_SSD, cluster, disk, node, server
from hypothesis import given, settings
from hypothesis import strategies as st

disks = st.builds(disk, path=st.sampled_from(["/dev/sda", "/dev/sdb", "/dev/nvme0n1"]), gib=st.integers(1, 900), free=st.booleans(),
                  serial=st.sampled_from([None, "1", "2"]))  # fmt: skip
nodes = st.builds(
    node,
    architecture=st.sampled_from(["arm64", "amd64", "armhf", "riscv64", None]),
    memory=st.sampled_from([1, 4, 8, 16, None]),
    free=st.sampled_from([0, 5, 50, 900, None]),
    medium=st.sampled_from(["sd", "nvme", "unknown"]),
    disks=st.lists(disks, max_size=3, unique_by=lambda row: row["path"]).map(tuple),
    absent=st.lists(st.sampled_from(MODULES), max_size=2).map(tuple),
    cores=st.sampled_from([1, 4, None]),
    features=st.sampled_from([("sse4_2",), (), None]),
    page_size=st.sampled_from([4096, 4096, 16384, None]),
    kernel=st.sampled_from(["6.12.1", "5.10.0", None]),
    huge_kib=st.sampled_from([2048, 1048576, None]),
)
clusters = st.dictionaries(
    st.sampled_from([f"pi{number}" for number in range(1, 9)]), nodes | st.just(server()) | st.just(PI_SSD), min_size=1
)
workloads = st.fixed_dictionaries(
    {},
    optional={
        "size": st.sampled_from(["1Gi", "5Gi", "60G"]),
        "performance": st.sampled_from(["any", "low_latency"]),
        "application_replicas": st.integers(1, 5),
        "access_mode": st.sampled_from(["ReadWriteOnce", "ReadWriteOncePod"]),
        "volume_mode": st.sampled_from(["Filesystem", "Block"]),
        **{
            name: st.booleans()
            for name in ("survive_node_loss", "snapshots", "clones", "expansion", "accept_archived", "accept_experimental")
        },
    },
)
wishes = st.fixed_dictionaries(
    {}, optional={"replicas": st.sampled_from([None, 1, 2, 3, 5]), "kubernetes": st.sampled_from([None, "1.22", "1.34"])}
)
overridden = st.fixed_dictionaries(
    {"engine": st.sampled_from(NAMES), "overrides": st.lists(st.sampled_from([rule.id for rule in RULES if not rule.final]), unique=True)},
    optional={"replicas": st.sampled_from([None, 1, 2, 3, 5])},
)


def names(found):
    return {row["name"] for row in found["nodes"]}


@settings(max_examples=200)
@given(clusters, workloads, wishes | overridden)
def test_no_engine_without_images_and_no_copies_without_nodes(facts, workload, wish):
    found = decide(facts, workload, **wish)
    if found["verdict"] == "none":
        assert found["to_do"]
        assert not found["nodes"]
        return
    engine = BY_NAME[found["engine"]]
    known = {row.name: row for row in read_nodes(facts)}
    assert all(known[name].architecture in (*engine.images, None) for name in names(found))
    assert found["replicas"] <= len(found["nodes"])
    assert all(row["free"] for row in (disk_of(facts, row) for row in found["nodes"]) if row)
    # What must survive does, also with every override there is.
    if workload.get("survive_node_loss", True):
        assert found["survives_node_losses"] >= 1


def disk_of(facts, row):
    return next((each for each in facts[row["name"]]["disks"] if each["path"] == row.get("disk")), None)


@settings(max_examples=200)
@given(clusters, st.sampled_from(["new1", "pi2"]), nodes | st.just(server()), workloads, wishes)
def test_one_more_node_never_makes_the_promise_weaker(facts, name, another, workload, wish):
    before = decide(facts, workload, **wish)
    after = decide({name: another, **facts}, workload, **wish)
    stronger(before, after)


@settings(max_examples=200)
@given(clusters, st.data(), workloads, wishes)
def test_one_more_disk_never_makes_the_promise_weaker(facts, data, workload, wish):
    before = decide(facts, workload, **wish)
    chosen = data.draw(st.sampled_from(sorted(facts)))
    more = {**facts[chosen], "disks": [*facts[chosen]["disks"], {**data.draw(disks), "path": "/dev/sdz"}]}
    stronger(before, decide({**facts, chosen: more}, workload, **wish))


def stronger(before, after):
    assert after["survives_node_losses"] >= before["survives_node_losses"]
    if before["verdict"] != "none":
        assert after["verdict"] != "none"


@settings(max_examples=100)
@given(clusters, workloads, wishes | overridden)
def test_the_same_input_gives_the_same_answer_in_whatever_order(facts, workload, wish):
    found = decide(facts, workload, **wish)
    assert decide(dict(reversed(list(facts.items()))), workload, **wish) == found
    assert decide(facts, workload, **wish) == found


def test_a_thousand_nodes_are_decided_in_half_a_second():
    facts = {f"node{number}": server() if number % 2 else PI_SSD for number in range(1000)}
    took = []
    for workload in ({"application_replicas": 3}, {"accept_archived": True}, {"snapshots": True}):
        began = time.process_time()
        decide(facts, workload)
        took.append(time.process_time() - began)
    assert max(took) <= 0.5, took


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        pytest.param({"engine": "longhorn"}, 'engine "longhorn" is not known. Known are hostpath, lvm', id="an engine that is none"),
        pytest.param({"engine": "jiva", "overrides": ["E99"]}, '"E99" is not known', id="a rule that is none"),
        pytest.param({"overrides": ["E06"]}, "without an engine", id="an override of no engine"),
        pytest.param({"engine": "lvm", "overrides": ["E21"]}, "E21 cannot be overridden", id="an override of a rule that protects data"),
        pytest.param({"replicas": 0}, 'replicas "0" is not a number of 1 or more', id="no replicas"),
        pytest.param({"replicas": "many"}, 'replicas "many"', id="replicas that are no number"),
        pytest.param({"replicas": True}, 'replicas "True"', id="replicas that are a switch"),
        pytest.param({"kubernetes": "latest"}, "Write it like 1.34", id="a release that is none"),
        pytest.param({"disks": {"pi9": ["/dev/sda"]}}, "pi9, which is not among the nodes", id="disks of a stranger"),
        pytest.param({"disks": {"pi1": ["/dev/sdx"]}}, "pi1 has no disk /dev/sdx. It has /dev/sda", id="a disk that is not there"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(wish, says):
    with pytest.raises(EnginesError) as refused:
        decide(cluster(3, PI_SSD), {}, **wish)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        pytest.param({}, "nodes is empty", id="none"),
        pytest.param({"pi1": {}}, "the facts of pi1 are not those of module node_facts", id="empty facts"),
        pytest.param({"pi1": "arm64"}, "the facts of pi1", id="text"),
    ],
)
def test_nodes_that_are_none_are_refused(facts, says):
    with pytest.raises(EnginesError, match=says):
        decide(facts)


def test_an_override_is_recorded_and_one_without_use_is_said():
    found = decide(cluster(3), {}, engine="jiva", overrides=["E06", "E18"])
    assert [rule["id"] for rule in found["overridden"]] == ["E06"]
    assert "archived" in found["overridden"][0]["because"]
    assert any("E18 does not speak against jiva" in text for text in found["warnings"])
    assert found["forced"] is True


def test_each_rule_that_speaks_needs_its_own_override():
    facts = cluster(3, node(free=200))
    workload = {"size": "60G"}
    assert decide(facts, workload, engine="jiva", overrides=["E06"])["verdict"] == "none"
    assert decide(facts, workload, engine="jiva", overrides=["E06", "E18"])["verdict"] == "jiva"


def test_nodes_that_were_left_out_are_said_with_their_rule():
    found = decide({**cluster(3), "pi4": node(free=2)}, {"accept_archived": True})
    assert found["verdict"] == "jiva"
    assert names(found) == {"pi1", "pi2", "pi3"}
    assert {"id": "E25", "because": "left out: a volume of 5 GiB does not fit in the room that is left on pi4 (853 MiB)"} in found[
        "reasons"
    ]


def test_what_was_not_known_is_said():
    found = decide(cluster(3, node(free=None, unknown=("iscsi_tcp",))), {"accept_archived": True})
    assert {"R06", "R07"} <= {reason["id"] for reason in found["reasons"]}
    assert found["usable_bytes"] is None


def test_a_verdict_of_none_says_what_to_do_first_for_the_engine_that_lacks_least():
    found = decide(cluster(3))
    assert (found["engine"], found["chart"], found["storage_class"], found["replicas"]) == (None, None, None, 0)
    assert found["to_do"][0].startswith("for hostpath: Let the application replicate itself")
    assert found["to_do"][1].startswith("for jiva: Set accept_archived")


def test_a_result_has_the_same_keys_whatever_the_verdict():
    assert set(decide(cluster(3))) == set(decide(cluster(3), {"application_replicas": 3}))


def test_the_words_of_a_table_of_many_nodes_stay_short():
    found = decide(cluster(50, node(free=2)), {"application_replicas": 3})
    assert "and 44 more" in found["refused"]["hostpath"][1]["because"]


def test_judge_gives_the_rules_in_the_order_of_the_table():
    workload = Workload.parse({"snapshots": True, "size": "60G"})
    verdict = judge(BY_NAME["jiva"], workload, Wish(), read_nodes(cluster(2, node(free=900))))
    ids = [rule.id for rule in verdict.against]
    assert ids == sorted(ids)
    assert {"E06", "E13", "E15", "E18"} <= set(ids)


def test_the_room_is_that_of_the_smallest_node_that_is_needed():
    facts = {f"pi{number}": node(free=number * 10 + 1) for number in (1, 2, 3, 4)}
    assert decide(facts, {"application_replicas": 3})["usable_bytes"] == 20 * GIB
    assert decide(facts, {"accept_archived": True})["usable_bytes"] == int(20 * GIB / 1.2)
    assert len(ENGINES) == len(NAMES)
