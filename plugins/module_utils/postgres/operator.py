# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The released manifest of CloudNativePG's operator, made fit for a site of its own."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

GROUP = "postgresql.cnpg.io"
API_VERSION = f"{GROUP}/v1"
NAMESPACE = "cnpg-system"
DEPLOYMENT = "cnpg-controller-manager"
VERSION = "1.30.0"
MANIFEST = f"https://github.com/cloudnative-pg/cloudnative-pg/releases/download/v{VERSION}/cnpg-{VERSION}.yaml"
LABELS = "app.kubernetes.io/name=cloudnative-pg"  # of its Deployment, whatever installed it
MANAGED_BY = "app.kubernetes.io/managed-by"
LEAST = (1, 28)  # the first one that knows all that is asked of it (failoverQuorum as a field)
# Seconds of silence after which a connection to an API server is asked whether it lives, and then counts as lost. The Go library has 30 and
# 15: what talked to the API server of a lost node would hear of nothing for so long.
CONNECTIONS = {"HTTP2_READ_IDLE_TIMEOUT_SECONDS": "3", "HTTP2_PING_TIMEOUT_SECONDS": "2"}
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
        container["env"] = [*(container.get("env") or []), *({"name": name, "value": value} for name, value in CONNECTIONS.items())]
        if mirror:
            container["image"] = mirrored(container["image"], mirror)
            for row in container.get("env") or []:
                if row.get("name") == "OPERATOR_IMAGE_NAME":
                    row["value"] = mirrored(row["value"], mirror)
    return sorted(found, key=lambda item: {"Namespace": 0, "CustomResourceDefinition": 1}.get(item["kind"], 2))


def probe(namespace: str) -> dict[str, Any]:
    """Never made: with it the API asks the operator what it thinks of a new object."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Cluster",
        "metadata": {"name": "probe", "namespace": namespace},
        "spec": {"instances": 1, "storage": {"size": "1Gi"}},
    }


def mirrored(image: str, mirror: str) -> str:
    """The same image from another registry."""
    first, slash, rest = image.partition("/")
    return f"{mirror.rstrip('/')}/{rest if slash and ('.' in first or ':' in first) else image}"


def version(documents: Sequence[Mapping[str, Any]]) -> str:
    """Of the operator in a fitted manifest, by the tag of its image; empty for none."""
    return version_of(next(item for item in documents if item.get("kind") == "Deployment" and item["metadata"].get("name") == DEPLOYMENT))


def version_of(deployment: Mapping[str, Any]) -> str:
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0]
    return image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""


def managed(there: Mapping[str, Any] | None) -> bool:
    """Whether Helm looks after an operator (its Deployment), by itself or for somebody."""
    return bool(there) and ((there["metadata"].get("labels") or {}).get(MANAGED_BY) == "Helm")


def judged(there: Mapping[str, Any], wanted: str) -> list[str]:
    """What is to be said of an operator that somebody else installed. Raises PostgresError for one that is too old."""
    found = version_of(there)
    where = f"{there['metadata'].get('namespace')}/{there['metadata']['name']}"
    if numbers(found)[:2] < LEAST:
        raise PostgresError(
            f"the operator of CloudNativePG that Helm installed ({where}) is {found or 'of an unknown version'}, and"
            f" {'.'.join(map(str, LEAST))} is the first one that can do what is asked of it. Upgrade its release to {wanted}"
        )
    if found == wanted:
        return []
    return [f"the operator {where} belongs to Helm and is left as it is: {found}, and {wanted} is what this collection is tested with"]


def check(there: Mapping[str, Any] | None, wanted: str, upgrade: bool) -> None:
    """Raises PostgresError where the manifest would change the version of an operator that is there (its Deployment), unless asked."""
    found = version_of(there) if there else wanted
    if found == wanted:
        return
    if numbers(found) > numbers(wanted):
        raise PostgresError(
            f"the operator of CloudNativePG is {found}, and the manifest is of {wanted}: an older one does not know what the newer one"
            f" wrote. Set postgres_operator_manifest to that of {found}: {released(found)}"
        )
    if not upgrade:
        raise PostgresError(
            f"the operator of CloudNativePG is {found or 'of an unknown version'}, and the manifest is of {wanted}. An upgrade brings all"
            " its clusters a new instance manager, standbys first and then by a switchover. For that: postgres_operator_upgrade: true;"
            f" to stay: postgres_operator_manifest: {released(found) if found else 'that of its version'}"
        )


def released(number: str) -> str:
    """Address of a manifest."""
    return MANIFEST.replace(VERSION, number)


def numbers(version: str) -> tuple[int, ...]:
    """For comparison; (0,) for what is none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(map(int, found.group(1).split("."))) if found else (0,)
