# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.evidence import (
    ApiService,
    Authorization,
    File,
    Namespace,
    Service,
    StorageClass,
    Workload,
    left,
    missing,
    trouble,
)


def deployment(available=1, replicas=1, name="coredns", kind="Deployment", namespace="kube-system", **status):
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "generation": 2},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}},
        "status": {"observedGeneration": 2, "availableReplicas": available, "updatedReplicas": available, **status},
    }


def daemonset(wanted, available):
    item = deployment(name="agent", kind="DaemonSet")
    item["status"] = {
        "observedGeneration": 2,
        "desiredNumberScheduled": wanted,
        "numberAvailable": available,
        "updatedNumberScheduled": wanted,
    }
    return item


def pod(waiting=None, node="pi02", phase="Running", ready=False, scheduled=None, app="coredns"):
    conditions = [{"type": "Ready", "status": str(ready)}]
    if scheduled is not None:
        conditions.append({"type": "PodScheduled", "status": "False", "message": scheduled})
    return {
        "kind": "Pod",
        "metadata": {"name": f"{app}-5d", "namespace": "kube-system", "labels": {"app": app}},
        "spec": {"nodeName": node} if node else {},
        "status": {
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{"state": {"waiting": waiting} if waiting else {"running": {}}}],
        },
    }


COREDNS = Workload("Deployment", "kube-system", "coredns")


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        pytest.param([deployment()], None, id="works"),
        pytest.param([], "no Deployment kube-system/coredns", id="not there"),
        pytest.param([deployment(0)], "Deployment kube-system/coredns: 0 of 1 pods work", id="no pods yet"),
        pytest.param(
            [deployment(0), pod({"reason": "ImagePullBackOff", "message": "Back-off pulling image"})],
            "Deployment kube-system/coredns: 0 of 1 pods work (coredns-5d on pi02: ImagePullBackOff, Back-off pulling image)",
            id="an image that cannot be pulled",
        ),
        pytest.param(
            [deployment(0), pod({"reason": "ContainerCreating"}, phase="Pending")],
            "Deployment kube-system/coredns: 0 of 1 pods work (coredns-5d on pi02 is starting)",
            id="observed: MicroK8s calls this enabled",
        ),
        pytest.param(
            [deployment(0), pod(phase="Pending", node=None, scheduled="0/1 nodes are available: 1 Insufficient cpu.")],
            "Deployment kube-system/coredns: 0 of 1 pods work (coredns-5d has no node: 0/1 nodes are available: 1 Insufficient cpu.)",
            id="no node",
        ),
        pytest.param([deployment(1, observedGeneration=1)], "Deployment kube-system/coredns: 1 of 1 pods work", id="not seen yet"),
        pytest.param([deployment(2, 3)], "Deployment kube-system/coredns: 2 of 3 pods work", id="two of three"),
        pytest.param([deployment(1, updatedReplicas=0)], "Deployment kube-system/coredns: 0 of 1 pods work", id="an old pod"),
    ],
)
def test_workload(make_look, objects, text):
    assert COREDNS.missing(make_look(*objects)) == text


@pytest.mark.parametrize(("wanted", "available", "works"), [(3, 3, True), (3, 2, False), (0, 0, False)])
def test_daemonset(make_look, wanted, available, works):
    assert (Workload("DaemonSet", "kube-system", "agent").missing(make_look(daemonset(wanted, available))) is None) is works


def test_a_pod_that_works_is_no_trouble():
    assert trouble(pod(ready=True)) == ""
    assert trouble(pod(phase="Succeeded")) == ""


@pytest.mark.parametrize(
    ("item", "there", "text"),
    [
        pytest.param(
            Service("kube-system", "kube-dns"),
            {"kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}, "spec": {"clusterIP": "10.152.183.10"}},
            "no address of Service kube-system/kube-dns",
            id="service",
        ),
        pytest.param(
            ApiService("v1beta1.metrics.k8s.io"),
            {
                "kind": "APIService",
                "metadata": {"name": "v1beta1.metrics.k8s.io"},
                "status": {"conditions": [{"type": "Available", "status": "True"}]},
            },
            "no APIService v1beta1.metrics.k8s.io",
            id="extension of the API",
        ),
        pytest.param(
            StorageClass("microk8s-hostpath"),
            {"kind": "StorageClass", "metadata": {"name": "microk8s-hostpath"}},
            "no StorageClass microk8s-hostpath",
            id="storage class",
        ),
        pytest.param(COREDNS, deployment(), "no Deployment kube-system/coredns", id="workload"),
    ],
)
def test_there_and_gone(make_look, item, there, text):
    assert missing([item], make_look(there)) == []
    assert missing([item], make_look()) == [text]
    assert left([item], make_look()) == []
    assert len(left([item], make_look(there))) == 1


def test_an_extension_that_does_not_answer(make_look):
    status = {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "no endpoints"}]}
    look = make_look({"kind": "APIService", "metadata": {"name": "m"}, "status": status})
    assert ApiService("m").missing(look) == "APIService m is not available (no endpoints)"


def test_namespace(make_look):
    look = make_look(*(deployment(name=name, namespace="openebs") for name in "abc"))
    assert Namespace("openebs", 3).missing(look) is None
    assert Namespace("openebs", 4).missing(look) == "3 of 4 workloads in namespace openebs"
    look.put(deployment(0, name="d", namespace="openebs"))
    assert Namespace("openebs", 3).missing(look) == "Deployment openebs/d: 0 of 1 pods work"
    assert Namespace("openebs").left(look) is None
    look.put({"kind": "Namespace", "metadata": {"name": "openebs"}})
    assert Namespace("openebs").left(look) == "namespace openebs"


@pytest.mark.parametrize(
    ("open_servers", "lacks", "stays"),
    [
        pytest.param(set(), None, "authorization on https://a, https://b", id="everywhere"),
        pytest.param({"https://b"}, "authorization on https://b", "authorization on https://a", id="one API server was not restarted"),
        pytest.param({"https://a", "https://b"}, "authorization on https://a, https://b", None, id="nowhere"),
    ],
)
def test_authorization_is_asked_of_every_server(look, open_servers, lacks, stays):
    look.open = open_servers
    assert Authorization().missing(look) == lacks
    assert Authorization().left(look) == stays


def test_authorization_where_a_server_is_away(look):
    look.dead = {"https://b"}
    look.open = {"https://b"}
    assert Authorization().missing(look) is None
    assert Authorization().left(look) == "authorization on https://a"
    look.dead = {"https://a", "https://b"}
    assert Authorization().missing(look) == "authorization on https://b"


def test_files_are_left_to_the_node(look):
    assert missing([File("/x")], look) == left([File("/x")], look) == []
