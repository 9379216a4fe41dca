# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is wanted to be, as arguments of the services."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import launch
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.settings import (
    WISHES,
    dns_address,
    launch_document,
    seconds,
    settings,
)
from hypothesis import given
from hypothesis import strategies as st


def made(role="control_plane", minor="1.34", **wishes):
    return settings({**WISHES, "minor": minor, **wishes}, role)


def test_without_wishes_only_the_name_service_is_set():
    assert made() == {
        "arguments": {
            "kubelet": {"--cluster-domain": "cluster.local", "--cluster-dns": "10.152.183.10"},
            "kube-controller-manager": {"--node-monitor-grace-period": None},  # what an earlier wish brought is taken out
        },
        "environment": {},
        "files": {},
        "registries": {},
        "extra_sans": [],
    }


@pytest.mark.parametrize(
    ("wishes", "file", "flag", "value"),
    [
        pytest.param({"rbac": True}, "kube-apiserver", "--authorization-mode", "RBAC,Node", id="roles"),
        pytest.param(
            {"service_cidr": "10.96.0.0/16"}, "kube-apiserver", "--service-cluster-ip-range", "10.96.0.0/16", id="another service network"
        ),
        pytest.param({"service_cidr": "10.96.0.0/16"}, "kubelet", "--cluster-dns", "10.96.0.10", id="and its name service"),
        pytest.param({"cluster_cidr": "10.2.0.0/16"}, "kube-proxy", "--cluster-cidr", "10.2.0.0/16", id="another pod network"),
        pytest.param({"leader_election": {"lease_duration": "20s"}}, "kube-scheduler", "--leader-elect-lease-duration", "20s", id="lease"),
        pytest.param(
            {"leader_election": {"lease_duration": "20s"}}, "kube-controller-manager", "--leader-elect-renew-deadline", "10s", id="its rest"
        ),
        pytest.param(
            {"node_monitor_grace_period": "1m"}, "kube-controller-manager", "--node-monitor-grace-period", "1m", id="patience with nodes"
        ),
        pytest.param(
            {"shutdown_grace_period": "60s"},
            "kubelet",
            "--config",
            "${SNAP_DATA}/args/kubelet-config.yaml",
            id="a file for what has no flag",
        ),
        pytest.param({"arguments": {"kubelet": {"--max-pods": 50}}}, "kubelet", "--max-pods", "50", id="numbers become text"),
        pytest.param({"arguments": {"kubelet": {"--cluster-dns": None}}}, "kubelet", "--cluster-dns", None, id="the user's word wins"),
    ],
)
def test_a_wish_becomes_an_argument(wishes, file, flag, value):
    assert made(**wishes)["arguments"][file][flag] == value


def test_a_worker_gets_nothing_of_the_control_plane():
    found = made(
        "worker",
        rbac=True,
        leader_election={"lease_duration": "15s"},
        node_monitor_grace_period="50s",
        arguments={"kube-apiserver": {"--v": "4"}, "kube-proxy": {"--v": "2"}},
    )
    assert set(found["arguments"]) == {"kubelet", "kube-proxy"}


def test_the_time_for_an_orderly_shutdown_is_in_a_file():
    assert made(shutdown_grace_period="60s", shutdown_grace_period_critical_pods="20s")["files"] == {
        "kubelet-config.yaml": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
        "shutdownGracePeriod: 60s\nshutdownGracePeriodCriticalPods: 20s\n"
    }


def test_what_is_near_is_reached_without_the_proxy():
    found = made(proxy={"https": "http://proxy:3128", "no_proxy": ["example.org", "localhost"]}, node_networks=["10.0.0.0/24"])
    assert found["environment"] == {
        "containerd-env": {
            "HTTPS_PROXY": "http://proxy:3128",
            "NO_PROXY": "127.0.0.1,localhost,10.1.0.0/16,10.152.183.0/24,10.0.0.0/24,example.org",
        }
    }


def test_mirrors_keep_their_order():
    assert made(registry_mirrors={"docker.io": ["http://a:5000", "http://b:5000"], "ghcr.io": []})["registries"] == {
        "docker.io": 'server = "https://registry-1.docker.io"\n'
        '\n[host."http://a:5000"]\n  capabilities = ["pull", "resolve"]\n'
        '\n[host."http://b:5000"]\n  capabilities = ["pull", "resolve"]\n',
        "ghcr.io": 'server = "https://ghcr.io"\n',
    }


@pytest.mark.parametrize(
    ("minor", "grace", "refused"),
    [("1.31", "40s", False), ("1.31", "39s", True), ("1.32", "40s", True), ("1.34", "50s", False), ("1.34", "20s", True)],
)
def test_nodes_that_are_only_slow_are_not_given_up(minor, grace, refused):
    if not refused:
        assert made(minor=minor, node_monitor_grace_period=grace)
        return
    with pytest.raises(MicroK8sError, match=rf"microk8s_node_monitor_grace_period: {grace} is shorter than \d\ds.*Leave it empty"):
        made(minor=minor, node_monitor_grace_period=grace)


@pytest.mark.parametrize(
    ("wishes", "text"),
    [
        ({"leader_election": {"lease_duration": "5s"}}, r"lease_duration \(5s\) has to be longer than renew_deadline \(10s\)"),
        ({"leader_election": {"retry_period": "two"}}, r'microk8s_leader_election.retry_period: "two" is not a duration'),
        ({"shutdown_grace_period": "10s", "shutdown_grace_period_critical_pods": "20s"}, "cannot be longer"),
        ({"service_cidr": "10.152.183.0/29"}, 'microk8s_service_cidr: "10.152.183.0/29" is not a network of 16 addresses or more'),
        ({"service_cidr": "banana"}, 'microk8s_service_cidr: "banana" is not a network'),
    ],
)
def test_what_cannot_be_meant_is_said(wishes, text):
    with pytest.raises(MicroK8sError, match=text):
        made(**wishes)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(hours, minutes, rest):
    assert seconds(f"{hours}h{minutes}m{rest}s", "x") == hours * 3600 + minutes * 60 + rest


@given(st.integers(8, 28))
def test_the_name_service_is_the_tenth_address(length):
    assert dns_address(f"10.0.0.0/{length}") == "10.0.0.10"


def test_a_new_node_starts_with_the_same_arguments():
    wishes = {
        **WISHES,
        "minor": "1.34",
        "rbac": True,
        "shutdown_grace_period": "60s",
        "cluster_cidr": "10.2.0.0/16",
        "extra_sans": ["api.example.org"],
        "registry_mirrors": {"docker.io": ["http://a:5000"]},
        "proxy": {"http": "http://proxy:3128"},
        "arguments": {"k8s-dqlite": {"--debug": True}, "apiserver-proxy": {"--v": 1}},
    }
    found = settings(wishes, "control_plane")
    document = launch_document(found, wishes)
    assert set(document) == {
        "version",
        "extraKubeletArgs",
        "extraKubeAPIServerArgs",
        "extraKubeProxyArgs",
        "extraKubeControllerManagerArgs",
        "extraContainerdEnv",
        "extraDqliteArgs",
        "extraCNIEnv",
        "extraConfigFiles",
        "containerdRegistryConfigs",
        "extraSANs",
    }
    assert document["extraKubeletArgs"] == found["arguments"]["kubelet"]
    assert document["extraCNIEnv"] == {"IPv4_CLUSTER_CIDR": "10.2.0.0/16", "IPv4_SERVICE_CIDR": "10.152.183.0/24"}
    assert launch.check(document) == [document]
