# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of MicroK8s on a node, from its files: no command of its own is run, since several say nothing true (microk8s status)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import addresses, certificates, paths, plain_yaml, services
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.argument_files import ARGUMENTS, ENVIRONMENT
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.arguments import Arguments
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.environment import Environment, without_password
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.san_template import SanTemplate
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, WORKER, Service

MEMBER_ROLES = {0: "voter", 1: "standby", 2: "spare"}  # as dqlite numbers them (canonical/go-dqlite, client.NodeRole)
DEFAULT_CIDRS = {"cluster": "10.1.0.0/16", "service": "10.152.183.0/24"}
APPLIED = ".applied"
LOADED = ".loaded"


def locked(files: Files, lock: str) -> bool:
    return files.exists(f"{paths.LOCKS}/{lock}")


def _row(row: Any) -> dict[str, Any] | None:
    if not isinstance(row, Mapping) or not row.get("Address"):
        return None
    return {"address": str(row["Address"]), "id": row.get("ID"), "role": MEMBER_ROLES.get(row.get("Role") or 0)}


def datastore(files: Files) -> dict[str, Any]:
    """This node's member of the datastore, and the members that it knew last; all None on a worker and before the first start."""
    own = _row(plain_yaml.parse(files.text(f"{paths.BACKEND}/info.yaml") or ""))
    listed = plain_yaml.parse(files.text(f"{paths.BACKEND}/cluster.yaml") or "")
    members = [row for row in map(_row, listed) if row] if isinstance(listed, list) else None
    if own and members:
        # info.yaml is written once; the list is kept up to date.
        own["role"] = next((row["role"] for row in members if row["address"] == own["address"]), own["role"])
    return {**(own or {"address": None, "id": None, "role": None}), "members": members}


def api_servers(provider: str | None) -> list[str]:
    """The API servers that a worker's proxy knows, from traefik/provider.yaml."""
    return re.findall(r"""^\s*-\s*address:\s*["']?([^\s"']+)""", provider or "", re.M)


def arguments(files: Files) -> dict[str, dict[str, str]]:
    found = {name: files.text(f"{paths.ARGS}/{name}") for name in ARGUMENTS}
    return {name: Arguments.parse(text).values() for name, text in found.items() if text is not None}


def environment(files: Files) -> dict[str, dict[str, str]]:
    found = {name: files.text(f"{paths.ARGS}/{name}") for name in ENVIRONMENT}
    return {
        name: {key: without_password(value) for key, value in Environment.parse(text).values().items()}
        for name, text in found.items()
        if text is not None
    }


def registries(files: Files) -> dict[str, str]:
    texts = {host: files.text(f"{paths.REGISTRIES}/{host}/hosts.toml") for host in files.names(paths.REGISTRIES)}
    return {host: hashlib.sha256(text.encode()).hexdigest() for host, text in texts.items() if text is not None}


def expanded(value: str | None) -> str | None:
    """A path in an argument, as the service's shell makes it."""
    for name, path in (("SNAP_DATA", paths.SNAP_DATA), ("SNAP_COMMON", paths.SNAP_COMMON), ("SNAP", paths.SNAP)):
        value = re.sub(rf"\$(\{{{name}\}}|{name}\b)", path, value) if value else value
    return value


