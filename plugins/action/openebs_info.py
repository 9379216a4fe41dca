# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes, release_plan, removal
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.components import Component
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import (
    RELEASE,
    OpenebsAction,
    seen_components,
    seen_custom_kinds,
    seen_releases,
    wanted_release,
)
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

COMPONENT = {
    "kind": {"type": "str", "choices": ["Deployment", "StatefulSet", "DaemonSet"], "required": True},
    "name": {"type": "str", "required": True},
    "of": {"type": "str", "default": "1"},
}
ARGUMENTS = {
    **ACCESS,
    "namespace": {"type": "str", "default": "openebs"},
    "components": {"type": "list", "elements": "dict", "default": [], "options": COMPONENT},
    "wait_seconds": {"type": "int", "default": 0},
    "release": {"type": "dict", "options": RELEASE},
    "custom_kinds": {"type": "bool", "default": False},
}
PAUSE = 2.0


class ActionModule(OpenebsAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        found = self.waited_for(cluster, wanted)
        seen = seen_releases(cluster)
        there = cluster.list("StorageClass", api_version=classes.API_VERSION)
        plan = release_plan.plan(wanted_release(wanted["release"], wanted["namespace"]), seen).facts() if wanted["release"] else None
        version = json.loads(cluster.raw("/version"))["gitVersion"]
        return {
            "changed": False,
            "kubernetes": ".".join(re.findall(r"\d+", version)[:2]),
            "releases": [release.facts() for release in seen],
            "release": plan,
            "components": [one.facts() for one in found],
            "works": bool(found) and all(one.fine for one in found),
            "classes": [classes.facts(item) for item in there],
            "volumes": removal.volumes(cluster.list("PersistentVolume")),
            "waiting_claims": removal.waiting(cluster.list("PersistentVolumeClaim"), there),
            "custom_kinds": seen_custom_kinds(cluster) if wanted["custom_kinds"] else [],
        }

    def waited_for(self, cluster: Cluster, wanted: dict[str, Any]) -> list[Component]:
        begin = time.monotonic()
        while True:
            try:
                found = seen_components(cluster, wanted["components"], wanted["namespace"])
            except ClusterError as error:
                if not wanted["wait_seconds"] or not error.passing or time.monotonic() - begin >= wanted["wait_seconds"]:
                    raise
                self.says(f"the API does not answer ({error})")
                time.sleep(PAUSE)
                continue
            broken = [one for one in found if not one.fine]
            if not broken or not wanted["wait_seconds"] or self._task.check_mode:
                return found
            waited = time.monotonic() - begin
            if waited >= wanted["wait_seconds"] or any(one.final for one in broken):
                raise OpenebsError(
                    f"openebs: {len(found) - len(broken)} of {len(found)} components work after {waited:.0f} s; "
                    + "; ".join(one.text for one in broken)
                    + f". {broken[0].cure or 'Run again'}",
                    components=[one.facts() for one in found],
                )
            self.says(f"{len(found) - len(broken)} of {len(found)} components work, waiting for {broken[0].text}")
            time.sleep(PAUSE)
