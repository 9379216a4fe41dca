# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is wanted to be, as arguments of the services: one result that feeds the launch configuration and microk8s_args alike."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

CONTROL_PLANE_FILES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "k8s-dqlite", "etcd")
DEFAULT_CIDRS = {"cluster": "10.1.0.0/16", "service": "10.152.183.0/24"}
KUBELET_CONFIGURATION = "kubelet-config.yaml"
# Kubernetes' own, and the least that its maintainers call safe (kubernetes/kubernetes#126287): a lease of HTTP/2 has to run out first.
GRACE_SECONDS_UP_TO_1_31 = 40
GRACE_SECONDS = 50
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
# Everything that may be wished for besides the minor release, with what holds when nothing is said.
WISHES: dict[str, Any] = {
    "cluster_cidr": DEFAULT_CIDRS["cluster"],
    "service_cidr": DEFAULT_CIDRS["service"],
    "rbac": False,
    "leader_election": {},
    "node_monitor_grace_period": "",
    "shutdown_grace_period": "",
    "shutdown_grace_period_critical_pods": "",
    "extra_sans": (),
    "registry_mirrors": {},
    "proxy": {},
    "node_networks": (),
    "arguments": {},
}
LEASE = {"lease_duration": "15s", "renew_deadline": "10s", "retry_period": "2s"}
# What a registry is called in the name of an image, and where it is.
REGISTRY_SERVERS = {"docker.io": "https://registry-1.docker.io"}


def seconds(text: str, name: str) -> float:
    """Seconds of a duration in Go's notation such as 1m30s; MicroK8sError names the variable."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", str(text))
    if not parts or "".join(number + unit for number, unit in parts) != str(text):
        raise MicroK8sError(f'{name}: "{text}" is not a duration. Write a number with its unit, such as 15s or 1m30s')
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def settings(wanted: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Everything that module microk8s_args sets on a node of this role (control_plane or worker).

    wanted: every key of WISHES, and minor ("1.34").
    Returns arguments {file: {flag: value or None}}, environment {file: {name: value}}, files {name: text or None}, registries
    {host: text} and extra_sans. Raises MicroK8sError for a value that cannot be meant.
    """
    arguments: dict[str, dict[str, Any]] = {
        "kubelet": {"--cluster-domain": "cluster.local", "--cluster-dns": dns_address(wanted["service_cidr"])},
        "kube-proxy": {},
        "kube-apiserver": {},
        "kube-controller-manager": {},
        "kube-scheduler": {},
    }
    _leader_election(wanted["leader_election"], arguments)
    # Without a wish what an earlier one brought is taken out.
    arguments["kube-controller-manager"]["--node-monitor-grace-period"] = _grace_period(wanted) or None
    if wanted["cluster_cidr"] != DEFAULT_CIDRS["cluster"]:
        arguments["kube-proxy"]["--cluster-cidr"] = wanted["cluster_cidr"]
    if wanted["service_cidr"] != DEFAULT_CIDRS["service"]:
        arguments["kube-apiserver"]["--service-cluster-ip-range"] = wanted["service_cidr"]
    if wanted["rbac"]:
        arguments["kube-apiserver"]["--authorization-mode"] = "RBAC,Node"
    files = {KUBELET_CONFIGURATION: _kubelet_configuration(wanted)}
    if files[KUBELET_CONFIGURATION]:
        arguments["kubelet"]["--config"] = f"${{SNAP_DATA}}/args/{KUBELET_CONFIGURATION}"
    for file, values in wanted["arguments"].items():
        arguments.setdefault(file, {}).update(values)
    if role != "control_plane":
        arguments = {file: values for file, values in arguments.items() if file not in CONTROL_PLANE_FILES}
    return {
        "arguments": {
            file: {flag: None if value is None else str(value) for flag, value in values.items()}
            for file, values in arguments.items()
            if values
        },
        "environment": _proxy(wanted),
        "files": {name: text for name, text in files.items() if text},
        "registries": {host: _hosts_toml(host, mirrors) for host, mirrors in wanted["registry_mirrors"].items()},
        "extra_sans": list(wanted["extra_sans"]),
    }


def dns_address(service_cidr: str) -> str:
    """The tenth address of the services' network, MicroK8s' choice for the name service."""
    try:
        return str(ipaddress.ip_network(service_cidr)[10])
    except (ValueError, IndexError) as error:
        raise MicroK8sError(
            f'microk8s_service_cidr: "{service_cidr}" is not a network of 16 addresses or more ({error}). Write it as 10.152.183.0/24'
        ) from None


