# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's kubeconfig of a control plane, from its file."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import certificates, paths, plain_yaml
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError


def _entry(found: Mapping[str, Any], kind: str, part: str) -> Mapping[str, Any]:
    rows = found.get(kind)
    entry = rows[0].get(part) if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else None
    if not isinstance(entry, Mapping):
        raise MicroK8sError(
            f"{paths.CLIENT_CONFIG} has no {kind}: it is not the kubeconfig of MicroK8s. microk8s refresh-certs makes it anew."
        )
    return entry


def kubeconfig(text: str | None, address: str, port: int = paths.API_PORT) -> dict[str, Any]:
    """The kubeconfig with the API server at the address. Raises MicroK8sError without a file, and for one without client credentials."""
    if text is None:
        raise MicroK8sError(f"{paths.CLIENT_CONFIG} is not there or cannot be read. Is MicroK8s installed, and is become: true set?")
    found = plain_yaml.parse(text, numbers=False)
    found = found if isinstance(found, Mapping) else {}
    cluster, user = _entry(found, "clusters", "cluster"), _entry(found, "users", "user")
    authority = cluster.get("certificate-authority-data")
    if not authority or not (user.get("client-certificate-data") or user.get("token")):
        raise MicroK8sError(f"{paths.CLIENT_CONFIG} has no certificate authority or no credentials. microk8s refresh-certs makes it anew.")
    host = f"[{address}]" if ":" in address else address
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "microk8s-cluster", "cluster": {"certificate-authority-data": authority, "server": f"https://{host}:{port}"}}
        ],
        "contexts": [{"name": "microk8s", "context": {"cluster": "microk8s-cluster", "user": "admin"}}],
        "current-context": "microk8s",
        "users": [{"name": "admin", "user": dict(user)}],
    }


def authority_of(config: Mapping[str, Any]) -> str | None:
    """The fingerprint of the certificate authority in a kubeconfig."""
    try:
        pem = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode("ascii", "replace")
    except ValueError:
        return None
    return certificates.sha256(pem)


def names_server(certificate: str | None, address: str) -> bool | None:
    """Whether the API server's certificate is valid for the address; None if the certificate is not known."""
    found = certificates.parse(certificate)
    if found is None:
        return None
    try:
        return str(ipaddress.ip_address(address)) in found.names
    except ValueError:
        return address.lower() in [name.lower() for name in found.names]
