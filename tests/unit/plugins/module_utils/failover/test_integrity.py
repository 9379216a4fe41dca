# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import integrity
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity import damage, gather, writers
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import INSTANCE, WRITABLE
from ansible_collections.pikube.stateful.tests.unit.volumes_world import JIVA_SERVICE, PV, Bed, claim, jiva, pod, thing, volume
from hypothesis import given
from hypothesis import strategies as st

SERVERS = {"main-1": "n1", "main-2": "n2"}
SAYS = {"system_identifier": "7714", "timeline": 1}


class Api:
    """A cluster as its objects. said: what commands in containers and paths of the API say, or the error that they end with."""

    def __init__(self, bed, said=b"", logs=None):
        self.objects, self.said, self.logs, self.commands = bed.objects, said, logs or {}, []

    def list(self, kind, namespace=None, api_version="v1", labels=None, fields=None):
        if kind not in self.objects and kind != "VolumeAttachment":
            raise ClusterError("no", reason="NoSuchKind")
        return [item for item in self.objects.get(kind, []) if namespace in (None, item["metadata"].get("namespace"))]

    def execute(self, pod_name, namespace, container, command, *, target, silence):
        self.commands.append((pod_name, namespace, container, command[-1]))
        answer, words = self.said if isinstance(self.said, tuple) else (None, self.said)
        target.write(words)
        if answer is not None:
            raise ClusterError("it ended", reason="CommandFailed", code=answer)

    def raw(self, path):
        found = self.logs.get(path.partition("?")[0] + ("&previous" if "previous" in path else ""))
        if found is None:
            raise ClusterError("no log")
        return found


def ask(answers):
    def asked(pod_name, statement):
        assert statement == INSTANCE
        if answers.get(pod_name) is None:
            raise ClusterError(f"{pod_name} does not answer")
        return answers[pod_name]

    return asked


def instances():
    """Two servers under the operator, each with a local volume, a pod that makes a third, and somebody else's pod."""
    bed = Bed()
    for name, node in SERVERS.items():
        bed.put(
            pod(name, node, uses=name, labels={"cnpg.io/cluster": "main", "cnpg.io/instanceName": name, "cnpg.io/instanceRole": "replica"}),
            claim(name, of=f"pv-{name}"),
            volume(f"pv-{name}", source={"local": {"path": f"/data/{name}"}}, on=node),
        )
    bed.put(
        pod("main-3-join", "n3", labels={"cnpg.io/cluster": "main", "cnpg.io/instanceName": "main-3", "cnpg.io/jobRole": "join"}),
        pod("other", "n3", uses="other"),
        claim("other", of="pv-main-1"),
    )
    for kind in ("Pod", "PersistentVolumeClaim"):
        for item in bed.objects[kind]:
            item["metadata"]["uid"] = f"uid-{item['metadata']['name']}"
    return bed


def test_what_is_gathered_of_servers_under_the_operator():
    found = gather(Api(instances()), "database", "main", "main-1", ask({"main-1": json.dumps(SAYS)}))
    assert json.loads(json.dumps(found)) == found
    assert found["primary"] == "main-1"
    assert found["pods"]["main-1"] == {
        "uid": "uid-main-1",
        "node": "n1",
        "ready": True,
        "role": "replica",
        "address": "",
        "restarts": 0,
        "claims": ["main-1"],
    }
    assert sorted(found["pods"]) == ["main-1", "main-2"]
    assert found["claims"]["main-1"] == {"uid": "uid-main-1", "volume": "pv-main-1", "handle": "/data/main-1"}
    assert sorted(found["claims"]) == sorted(found["volumes"]) == ["main-1", "main-2"]
    row = found["volumes"]["main-2"]
    assert (row["source"], row["copies"], row["attached_to"], row["attachments"]) == ("local", ["n2"], "n2", None)
    assert (row["takes_writes"], row["healthy"]) == (True, True)
    assert (found["instances"], found["silent"]) == ({"main-1": SAYS}, {"main-2": "main-2 does not answer"})
    assert (found["amcheck"], found["logs"]) == (None, None)


def test_what_is_gathered_of_a_server_alone():
    bed = jiva(node_id="n2")
    bed.drop("Pod", "app-0").put(pod("db-0", "n1", uses="data", labels={"pikube.stateful/server": "db"}))
    bed.put(thing("VolumeAttachment", "a", spec={"nodeName": "n2", "source": {"persistentVolumeName": PV}}, status={"attached": True}))
    bed.put(thing("VolumeAttachment", "b", spec={"nodeName": "n1", "source": {"persistentVolumeName": PV}}, status={"attached": False}))
    bed.one("Pod", "db-0")["metadata"]["uid"] = bed.one("PersistentVolumeClaim", "data")["metadata"]["uid"] = "u"
    asked = []
    found = gather(Api(bed), "database", "db", "db-0", ask({"db-0": "nonsense"}), engines=lambda path: asked.append(path) or "{}")
    assert asked == [JIVA_SERVICE]
    assert found["claims"] == {"data": {"uid": "u", "volume": PV, "handle": PV}}
    row = found["volumes"]["data"]
    assert (row["engine"], row["replicated"], row["source"], row["attachments"]) == ("jiva", True, "csi", ["n2"])
    assert sorted(row["copies"]) == ["n1", "n2", "n3"]
    assert found["silent"] == {"db-0": "its answer is not JSON"}


