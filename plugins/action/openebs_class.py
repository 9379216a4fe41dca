# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import OpenebsAction, missing, shown
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

CLASS = {
    "name": {"type": "str", "required": True},
    "provisioner": {"type": "str", "required": True},
    "parameters": {"type": "dict", "default": {}},
    "annotations": {"type": "dict", "default": {}},
    "reclaim_policy": {"type": "str", "choices": ["Retain", "Delete"], "default": "Retain"},
    "volume_binding_mode": {"type": "str", "choices": ["WaitForFirstConsumer", "Immediate"], "default": "WaitForFirstConsumer"},
    "allow_volume_expansion": {"type": "bool", "default": False},
    "mount_options": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS = {
    **ACCESS,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "classes": {"type": "list", "elements": "dict", "default": [], "options": CLASS},
    "default_class": {"type": "str", "default": ""},
    "default_named": {"type": "bool", "default": False},
    "objects": {"type": "list", "elements": "dict", "default": []},
    "node_labels": {"type": "dict", "default": {}},
}


class ActionModule(OpenebsAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        there = cluster.list("StorageClass", api_version=classes.API_VERSION)
        by_name = {item["metadata"]["name"]: item for item in there}
        if wanted["state"] == "absent":
            return self.removed(cluster, there)
        # All of it is judged before any of it is written.
        changes = [classes.compare(one, by_name.get(one["name"])) for one in wanted["classes"]]
        default = (
            classes.default(wanted["default_class"], wanted["default_named"], there, [one.name for one in changes])
            if wanted["default_class"]
            else classes.Default(None)
        )
        labels = lacking(wanted["node_labels"], cluster.list("Node") if wanted["node_labels"] else [])
        objects = [one for one in wanted["objects"] if self.differs(cluster, one)]
        diff = [shown(one.before, one.after, f"StorageClass {one.name}") for one in changes if one.outcome != classes.THERE]
        diff += [shown(None, one, f"{one['kind']} {one['metadata']['name']}") for one in objects]
        diff += [shown({}, {"labels": own}, f"Node {name}") for name, own in labels.items()]
        diff += [shown({"default": True}, {"default": False}, f"StorageClass {name}") for name in default.take_from]
        diff += [shown({"default": False}, {"default": True}, f"StorageClass {default.make}")] if default.make else []
        if diff and not self._task.check_mode:
            for name, own in labels.items():
                cluster.patch("Node", name, {"metadata": {"labels": own}})
            for one in objects:
                cluster.apply(one)
            for one in changes:
                if one.outcome != classes.THERE:
                    cluster.apply(one.body)
            for name in default.take_from:
                self.annotate(cluster, name, False)
            if default.make:
                self.annotate(cluster, default.make, True)
        return {
            "changed": bool(diff),
            "classes": [{"name": one.name, "outcome": one.outcome} for one in changes],
            "default": wanted["default_class"],
            "default_taken_from": list(default.take_from),
            "diff": diff,
        }

    def differs(self, cluster: Cluster, wanted: dict[str, Any]) -> bool:
        """Whether an object lacks something of what is wanted."""
        metadata = wanted["metadata"]
        try:
            found = cluster.get(wanted["kind"], metadata["name"], metadata.get("namespace"), wanted["apiVersion"])
        except ClusterError as error:
            if not (missing(error) and self._task.check_mode):
                raise
            found = None
        return found is None or not within(wanted.get("spec"), found.get("spec"))

    def annotate(self, cluster: Cluster, name: str, default: bool) -> None:
        cluster.patch("StorageClass", name, classes.annotated(default), api_version=classes.API_VERSION)

    def removed(self, cluster: Cluster, there: list[dict[str, Any]]) -> dict[str, Any]:
        own = [item for item in there if classes.ours(item)]
        for item in own:
            if not self._task.check_mode:
                cluster.delete("StorageClass", item["metadata"]["name"], api_version=classes.API_VERSION, uid=item["metadata"].get("uid"))
        return {
            "changed": bool(own),
            "classes": [{"name": item["metadata"]["name"], "outcome": "removed"} for item in own],
            "default": "",
            "default_taken_from": [],
            "diff": [shown(classes.facts(item), None, f"StorageClass {item['metadata']['name']}") for item in own],
        }


def lacking(wanted: dict[str, dict[str, str]], nodes: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """By node the labels that it has not. None is ever taken away: what is on a node with it would not start there again."""
    has = {item["metadata"]["name"]: item["metadata"].get("labels") or {} for item in nodes}
    strange = sorted(set(wanted) - set(has))
    if strange:
        raise OpenebsError(
            f"node_labels: there is no node {', '.join(strange)} in the cluster, which has {', '.join(sorted(has)) or 'none'}. Nothing was"
            " changed"
        )
    found = {name: {key: value for key, value in own.items() if has[name].get(key) != value} for name, own in wanted.items()}
    return {name: own for name, own in sorted(found.items()) if own}


def within(wanted: Any, found: Any) -> bool:
    """Whether all that is wanted is found; what is found besides does not count."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and within(value, found[key]) for key, value in wanted.items())
    return wanted is None or wanted == found
