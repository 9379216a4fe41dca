# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in memory, a clock that only sleeping moves, and hands that note what they are asked."""

from __future__ import annotations

import copy
import itertools

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Power

UID = "11111111-aaaa"


def conflict():
    return ClusterError("somebody was quicker", reason="Conflict", status=409)


class Api:
    """Objects by kind, namespace and name. failing: what a call raises instead, by its first words; each once."""

    def __init__(self, *objects):
        self.objects, self.calls, self.failing, self.closed = {}, [], {}, 0
        self._versions = itertools.count(1)
        self.add({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": UID}}, *objects)

    def add(self, *objects):
        for item in objects:
            item = copy.deepcopy(item)
            number = next(self._versions)
            item["metadata"].setdefault("uid", f"uid-{number}")
            item["metadata"]["resourceVersion"] = str(number)
            self.objects[item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]] = item

    def _called(self, *words):
        self.calls.append(words)
        for prefix, errors in self.failing.items():
            if words[: len(prefix)] == prefix and errors:
                raise errors.pop(0)

    def get(self, kind, name, namespace=None, api_version="v1"):
        self._called("get", kind, name)
        return copy.deepcopy(self.objects.get((kind, namespace, name)))

    def list(self, kind, namespace=None, api_version="v1", labels=None, fields=None):
        self._called("list", kind)
        key, _same, wanted = (fields or "").partition("=")
        return [
            copy.deepcopy(item)
            for (its, place, _name), item in self.objects.items()
            if its == kind and namespace in (None, place) and (not key or field(item, key) == wanted)
        ]

    def create(self, body, *, again=False):
        self._called("create", body["kind"], body["metadata"]["name"])
        key = (body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"])
        if key in self.objects:
            raise ClusterError("it is there", reason="AlreadyExists", status=409)
        self.add(body)
        return copy.deepcopy(self.objects[key])

    def patch(self, kind, name, body, namespace=None, api_version="v1", content_type=None):
        self._called("patch", kind, name, body)
        item = self.objects.get((kind, namespace, name))
        if item is None:
            raise ClusterError("it is not there", reason="NotFound", status=404)
        for key in ("uid", "resourceVersion"):
            if body.get("metadata", {}).get(key, item["metadata"][key]) != item["metadata"][key]:
                raise conflict()
        merge(item, body)
        item["metadata"]["resourceVersion"] = str(next(self._versions))
        return copy.deepcopy(item)

    def delete(self, kind, name, namespace=None, api_version="v1", uid=None, grace_seconds=None, **_more):
        self._called("delete", kind, name, grace_seconds)
        item = self.objects.get((kind, namespace, name))
        if item is None:
            return False
        if uid and item["metadata"]["uid"] != uid:
            raise conflict()
        del self.objects[kind, namespace, name]
        return True

    def evict(self, name, namespace, grace_seconds=None):
        self._called("evict", namespace, name)
        return self.objects.pop(("Pod", namespace, name), None) is not None

    def execute(self, pod, namespace, container, command, *, target=None, silence=0.0, **_more):
        target.write(b"KILL 27\n")
        self._called("execute", pod, container, *command)

    def close(self):
        self.closed += 1


def field(item, path):
    for key in path.split("."):
        item = item.get(key, {})
    return item


def merge(item, body):
    for key, value in body.items():
        if value is None:
            item.pop(key, None)
        elif isinstance(value, dict):
            merge(item.setdefault(key, {}), value)
        else:
            item[key] = copy.deepcopy(value)


def node(name="pi02", ready=True, unschedulable=False, taints=(), **annotations):
    return {
        "kind": "Node",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {**({"unschedulable": True} if unschedulable else {}), **({"taints": list(taints)} if taints else {})},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}]},
    }


def pod(name, on="pi02", owner="ReplicaSet", namespace="database", **more):
    owners = [{"kind": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": namespace, "ownerReferences": owners, **more}
    return {"kind": "Pod", "metadata": metadata, "spec": {"nodeName": on}, "status": {"phase": "Running"}}


class World:
    """answers: what a script on the node says, by a word that is in it; the longest known word counts. A FailoverError is raised instead.

    codes: what the commands of power end with, by name, one after the other, the last for ever.
    """

    def __init__(self, *objects):
        self.api = Api(*objects)
        self.at, self.said, self.log = 1_000_000, [], []
        self.answers = {
            "pikube_undo\n": "clean",
            "pikube_arm\n": "armed",
            "pikube_partition\n": "cut nft eth0 wlan0",
            "pikube_stop\n": "stopped",
            "pikube_crash\n": "crashes 0000-boot",
            "pikube_asked_from\n": "10.0.0.1\n",
        }
        self.codes = {"off": [0], "on": [0], "is_off": [0]}
        self.hands = Hands(self.api, self.node, self.power, Power(["off"], ["on"], ["is_off"]), self.clock, self.sleep, self.said.append)

    def clock(self):
        return self.at

    def sleep(self, seconds):
        self.at += int(seconds * 1e6)

    def node(self, script, seconds):
        for end, answer in self.answers.items():
            if script.endswith(end):
                self.log.append(end.strip())
                if isinstance(answer, Exception):
                    raise answer  # pylint: disable=raising-bad-type
                return answer
        raise FailoverError("the node was asked something strange")

    def power(self, command, seconds):
        self.log.append(command[0])
        codes = self.codes[command[0]]
        return (codes.pop(0) if len(codes) > 1 else codes[0]), "as told"
