# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons: what proves each present or absent, and what `microk8s enable` and `disable` can end with.

MicroK8s itself calls an add-on enabled when a word of it stands anywhere in the list of all objects, whether a pod of it works or not.
Source: addons.yaml and the scripts of canonical/microk8s-core-addons and microk8s-community-addons, scripts/wrappers/common/utils.py of
canonical/microk8s (1.30 to 1.36); seconds as observed on 1.34.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import dns, paths, plain_yaml
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.evidence import (
    ApiService,
    Authorization,
    File,
    Namespace,
    Service,
    StorageClass,
    Workload,
)
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import NEW_TOKEN, Outcome

PRESENT, ABSENT = "present", "absent"


@dataclass(frozen=True)
class Addon:
    """evidence: what has to be there and work. usual: seconds from the command to its effect. timeout: seconds for the effect.

    node: it is a matter of the one node, not of the cluster. untouchable: why it is neither enabled nor disabled here.
    destroys: the argument without which `disable` waits for an answer, because it erases data.
    """

    name: str
    repository: str
    evidence: tuple[Any, ...]
    usual: tuple[int, int]
    timeout: int = 300
    node: bool = False
    untouchable: str = ""
    destroys: str = ""


HELM = File(f"{paths.SNAP}/bin/helm")
ADDONS = (
    Addon("dns", "core", (dns.SERVERS, Service("kube-system", "kube-dns")), (10, 60)),
    Addon("helm", "core", (HELM,), (1, 3), node=True),
    Addon("helm3", "core", (HELM,), (1, 3), node=True),
    Addon("community", "core", (File(f"{paths.SNAP_COMMON}/addons/community/addons.yaml"),), (2, 10), node=True),
    Addon(
        "metrics-server",
        "core",
        (Workload("Deployment", "kube-system", "metrics-server"), ApiService("v1beta1.metrics.k8s.io")),
        (30, 90),
    ),
    Addon("rbac", "core", (Authorization(),), (10, 60)),
    Addon(
        "hostpath-storage",
        "core",
        (Workload("Deployment", "kube-system", "hostpath-provisioner"), StorageClass("microk8s-hostpath")),
        (10, 60),
        destroys="destroy-storage",
    ),
    # helm's hook before a deletion waits 300 s where the pods never ran.
    Addon("openebs", "community", (Namespace("openebs", 3), StorageClass("openebs-hostpath")), (60, 240), timeout=600),
    Addon(
        "ha-cluster",
        "core",
        (File(f"{paths.LOCKS}/{paths.LOCK_HA}"),),
        (1, 3),
        node=True,
        untouchable="disabling it resets the cluster, and enabling it again does not bring it back",
    ),
)
BY_NAME = {addon.name: addon for addon in ADDONS}

CHANGE = (
    Outcome("already", (0,), r"is already (enabled|disabled)", "", good=True),
    Outcome(
        "unknown_addon",
        (0, 1),
        r"Addon \S+ not found|was not found in any repository",
        "no repository on the node has such an add-on",
        "See `microk8s addons repo list`; those of the community come with the add-on community",
    ),
    Outcome(
        "iscsid",
        (0,),
        r"iscsid is not available or enabled",
        "the service iscsid is not enabled, and nothing was installed",
        "Enable it on every node (systemctl enable --now iscsid; package open-iscsi)",
    ),
    Outcome(
        "ambiguous",
        (1,),
        r"exists in (more than one|multiple) repositor|multiple repositories|is available in repositories",
        "several repositories have an add-on of that name",
        "Write REPOSITORY/NAME",
    ),
    Outcome(
        "mixed_arguments",
        (1,),
        r"Can't pass string arguments and flag arguments",
        "an add-on takes values or flags, not both",
        "Give one kind of arguments",
    ),
    Outcome(
        "node_down",
        (1,),
        r"Failed to reach node",
        "a node of the cluster could not be reached, and the add-on has to change arguments on all of them",
        "Bring the node back (tcp 25000), or remove it from the cluster, then run again",
        touched=True,
    ),
    Outcome(
        "chart_repository",
        (1,),
        r"is not a valid chart repository|cannot be reached|failed to fetch|could not (download|find) .*chart|no such host",
        "the chart it installs could not be downloaded",
        "The node needs a way to the Internet for this add-on, or install it from a chart file",
        touched=True,
    ),
    Outcome(
        "half_installed",
        (1,),
        r"cannot re-use a name that is still in use",
        "an earlier run of it was interrupted and left a Helm release behind",
        "Uninstall it: microk8s helm3 uninstall NAME -n NAMESPACE, then run again",
        touched=True,
    ),
    Outcome(
        "api_down",
        (1,),
        r"Connection refused|connection to the server .* was refused|CalledProcessError|net/http: TLS handshake timeout",
        "the API server went away meanwhile",
        "Run again",
        retry=NEW_TOKEN,
        touched=True,
    ),
    Outcome("done", (0,), None, "", good=True, touched=True),
)


