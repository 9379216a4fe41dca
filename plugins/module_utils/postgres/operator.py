# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The released manifest of CloudNativePG's operator, made fit for a site of its own."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

GROUP = "postgresql.cnpg.io"
API_VERSION = f"{GROUP}/v1"
NAMESPACE = "cnpg-system"
DEPLOYMENT = "cnpg-controller-manager"
VERSION = "1.30.0"
MANIFEST = f"https://github.com/cloudnative-pg/cloudnative-pg/releases/download/v{VERSION}/cnpg-{VERSION}.yaml"
# Never made: with it the API asks the operator what it thinks of a new object.
PROBE = {
    "apiVersion": API_VERSION,
    "kind": "Cluster",
    "metadata": {"name": "probe", "namespace": NAMESPACE},
    "spec": {"instances": 1, "storage": {"size": "1Gi"}},
}
REPLICAS = 2  # one leads; with one alone, and it on the lost node, the failover begins minutes later


def fitted(documents: Sequence[Any], mirror: str = "") -> list[dict[str, Any]]:
    """The objects to apply, definitions first. documents: those of the manifest. mirror: a registry in the place of that of the images.

    Raises PostgresError for what is not such a manifest.
    """
    found = [copy.deepcopy(dict(item)) for item in documents if isinstance(item, Mapping) and item]
    deployments = [item for item in found if item.get("kind") == "Deployment" and item["metadata"].get("name") == DEPLOYMENT]
    kinds = {(item.get("spec") or {}).get("names", {}).get("kind") for item in found if item.get("kind") == "CustomResourceDefinition"}
    if len(deployments) != 1 or "Cluster" not in kinds:
        raise PostgresError(
            f"postgres_operator_manifest: this is no manifest of CloudNativePG: it has {len(deployments)} Deployment {DEPLOYMENT}, and"
            f" {'a' if 'Cluster' in kinds else 'no'} definition of Cluster. Take the released one: {MANIFEST}"
        )
    deployments[0]["spec"]["replicas"] = REPLICAS
    template = deployments[0]["spec"]["template"]["spec"]
    template["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(deployments[0]["spec"]["selector"]["matchLabels"])},
        }
    ]
    for container in template["containers"]:
        # The manifest says Always, with which a node without the registry cannot start what it has.
        container["imagePullPolicy"] = "IfNotPresent"
        if mirror:
            container["image"] = mirrored(container["image"], mirror)
            for row in container.get("env") or []:
                if row.get("name") == "OPERATOR_IMAGE_NAME":
                    row["value"] = mirrored(row["value"], mirror)
    return sorted(found, key=lambda item: {"Namespace": 0, "CustomResourceDefinition": 1}.get(item["kind"], 2))


def mirrored(image: str, mirror: str) -> str:
    """The same image from another registry."""
    first, slash, rest = image.partition("/")
    return f"{mirror.rstrip('/')}/{rest if slash and ('.' in first or ':' in first) else image}"


def version(documents: Sequence[Mapping[str, Any]]) -> str:
    """Of the operator in a fitted manifest, by the tag of its image; empty for none."""
    deployment = next(item for item in documents if item.get("kind") == "Deployment" and item["metadata"].get("name") == DEPLOYMENT)
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0]
    return image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""
