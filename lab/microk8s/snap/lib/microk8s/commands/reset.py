"""microk8s reset: add-ons, workloads and definitions of a single node are taken away, then everything is started anew."""

from __future__ import annotations

import json
import os

from microk8s import addons, kube, paths
from microk8s.commands import start, stop

KEPT_ADDONS = ("ha-cluster", "community")
KEPT_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
KEPT_CLASS = "microk8s-hostpath"
KINDS = (
    "ingress,daemonset,deployment,statefulset,replicaset,replicationcontroller,job,cronjob,pod",
    "persistentvolumeclaim,configmap,secret,networkpolicy",
)


def run(arguments: list[str]) -> int:
    if arguments not in ([], ["--destroy-storage"]):
        raise paths.unknown(f"reset {' '.join(arguments)}")
    if os.geteuid() != 0:
        paths.say("Elevated permissions are needed for this command. Please use sudo.")
        return 50
    nodes = kube.kubectl("get", "nodes", "-o", "name")
    if nodes.returncode != 0:
        paths.say("Failed to query the cluster nodes.")
        return 1
    if len(nodes.stdout.split()) > 1:
        paths.say(
            "This is a multi-node MicroK8s deployment. Reset is applicable for single node clusters.\n"
            "Please remove all joined nodes before calling reset."
        )
        return 0
    disable_addons()
    delete_resources()
    paths.say("Deleting the CNI")
    return stop.run([]) or start.run([])


def disable_addons() -> None:
    enabled, _disabled = addons.listing()
    for addon in enabled:
        if addon.name not in (*KEPT_ADDONS, "helm", "helm3"):
            paths.say(f"Disabling addon : {addon.repository}/{addon.name}")
            storage = [":destroy-storage"] if addon.name in ("hostpath-storage", "storage") else [""]
            addons.switch("disable", [f"{addon.repository}/{addon.name}{storage[0]}"])


def delete_resources() -> None:
    for namespace in kube.kubectl("get", "namespaces", "-o", "name").stdout.split():
        name = namespace.partition("/")[2]
        paths.say(f"Cleaning resources in namespace {name}")
        for kinds in KINDS:
            kube.kubectl("delete", kinds, "--all", "-n", name, "--wait=false")
        if name not in KEPT_NAMESPACES:
            kube.kubectl("delete", "namespace", name, "--timeout=120s", timeout=150)
    kube.kubectl("delete", "customresourcedefinitions", "--all", "--timeout=300s", timeout=330)
    classes = json.loads(kube.kubectl("get", "storageclass", "-o", "json").stdout or '{"items": []}')["items"]
    for item in classes:
        if item["metadata"]["name"] != KEPT_CLASS:
            kube.kubectl("delete", "storageclass", item["metadata"]["name"])
    kube.kubectl("delete", "persistentvolume", "--all", "--timeout=60s", timeout=90)
