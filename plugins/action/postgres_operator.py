# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.yaml import yaml_load_all
from ansible.module_utils.urls import open_url
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import operator
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import APPS, PostgresAction, operator_deployment, troubles
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "manifest": {"type": "str", "default": operator.MANIFEST},
    "image_mirror": {"type": "str", "default": ""},
    "upgrade": {"type": "bool", "default": False},
    "begin": {"type": "bool", "default": False},
    "wait_seconds": {"type": "int", "default": 300},
}
DOWNLOAD_SECONDS = 60


class ActionModule(PostgresAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        there = operator_deployment(cluster)
        if wanted["begin"] and there is not None:
            return {"changed": False, "objects": [], "diff": [], "version": operator.version_of(there)}
        if operator.managed(there):
            warnings = operator.judged(there, operator.VERSION)
            if not self._task.check_mode:
                self.waited_for(cluster, there, wanted["wait_seconds"])
            return {"changed": False, "objects": [], "diff": [], "version": operator.version_of(there), "warnings": warnings}
        try:
            objects = operator.fitted(documents(wanted["manifest"]), wanted["image_mirror"])
        except UnreachableError as error:
            # What runs is of this manifest; a site that is cut off for a while goes on with it.
            if there is None or (wanted["manifest"], operator.version_of(there)) != (operator.MANIFEST, operator.VERSION):
                raise
            self.waited_for(cluster, there, wanted["wait_seconds"])
            warnings = [f"the operator {operator.VERSION} runs and was not compared with its manifest: {error}"]
            return {"changed": False, "objects": [], "diff": [], "version": operator.VERSION, "warnings": warnings}
        version = operator.version(objects)
        operator.check(there, version, wanted["upgrade"])
        self.says("the objects of the operator are applied")
        changed, diff = self.applied(cluster, objects)
        if not self._task.check_mode and not wanted["begin"]:
            self.waited_for(cluster, next(item for item in objects if item["kind"] == "Deployment"), wanted["wait_seconds"])
        return {"changed": bool(changed), "objects": changed, "diff": diff, "version": version}

    def waited_for(self, cluster: Cluster, deployment: Mapping[str, Any], seconds: int) -> None:
        """Until it works, which is that it judges an object: the API asks it to before it takes one."""
        name, namespace = deployment["metadata"]["name"], deployment["metadata"]["namespace"]

        def look() -> list[str]:
            found = cluster.get("Deployment", name, namespace, APPS) or {}
            # One leads and the other one stands by, so that one is enough to go on.
            if (found.get("status") or {}).get("availableReplicas", 0) < 1:
                says = troubles(cluster, namespace)
                return [f"{pod}: {text}" for pod, text in says.items()] or ["its pods start"]
            try:
                cluster.apply(operator.probe(namespace), dry_run=True)
            except ClusterError as error:
                if "webhook" not in str(error):
                    raise
                return ["it does not answer the API yet"]
            return []

        listed = self.until("the operator", seconds, look)
        if listed:
            raise PostgresError(
                f"the operator of CloudNativePG does not work after {seconds} s: {listed}. See that the nodes reach the registry of its"
                " image, or set postgres_image_mirror, or bring the image as a file (microk8s_image_archives)"
            )


def documents(place: str) -> list[Any]:
    """Of a manifest, by its address or its path on the controller."""
    try:
        text = open_url(place, timeout=DOWNLOAD_SECONDS).read() if "://" in place else Path(place).expanduser().read_bytes()
        # By libyaml where it is there: a megabyte takes Python alone three seconds.
        return list(yaml_load_all(text))
    except (OSError, yaml.YAMLError) as error:
        cure = f"Bring it as a file: {operator.MANIFEST}" if "://" in place else "Give the path of a file on this machine"
        kind = UnreachableError if "://" in place else PostgresError
        raise kind(f"postgres_operator_manifest: {place} cannot be read: {error}. {cure}") from error


class UnreachableError(PostgresError):
    """A manifest that cannot be downloaded now."""
