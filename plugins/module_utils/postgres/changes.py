# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for, beside what is there: which change is made, and which one is refused before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import quantity, versions
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import amount, words
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

CLAIM = re.compile(r".+-\d+")  # as the operator names them: that of the servers, and a number
MADE_WITH = "pikube.stateful/"  # annotations of a server alone: the beginning of their names
OTHER_NAME = "install it under another postgres_name, and restore a backup there (playbooks/restore.yml)"


def with_class(wishes: Wishes, there: Mapping[str, Any] | None, classes: Sequence[Mapping[str, Any]]) -> Wishes:
    """The wishes with the name of a class: the one asked for, that of what is there, or the default one.

    there: what keeps the data, as kept() gives it. classes: facts of all (name, default, allow_volume_expansion). Raises PostgresError
    where there is none.
    """
    names = sorted(row["name"] for row in classes)
    listed = f"There are {', '.join(names)}" if names else "There are none: run playbooks/install_openebs.yml"
    wanted = wishes.storage_class or (there or {}).get("storage_class") or ""
    if not wanted:
        defaults = sorted(row["name"] for row in classes if row["default"])
        if len(defaults) != 1:
            found = f"{' and '.join(defaults)} are the default ones" if defaults else "no class is the default one"
            raise PostgresError(f"postgres_storage_class is not set, and {found}. Name one. {listed}")
        wanted = defaults[0]
    if wanted not in names:
        raise PostgresError(f'postgres_storage_class: there is no class "{wanted}". {listed}')
    return replace(wishes, storage_class=wanted)


