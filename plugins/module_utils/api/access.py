# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster's API servers are, and who one is for them: a kubeconfig as values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import ClusterError

PORT = 16443  # the API server of MicroK8s
FETCH = "Give the content of a kubeconfig as module microk8s_kubeconfig returns it"


@dataclass(frozen=True)
class Access:
    """servers: URLs, the preferred one first. The texts are PEM."""

    servers: tuple[str, ...]
    authority: str | None
    certificate: str | None
    key: str | None
    token: str | None
    verify: bool = True
    server_name: str | None = None

    @classmethod
    def of(cls, kubeconfig: Mapping[str, Any], servers: Iterable[str] = ()) -> Access:
        """Read the current context. Raises ClusterError for what is missing, and for users whose credentials another program makes."""
        if not isinstance(kubeconfig, Mapping):
            raise ClusterError(f"the kubeconfig is no mapping. {FETCH}", reason="BadKubeconfig")
        contexts = kubeconfig.get("contexts") or []
        name = kubeconfig.get("current-context") or (contexts[0].get("name") if contexts else None)
        context = named(contexts, name, "context")
        cluster = named(kubeconfig.get("clusters"), context.get("cluster"), "cluster")
        user = named(kubeconfig.get("users"), context.get("user"), "user")
        if "exec" in user or "auth-provider" in user:
            raise ClusterError(
                f"the kubeconfig's user {context.get('user')!r} gets its credentials from another program. {FETCH}", reason="BadKubeconfig"
            )
        if not cluster.get("server"):
            raise ClusterError(f"the kubeconfig's cluster {context.get('cluster')!r} has no server. {FETCH}", reason="BadKubeconfig")
        return cls(
            servers=tuple(dict.fromkeys(url(server) for server in (cluster["server"], *servers) if server)),
            authority=text(cluster, "certificate-authority"),
            certificate=text(user, "client-certificate"),
            key=text(user, "client-key"),
            token=user.get("token"),
            verify=not cluster.get("insecure-skip-tls-verify"),
            server_name=cluster.get("tls-server-name"),
        )

    def only(self, server: str) -> Access:
        return replace(self, servers=(url(server),))


def url(server: str) -> str:
    """The URL of an API server that is given as one, or as an address with or without a port."""
    server = server.strip().rstrip("/")
    if "://" in server:
        return server
    bare = server.strip("[]")
    if bare.count(":") > 1:
        return f"https://[{bare}]:{PORT}"
    return f"https://{server}" if ":" in server else f"https://{server}:{PORT}"


def named(entries: Any, name: Any, kind: str) -> Mapping[str, Any]:
    for entry in entries or []:
        if entry.get("name") == name:
            return entry.get(kind) or {}
    raise ClusterError(f"the kubeconfig has no {kind} {name!r}. {FETCH}", reason="BadKubeconfig")


def text(holder: Mapping[str, Any], key: str) -> str | None:
    """PEM that stands in the kubeconfig itself (KEY-data) or in a file of this machine (KEY)."""
    data = holder.get(f"{key}-data")
    try:
        if data:
            return base64.b64decode("".join(data.split()), validate=True).decode("ascii")
        return Path(holder[key]).read_text(encoding="ascii") if holder.get(key) else None
    except (binascii.Error, UnicodeDecodeError, OSError) as error:
        raise ClusterError(f"{key} of the kubeconfig cannot be read: {error}. {FETCH}", reason="BadKubeconfig") from error
