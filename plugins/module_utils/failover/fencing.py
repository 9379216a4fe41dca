# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give back the Leases that a node holds which is proven off. Nobody renews them any more, and who stands by waits for their whole time
first: 15 s for the operator's and for those of Kubernetes' controllers, 12 s for the primary's.

As an orderly end does it (client-go, tools/leaderelection): no holder, and one second. What the node believes does not matter when it is
back: its processes are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError

API = "coordination.k8s.io/v1"
SYSTEM = "kube-system"  # there Kubernetes' own processes hold Leases by the name of their host
NOBODY = {"holderIdentity": "", "leaseDurationSeconds": 1}


def held(api: Any, node: str) -> list[dict[str, Any]]:
    """The Leases that a node holds, or one of its pods: by their name, alone or before "_"."""
    pods = api.list("Pod", fields=f"spec.nodeName={node}")
    names = {(SYSTEM, node), *((pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in pods)}
    return [lease for lease in api.list("Lease", None, API) if (lease["metadata"]["namespace"], _holder(lease)) in names]


def _holder(lease: Mapping[str, Any]) -> str:
    return ((lease.get("spec") or {}).get("holderIdentity") or "").partition("_")[0]


def give_back(api: Any, leases: Iterable[Mapping[str, Any]]) -> list[str]:
    """NAMESPACE/NAME of those that have no holder now. Their holders have to be proven off. One that somebody took meanwhile is his."""
    done = []
    for metadata in (lease["metadata"] for lease in leases):
        body = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "spec": NOBODY}
        try:
            api.patch("Lease", metadata["name"], body, metadata["namespace"], API)
        except ClusterError:
            continue
        done.append(f"{metadata['namespace']}/{metadata['name']}")
    return sorted(done)