def kept(server: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What servers cannot change: topology, version, size (as written), storage_class, database, owner. None for none.

    server: a Cluster of CloudNativePG, or the StatefulSet of a server alone.
    """
    if server is None:
        return None
    spec = server["spec"]
    if server["kind"] == "StatefulSet":
        template = spec["volumeClaimTemplates"][0]["spec"]
        annotations = server["metadata"].get("annotations") or {}
        return {
            "topology": versions.SINGLE,
            "version": _major(spec["template"]["spec"]["containers"][0]["image"]),
            "size": template["resources"]["requests"]["storage"],
            "storage_class": template.get("storageClassName"),
            **{key: annotations.get(f"{MADE_WITH}{key}") for key in ("database", "owner")},
        }
    made = (spec.get("bootstrap") or {}).get("initdb") or {}
    return {
        "topology": versions.CLUSTER,
        "version": _major(str(spec.get("imageName") or "")),
        "size": (spec.get("storage") or {}).get("size"),
        "storage_class": (spec.get("storage") or {}).get("storageClass"),
        "database": made.get("database"),
        "owner": made.get("owner"),
    }


def _major(image: str) -> int | None:
    found = re.match(r"\d+", image.partition("@")[0].rpartition(":")[2])
    return int(found.group()) if found else None


def check(wishes: Wishes, there: Mapping[str, Any] | None, classes: Sequence[Mapping[str, Any]]) -> None:
    """Raises PostgresError for what cannot be made of what is there."""
    if there is None:
        return
    where = f"{wishes.namespace}/{wishes.name}"
    if there["topology"] != wishes.topology:
        raise PostgresError(
            f"postgres_topology: {wishes.topology} is asked for, and {where} is {there['topology']}. Rows do not move between them by"
            f" themselves: leave it, or {OTHER_NAME}"
        )
    if there["version"]:
        versions.change(there["version"], wishes.version)
    if there["storage_class"] and there["storage_class"] != wishes.storage_class:
        raise PostgresError(
            f"postgres_storage_class: {wishes.storage_class} is asked for, and {where} is on {there['storage_class']}. A volume does not"
            f" change its class: leave it, or {OTHER_NAME}"
        )
    for variable, asked in (("database", wishes.database), ("owner", wishes.owner)):
        if there[variable] and there[variable] != asked:
            raise PostgresError(
                f'postgres_{variable}: "{asked}" is asked for, and {where} was made with "{there[variable]}". Nothing is renamed here:'
                f" leave it, or {OTHER_NAME}"
            )
    if there["size"]:
        _size(wishes, quantity.size("its size", there["size"]), classes)


def _size(wishes: Wishes, before: int, classes: Sequence[Mapping[str, Any]]) -> None:
    if wishes.size < before:
        raise PostgresError(
            f"postgres_size: {wishes.size_text} is asked for, and the volumes of {wishes.namespace}/{wishes.name} have {words(before)}. A"
            f" volume does not shrink: leave it, or {OTHER_NAME}"
        )
    if wishes.size > before and wishes.topology == versions.SINGLE:
        raise PostgresError(
            f"postgres_size: {wishes.size_text} is asked for, and a StatefulSet does not let its claim of {words(before)} grow. Leave it,"
            f" or {OTHER_NAME}"
        )
    grows = {row["name"]: row["allow_volume_expansion"] for row in classes}
    if wishes.size > before and not grows.get(wishes.storage_class):
        raise PostgresError(
            f"postgres_size: {wishes.size_text} is asked for, and volumes of class {wishes.storage_class} do not grow beyond the"
            f" {words(before)} that they have. Leave it, or {OTHER_NAME}"
        )


def check_node_port(wishes: Wishes, own: str, services: Sequence[Mapping[str, Any]]) -> None:
    """Raises PostgresError for a port that another service has. own: name of the service that is to have it. services: of all."""
    for service in services:
        metadata = service["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == (wishes.namespace, own):
            continue
        taken = [port.get("nodePort") for port in (service.get("spec") or {}).get("ports") or []]
        if wishes.node_port and wishes.node_port in taken:
            raise PostgresError(
                f"postgres_node_port: {wishes.node_port} is taken by service {metadata.get('namespace')}/{metadata['name']}. Choose another"
                " one, or leave it out to get one that is free"
            )


def missing(wishes: Wishes, claims: Sequence[str]) -> int:
    """How many servers have no volume yet. claims: names of those of the namespace."""
    of_server = wishes.name if wishes.topology == versions.CLUSTER else f"data-{wishes.name}"
    return wishes.instances - sum(1 for claim in claims if CLAIM.fullmatch(claim) and claim.rpartition("-")[0] == of_server)


def check_room(wishes: Wishes, claims: Sequence[str], quotas: Sequence[Mapping[str, Any]], ranges: Sequence[Mapping[str, Any]]) -> None:
    """Raises PostgresError where the namespace may not have the volumes that are missing: the operator would say so in its log alone.

    claims: names of those that are there. quotas, ranges: ResourceQuota and LimitRange objects of the namespace.
    """
    number = missing(wishes, claims)
    if number < 1:
        return
    wanted = {"requests.storage": number * wishes.size, "persistentvolumeclaims": number}
    of_class = f"{wishes.storage_class}.storageclass.storage.k8s.io/"
    wanted |= {of_class + key: value for key, value in wanted.items()}
    for quota in quotas:
        status = quota.get("status") or {}
        for key, value in wanted.items():
            if key not in (status.get("hard") or {}):
                continue
            hard, used = (amount(status[part].get(key) or 0) for part in ("hard", "used"))
            if used + value > hard:
                say = words if key.endswith("storage") else str
                left = say(max(0, hard - used))
                raise PostgresError(
                    f"postgres_size, postgres_instances: {number} volumes of {wishes.size_text} are to be made, and exceed quota"
                    f" {quota['metadata']['name']} of namespace {wishes.namespace}: {key} has {left} left of {say(hard)}."
                    " Raise it (postgres_quota), or ask for less"
                )
    for limits in ranges:
        for row in (limits.get("spec") or {}).get("limits") or []:
            most = (row.get("max") or {}).get("storage")
            if row.get("type") == "PersistentVolumeClaim" and most and wishes.size > amount(most):
                raise PostgresError(
                    f"postgres_size: {wishes.size_text} is asked for, and a claim of namespace {wishes.namespace} may have"
                    f" {words(amount(most))} (LimitRange {limits['metadata']['name']}). Raise it (postgres_quota), or ask for less"
                )