def repositories(texts: dict[str, str]) -> dict[str, list[str]]:
    """What the repositories on a node have: from their addons.yaml, by the name of the repository."""
    found = {}
    for repository, text in sorted(texts.items()):
        parsed = plain_yaml.parse(text, numbers=False)
        body = parsed.get("microk8s-addons") if isinstance(parsed, dict) else None
        rows = (body or {}).get("addons") if isinstance(body, dict) else None
        found[repository] = [str(row["name"]) for row in rows or [] if isinstance(row, dict) and row.get("name")]
    return found


def qualified(name: str, there: dict[str, list[str]], node: str) -> str:
    """REPOSITORY/NAME. Raises MicroK8sError for an add-on that no repository has, or several: MicroK8s ends well for the first of these."""
    wanted, _slash, bare = name.rpartition("/")
    known = BY_NAME.get(bare)
    holders = [repository for repository, names in there.items() if bare in names and wanted in ("", repository)]
    if known and not wanted and known.repository in holders:
        holders = [known.repository]
    if len(holders) == 1:
        return f"{holders[0]}/{bare}"
    if holders:
        raise MicroK8sError(f"{node}: add-on {bare} is in several repositories ({', '.join(holders)}). Write REPOSITORY/{bare}", addon=name)
    listed = "; ".join(f"{repository}: {', '.join(sorted(names)) or 'nothing'}" for repository, names in there.items()) or "no repository"
    hint = " Enable the add-on community before it." if known and known.repository not in there else ""
    raise MicroK8sError(f"{node}: no repository has an add-on {name}.{hint} There is {listed}", addon=name, repositories=there)


def words(name: str, arguments: list[str]) -> list[str]:
    """How an add-on with its arguments is written: flags follow it, values come after a colon. Raises MicroK8sError for both at once."""
    flags = [part for part in arguments if part.startswith("-")]
    if not flags:
        return [f"{name}:{':'.join(arguments)}" if arguments else name]
    # The value of a flag may follow it as a word of its own.
    if not arguments[0].startswith("-"):
        raise MicroK8sError(f"add-on {name}: {arguments[0]!r} is a value and {flags[0]!r} a flag; MicroK8s takes one kind", addon=name)
    return [name, *arguments]


def check(name: str, state: str, arguments: list[str]) -> None:
    """Raises MicroK8sError for what must not be asked for."""
    known = BY_NAME.get(name.rpartition("/")[2])
    if known and known.untouchable:
        raise MicroK8sError(f"add-on {name} is left as it is: {known.untouchable}", addon=name)
    if known and known.destroys and state == ABSENT and known.destroys not in arguments:
        raise MicroK8sError(
            f"add-on {name}: to take it away erases the data of all its volumes. Give arguments: [{known.destroys}] if that is wanted",
            addon=name,
        )


def forwarders(corefile: str) -> list[str]:
    """To which servers CoreDNS forwards, from its configuration."""
    for line in corefile.splitlines():
        parts = line.split()
        if parts[:2] == ["forward", "."]:
            return [part for part in parts[2:] if part != "{"]
    return []


def ignored_arguments(name: str, arguments: list[str], corefile: str | None) -> str | None:
    """What to warn of when an add-on is there already: MicroK8s ignores new arguments then. corefile: of CoreDNS, if it is known."""
    if not arguments:
        return None
    bare = name.rpartition("/")[2]
    if bare == "dns" and corefile is not None and not arguments[0].startswith("-"):
        wanted, have = [part for part in arguments[0].split(",") if part], forwarders(corefile)
        if not wanted or set(wanted) == set(have):
            return None
        return (
            f"add-on dns is enabled and forwards to {', '.join(have) or 'nothing'}, not to {', '.join(wanted)}:"
            " MicroK8s ignores arguments of an enabled add-on. Disable and enable it, or change ConfigMap kube-system/coredns"
        )
    return (
        f"add-on {name} is enabled already, and MicroK8s ignores arguments of an enabled add-on ({' '.join(arguments)})."
        " If they differ from those it was enabled with, disable and enable it"
    )
