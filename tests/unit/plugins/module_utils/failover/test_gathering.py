# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Known, gather, placed
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import plan
from ansible_collections.pikube.stateful.tests.unit.failover_situations import NODES, NOW, UID, alone, moment, options, pod, replicated

SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on", "synchronous_standby_names": "x"}
STANDBYS = [{"name": name, "state": "streaming", "sync": "quorum", "behind": 0} for name in ("main-2", "main-3")]
SAID = {"settings": SETTINGS, "standbys": STANDBYS, "slots": [{"name": "s", "active": True, "retained": 0}]}
KNOWN = Known(voters=NODES, reached=NODES, backup_hours=1.0, power_proven=True)


def leading(namespace, name, holder):
    return {"kind": "Lease", "metadata": {"name": name, "namespace": namespace}, "spec": {"holderIdentity": holder}}


def run_lease(run):
    spec = {"holderIdentity": run, "renewTime": moment(1)}
    return {
        "kind": "Lease",
        "metadata": {"name": "pikube-failover", "namespace": "database", "uid": "u", "resourceVersion": "1"},
        "spec": spec,
    }


class Api:
    """The objects of a situation behind the door's words. unknown: kinds that the cluster does not know."""

    def __init__(self, situation, *more, unknown=(), servers=("https://10.0.0.11:16443", "https://10.0.0.12:16443")):
        self.unknown, self.servers = unknown, servers
        system = {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": UID}}
        disks = [{"kind": "StorageClass", "metadata": {"name": "fast"}, "provisioner": "openebs.io/local"}]
        self.items = [system, situation.server, *disks, *more]
        for part in ("nodes", "leases", "pods", "claims", "volumes", "budgets"):
            self.items += getattr(situation, part)

    def known(self, kind):
        if kind in self.unknown:
            raise ClusterError(f"no kind {kind}", reason="NoSuchKind")

    def get(self, kind, name, namespace=None, api_version="v1"):
        self.known(kind)
        wanted = (kind, name, namespace)
        return next((row for row in self.items if (row["kind"], row["metadata"]["name"], row["metadata"].get("namespace")) == wanted), None)

    def list(self, kind, namespace=None, api_version="v1", labels=None, fields=None):
        self.known(kind)
        name = (fields or "").removeprefix("metadata.name=") if fields else None
        return [
            row
            for row in self.items
            if row["kind"] == kind
            and namespace in (None, row["metadata"].get("namespace"))
            and (not name or row["metadata"]["name"] == name)
        ]

    def answering(self):
        return list(self.servers)


def gathered(api, ask=lambda pod, statement: json.dumps(SAID), known=KNOWN, **more):
    return gather(api, "database", "main", ask, known, **{"wall": lambda: NOW, **more})


def test_a_sound_cluster_is_found_sound():
    found = gathered(Api(replicated()))
    assert (found.topology, found.cluster_uid, found.settings, found.standbys) == ("cluster", UID, SETTINGS, STANDBYS)
    assert plan(found, options("crash")).refusals == ()
    assert [row["name"] for row in found.rows] == ["main-1", "main-2", "main-3"]


def test_a_server_alone():
    found = gathered(Api(alone(), unknown=("Cluster", "JivaVolume")))
    assert found.topology == "single"
    assert {row.code for row in plan(found, options("drain")).refusals} == {"volume-unknown"}


def test_the_primary_is_asked():
    pods = []
    gathered(Api(replicated()), lambda pod, statement: pods.append(pod) or json.dumps(SAID))
    assert pods == ["main-1"]


@pytest.mark.parametrize("answer", [ClusterError("it is silent"), "no JSON"], ids=["silent", "not JSON"])
def test_a_database_that_does_not_answer(answer):
    def ask(pod, statement):
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = gathered(Api(replicated()), ask)
    assert (found.settings, found.standbys) == (None, None)
    assert {"settings-unknown", "standbys-unknown"} <= {row.code for row in plan(found, options("crash")).refusals}


def test_nobody_is_asked_without_a_primary():
    situation = replicated()
    found = gathered(Api(type(situation)(**{**vars(situation), "pods": situation.pods[1:]})), lambda pod, statement: pytest.fail(pod))
    assert found.settings is None


def test_who_leads():
    operator = {"kind": "Pod", "metadata": {"name": "cnpg-x", "namespace": "cnpg-system"}, "spec": {"nodeName": "pi03"}}
    found = gathered(
        Api(
            replicated(),
            operator,
            leading("kube-system", "kube-controller-manager", "pi02_1c"),
            leading("kube-system", "kube-scheduler", ""),
            leading("cnpg-system", "db9c8771.cnpg.io", "cnpg-x_9f"),
        )
    )
    assert found.leaders == {"kube-controller-manager": "pi02", "cloudnative-pg": "pi03"}


def test_other_runs_are_found_and_the_own_is_not():
    api = Api(replicated(), run_lease("one"))
    assert [held.run for held in gathered(api).runs] == ["one"]
    assert gathered(api, run="one").runs == []


def test_the_servers_that_answer_are_hosts():
    assert gathered(Api(replicated())).servers == ["10.0.0.11", "10.0.0.12"]
    found = plan(gathered(Api(replicated(), servers=["https://10.0.0.11:16443"])), options("crash"))
    assert [row.code for row in found.refusals] == ["sole-api-server"]


def test_what_others_know():
    known = Known(voters=("pi01",), skew={"pi02": 3.0}, controller="pi03", grace_seconds=20.0, reboots=("pi03",))
    found = gathered(Api(replicated()), known=known)
    assert (found.voters, found.skew, found.controller, found.grace_seconds, found.reboots) == (
        ("pi01",),
        {"pi02": 3.0},
        "pi03",
        20.0,
        ("pi03",),
    )


def test_a_database_that_is_not_there():
    api = Api(replicated(), unknown=("Cluster",))
    with pytest.raises(FailoverError, match="neither Cluster nor StatefulSet database/main"):
        gathered(api)


def test_an_api_that_does_not_answer():
    class Deaf(Api):
        def get(self, *arguments):
            raise ClusterError("nobody answers", passing=True)

    with pytest.raises(ClusterError, match="nobody answers"):
        gathered(Deaf(replicated()))


def test_engines_are_asked_by_their_paths():
    paths = []
    labels = {"openebs.io/persistent-volume": "pv-data-main-0", "openebs.io/component": "jiva-controller"}
    jiva = {"kind": "JivaVolume", "metadata": {"name": "pv-data-main-0", "namespace": "openebs", "labels": labels}, "spec": {}}
    gathered(Api(alone(), jiva, pod("target", "pi02", labels, namespace="openebs")), engines=lambda path: paths.append(path) or "[]")
    assert [path.partition("/proxy")[0] for path in paths] == ["/api/v1/namespaces/openebs/services/pv-data-main-0-jiva-ctrl-svc:9501"]


def test_what_of_the_engine_a_volume_waits_for_is_placed():
    volume = "openebs.io/persistent-volume"
    controller = {"openebs.io/component": "jiva-controller"}
    pods = [
        pod("operator", "pi03", {"name": "jiva-operator"}, namespace="openebs"),
        pod("own", "pi02", {**controller, volume: "pvc-1"}, namespace="openebs"),
        pod("another", "pi01", {**controller, volume: "pvc-9"}, namespace="openebs"),
    ]
    claims = [{"spec": {"volumeName": "pvc-1"}}]
    assert placed(pods, claims) == {"jiva-operator": "pi03", "jiva target": "pi02"}
    assert placed(pods[2:], claims) == {}