def _leader_election(wanted: Mapping[str, str], arguments: dict[str, dict[str, Any]]) -> None:
    if not wanted:
        return
    lease, renew, retry = (wanted.get(key) or default for key, default in LEASE.items())
    values = [seconds(value, f"microk8s_leader_election.{key}") for key, value in zip(LEASE, (lease, renew, retry))]
    if not values[0] > values[1] > values[2]:
        raise MicroK8sError(
            f"microk8s_leader_election: lease_duration ({lease}) has to be longer than renew_deadline ({renew}), and that longer than"
            f" retry_period ({retry}), or no leader could keep its lease. Leave them out for 15s, 10s and 2s"
        )
    for file in ("kube-controller-manager", "kube-scheduler"):
        arguments[file].update(
            {"--leader-elect-lease-duration": lease, "--leader-elect-renew-deadline": renew, "--leader-elect-retry-period": retry}
        )


def _grace_period(wanted: Mapping[str, Any]) -> str:
    grace = wanted["node_monitor_grace_period"]
    if not grace:
        return ""
    minor = tuple(int(part) for part in wanted["minor"].split("."))
    least = GRACE_SECONDS if minor >= (1, 32) else GRACE_SECONDS_UP_TO_1_31
    if seconds(grace, "microk8s_node_monitor_grace_period") < least:
        raise MicroK8sError(
            f"microk8s_node_monitor_grace_period: {grace} is shorter than {least}s, Kubernetes' own since it stopped giving up nodes that"
            f" were only slow (kubernetes/kubernetes#126287). Leave it empty, or set {least}s or more"
        )
    return str(grace)


def _kubelet_configuration(wanted: Mapping[str, Any]) -> str | None:
    """The part of the kubelet's settings that has no flag."""
    grace, critical = wanted["shutdown_grace_period"], wanted["shutdown_grace_period_critical_pods"] or "0s"
    if not grace:
        return None
    whole = seconds(grace, "microk8s_shutdown_grace_period")
    if seconds(critical, "microk8s_shutdown_grace_period_critical_pods") > whole:
        raise MicroK8sError(
            f"microk8s_shutdown_grace_period_critical_pods: {critical} is a part of microk8s_shutdown_grace_period ({grace}) and cannot be"
            " longer. Set it to a third of that or less"
        )
    return (
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
        f"shutdownGracePeriod: {grace}\nshutdownGracePeriodCriticalPods: {critical}\n"
    )


def _proxy(wanted: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    proxy = wanted["proxy"]
    if not proxy.get("http") and not proxy.get("https"):
        return {}
    near = ["127.0.0.1", "localhost", wanted["cluster_cidr"], wanted["service_cidr"], *wanted["node_networks"]]
    without = [*near, *(proxy.get("no_proxy") or ())]
    values = {"NO_PROXY": ",".join(dict.fromkeys(without))}
    values.update({f"{kind.upper()}_PROXY": proxy[kind] for kind in ("http", "https") if proxy.get(kind)})
    return {"containerd-env": values}


def _hosts_toml(host: str, mirrors: list[str]) -> str:
    """containerd's description of a registry and its mirrors, as in its document on hosts.toml."""
    lines = [f'server = "{REGISTRY_SERVERS.get(host, "https://" + host)}"\n']
    lines += [f'\n[host."{url}"]\n  capabilities = ["pull", "resolve"]\n' for url in mirrors]
    return "".join(lines)


# File of arguments or of an environment -> key of the launch configuration.
LAUNCH_KEYS = {
    "kubelet": "extraKubeletArgs",
    "kube-apiserver": "extraKubeAPIServerArgs",
    "kube-proxy": "extraKubeProxyArgs",
    "kube-controller-manager": "extraKubeControllerManagerArgs",
    "kube-scheduler": "extraKubeSchedulerArgs",
    "containerd": "extraContainerdArgs",
    "containerd-env": "extraContainerdEnv",
    "k8s-dqlite": "extraDqliteArgs",
    "cluster-agent": "extraMicroK8sClusterAgentArgs",
}


def launch_document(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The launch configuration of a node that starts with these settings, so that no service has to be restarted for them later.

    found: what settings() gave for wanted. What a launch configuration has no key for is left to module microk8s_args.
    """
    document: dict[str, Any] = {"version": "0.2.0"}
    for file, values in {**found["arguments"], **found["environment"]}.items():
        if file in LAUNCH_KEYS:
            document[LAUNCH_KEYS[file]] = dict(values)
    if (wanted["cluster_cidr"], wanted["service_cidr"]) != tuple(DEFAULT_CIDRS.values()):
        document["extraCNIEnv"] = {"IPv4_CLUSTER_CIDR": wanted["cluster_cidr"], "IPv4_SERVICE_CIDR": wanted["service_cidr"]}
    for key, value in (
        ("extraConfigFiles", found["files"]),
        ("containerdRegistryConfigs", found["registries"]),
        ("extraSANs", found["extra_sans"]),
    ):
        if value:
            document[key] = value
    return document