def cidrs(given: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {
        "cluster": (given.get("kube-proxy") or {}).get("--cluster-cidr") or DEFAULT_CIDRS["cluster"],
        "service": (given.get("kube-apiserver") or {}).get("--service-cluster-ip-range") or DEFAULT_CIDRS["service"],
    }


def node_name(files: Files, given: Mapping[str, Mapping[str, str]]) -> str | None:
    """The name under which the kubelet registers the node."""
    name = (given.get("kubelet") or {}).get("--hostname-override") or files.text("/proc/sys/kernel/hostname") or files.text("/etc/hostname")
    return name.strip().lower() or None if name else None


def _certificate(files: Files) -> dict[str, Any] | None:
    found = certificates.parse(files.text(f"{paths.CERTS}/server.crt"))
    return {"not_after": found.not_after.isoformat(), "sans": list(found.names)} if found else None


def role_of(files: Files, installed: bool) -> str:
    if not installed:
        return NONE
    return WORKER if locked(files, paths.LOCK_WORKER) else CONTROL_PLANE


def absent() -> dict[str, Any]:
    """The facts of a node without MicroK8s: all keys are there."""
    return {
        "installed": False,
        "role": NONE,
        "clustered": False,
        "join_in_progress": False,
        "stopped": False,
        "low_memory_guard": False,
        "ha_lock": False,
        "launch": {"applied": False, "pending": []},
        "sideload": {"waiting": [], "loaded": []},
        "services": {},
        "failed_services": [],
        "datastore": {"address": None, "id": None, "role": None, "members": None},
        "ca_sha256": None,
        "ca_not_before": None,
        "cluster_ca_sha256": None,
        "server_certificate": None,
        "api_servers": [],
        "arguments": {},
        "environment": {},
        "registries": {},
        "cidrs": {"cluster": None, "service": None},
        "kubelet_root": None,
        "extra_sans": [],
    }


def read(files: Files, installed: bool, daemons: Mapping[str, Service], with_arguments: bool = True) -> dict[str, Any]:
    """All facts that files and services give. installed: as snapd says. with_arguments: False leaves them out."""
    given = arguments(files) if installed else {}
    networks = cidrs(given)
    facts = {
        **absent(),
        "hostname": node_name(files, given),
        "default_addresses": addresses.ordered(
            files.text("/proc/net/fib_trie"), files.text("/proc/net/route"), networks["cluster"] if installed else None
        ),
        "disk": {"path": paths.DATA, "free_mib": files.free_mib(paths.DATA)},
    }
    if not installed:
        return facts
    role = role_of(files, installed)
    stopped, low_memory = locked(files, paths.LOCK_STOPPED), locked(files, paths.LOCK_LOW_MEMORY)
    authority = files.text(f"{paths.CERTS}/ca.crt")
    own_ca, parsed_ca = certificates.sha256(authority), certificates.parse(authority)
    launch, sideload = files.names(paths.LAUNCHER), files.names(paths.SIDELOAD)
    return {
        **facts,
        "installed": True,
        "role": role,
        "clustered": role == WORKER or locked(files, paths.LOCK_CLUSTERED),
        "join_in_progress": locked(files, paths.LOCK_JOINING),
        "stopped": stopped,
        "low_memory_guard": low_memory,
        "ha_lock": locked(files, paths.LOCK_HA),
        "launch": {
            "applied": f"install.yaml{APPLIED}" in launch,
            "pending": [name for name in launch if name.endswith(".yaml")],
        },
        "sideload": {
            "waiting": [name for name in sideload if name.endswith(".tar")],
            "loaded": [name[: -len(LOADED)] for name in sideload if name.endswith(f".tar{LOADED}")],
        },
        "services": services.facts(daemons),
        "failed_services": services.failed(daemons, services.expected(role, stopped, low_memory)),
        "datastore": datastore(files) if role == CONTROL_PLANE else facts["datastore"],
        "ca_sha256": own_ca,
        "ca_not_before": parsed_ca.not_before.isoformat() if parsed_ca else None,
        "cluster_ca_sha256": certificates.sha256(files.text(f"{paths.CERTS}/ca.remote.crt")) if role == WORKER else own_ca,
        "server_certificate": _certificate(files),
        "api_servers": api_servers(files.text(paths.PROVIDER)) if role == WORKER else [],
        "arguments": given if with_arguments else {},
        "environment": environment(files) if with_arguments else {},
        "registries": registries(files),
        "cidrs": networks,
        "kubelet_root": expanded((given.get("kubelet") or {}).get("--root-dir")) or paths.KUBELET_ROOT,
        "extra_sans": SanTemplate.parse(files.text(paths.SAN_TEMPLATE) or "").names(),
    }