@pytest.mark.parametrize(
    ("said", "wanted", "words"),
    [
        pytest.param(b"", "pass", "", id="clean"),
        pytest.param((2, b'btree index "a":\n    ERROR:  invalid page'), "fail", 'btree index "a": ERROR: invalid page', id="damaged"),
        pytest.param((77, b""), "unknown", "the image has no pg_amcheck", id="an image without it"),
        pytest.param((124, b""), "unknown", "it was not through after 60 s", id="too large for the time"),
        pytest.param((1, b"x"), "unknown", "it ended", id="it failed itself"),
    ],
)
def test_a_database_is_gone_through(said, wanted, words):
    api = Api(instances(), said)
    found = gather(api, "database", "main", "main-1", ask({}), amcheck=("o'db", 60))["amcheck"]
    assert found == {"verdict": wanted, "said": words}
    pod_name, namespace, container, command = api.commands[0]
    assert (pod_name, namespace, container) == ("main-1", "database", "postgres")
    assert command.endswith("timeout 60 nice -n 19 pg_amcheck --heapallindexed --install-missing=pikube_failover -- 'o'\"'\"'db'")


def test_without_a_primary_no_database_is_gone_through():
    api = Api(instances())
    assert gather(api, "database", "main", "", ask({}), amcheck=("app", 60))["amcheck"] is None
    assert api.commands == []


def test_logs_of_the_container_and_of_the_one_before():
    path = "/api/v1/namespaces/database/pods/main-1/log"
    logs = {
        path: "LOG: all is well\nPANIC:  could not locate a valid checkpoint record\n",
        f"{path}&previous": "ERROR: could not fsync file",
    }
    found = gather(Api(instances(), logs=logs), "database", "main", "main-1", ask({}), log_seconds=600)["logs"]
    assert found == {
        "lines": [
            {"pod": "main-1", "line": "ERROR: could not fsync file"},
            {"pod": "main-1", "line": "PANIC: could not locate a valid checkpoint record"},
        ],
        "silent": {"main-2": "no log"},
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("2026-11-30 UTC [6] WARNING:  page verification failed, calculated checksum 1 but expected 2", True, id="a checksum"),
        pytest.param("2026-11-30 UTC [6] ERROR:  invalid page in block 1 of relation base/5/16392", True, id="a page"),
        pytest.param('{"logger":"postgres","record":{"error_severity":"PANIC","message":"x"}}', True, id="a panic of CloudNativePG"),
        pytest.param('{"level":"error","msg":"could not fsync file"}', True, id="the instance manager's own words"),
        pytest.param('{"record":{"error_severity":"LOG","message":"x","query":"PANIC:  "}}', False, id="the statement of a client"),
        pytest.param("2026-11-30 UTC [6] STATEMENT:  SELECT 'invalid page in block'", False, id="the statement of a client, in a line"),
        pytest.param("\tPANIC:  more of a statement", False, id="the rest of a statement"),
        pytest.param('{"record":{"error_severity":"PANIC"', False, id="a line that was cut off"),
        pytest.param("LOG:  invalid record length at 0/3000A18: wanted 24, got 0", False, id="the end of a log is no damage"),
        pytest.param("LOG:  database system was interrupted; last known up at 2026-11-30", False, id="a crash is no damage"),
        pytest.param("FATAL:  terminating walreceiver process due to administrator command", False, id="a promotion is no damage"),
        pytest.param("LOG:  server process (PID 7) was terminated by signal 9: Killed", False, id="a fault of ours is no damage"),
    ],
)
def test_lines_that_tell_of_damage(line, told):
    assert bool(damage(line)) == told


def test_a_long_line_is_cut():
    assert len(damage("PANIC:  " + "x" * 9999)[0]) == integrity.LONGEST_LINE


# Who takes writes

NAMES = ("a", "b", "c")


def servers(states):
    """states: who takes writes at each question, the last one for ever; None for one that does not answer."""
    questions = iter(range(10**6))

    def asked(name, statement):
        assert statement == WRITABLE
        says = states[min(next(questions), len(states) - 1)].get(name, "f")
        if says is None:
            raise ClusterError("gone")
        return f"{says}\n"

    return asked


@pytest.mark.parametrize(
    ("states", "found"),
    [
        pytest.param([{"b": "t"}], {"a": False, "b": True, "c": False}, id="one"),
        pytest.param([{"a": "t", "c": "t"}], {"a": True, "b": False, "c": True}, id="two at once"),
        pytest.param([{"a": "t"}, {"a": "t"}, {"c": "t"}], {"a": False, "b": False, "c": True}, id="the primary moves meanwhile"),
        pytest.param([{"a": None, "b": "t"}], {"a": None, "b": True, "c": False}, id="one that does not answer"),
        pytest.param([{"a": "", "b": "t"}], {"a": None, "b": True, "c": False}, id="one that says nothing"),
    ],
)
def test_who_takes_writes(states, found):
    assert writers(NAMES, servers(states)) == found


@given(st.sampled_from(NAMES), st.sampled_from((*NAMES, None)), st.integers(0, 5))
def test_a_primary_that_moves_once_is_never_two(old, new, turn):
    states = [{old: "t"}] * turn + [{new: "t"} if new else {}]
    assert sum(bool(writes) for writes in writers(NAMES, servers(states)).values()) <= 1


@given(st.sets(st.sampled_from(NAMES), min_size=2))
def test_two_that_stay_are_always_found(both):
    found = writers(NAMES, servers([dict.fromkeys(both, "t")]))
    assert {name for name, writes in found.items() if writes} == both
