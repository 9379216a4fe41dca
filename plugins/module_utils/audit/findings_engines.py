# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in the engines themselves. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.findings_pods import NODE_GONE, USUAL_SECONDS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import BAD_IMAGES, BROKEN, CHARTS, RANGES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import (
    WORKLOADS,
    Snapshot,
    Thing,
    containers,
    images,
    labels,
    name,
    namespace,
    owner,
    spec,
    title,
)
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import (
    field,
    image_name,
    image_version,
    listed,
    quantity,
    version,
)

MICROK8S = ("microk8s.io/cluster", "node.kubernetes.io/microk8s-controlplane", "node.kubernetes.io/microk8s-worker")
OTHER_KUBELET = "/var/lib/kubelet"
CHART_LABELS = ("helm.sh/chart", "chart")
VERSION_LABEL = "openebs.io/version"
ANALYTICS = "OPENEBS_IO_ENABLE_ANALYTICS"
HELPER = re.compile(r"(init|cleanup|quota)-pvc-")
# Reasons of a container that waits, which do not pass by themselves.
STUCK = ("CrashLoopBackOff", "CreateContainerConfigError", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "RunContainerError")


def _all(look: Snapshot) -> list[Thing]:
    """Workloads of every engine, each once."""
    found = {title(one): one for engine in ENGINES for one in look.workloads(engine)}
    return [found[key] for key in sorted(found)]


def _with(look: Snapshot, wanted: tuple[str, ...]) -> Iterator[tuple[Thing, str]]:
    """Workloads that run one of certain images, with that image."""
    for one in _all(look):
        for image in images(one):
            if image_name(image) in wanted:
                yield one, image


def _counts(one: Thing) -> tuple[int, int]:
    """Ready and wanted pods."""
    status = one.get("status") or {}
    if one.get("kind") == "DaemonSet":
        return status.get("numberReady") or 0, status.get("desiredNumberScheduled") or 0
    wanted = spec(one).get("replicas")
    return status.get("readyReplicas") or 0, 1 if wanted is None else wanted


def _reason(look: Snapshot, one: Thing) -> str:
    """What the first pod that does not work says of itself."""
    for pod in look.owned(one):
        status = pod.get("status") or {}
        rows = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
        waiting = next((row["state"]["waiting"] for row in rows if field(row, ("state", "waiting"))), None)
        if waiting:
            return f"{name(pod)}: {waiting.get('reason')} {waiting.get('message') or ''}".rstrip(". ")
        told = [row for row in status.get("conditions") or () if row.get("type") == "PodScheduled" and row.get("status") == "False"]
        if told:
            return f"{name(pod)}: {told[0].get('message') or 'not scheduled'}".rstrip(". ")
    return "no pod gives a reason"


def not_working(look: Snapshot) -> Found:
    for one in _all(look):
        ready, wanted = _counts(one)
        if ready < wanted:
            yield title(one), {"ready": ready, "wanted": wanted, "reason": _reason(look, one), "namespace": namespace(one)}


def scaled_to_nothing(look: Snapshot) -> Found:
    for one in _all(look):
        if one.get("kind") != "DaemonSet" and _counts(one)[1] == 0:
            yield title(one), {"namespace": namespace(one), "name": name(one), "kind": str(one.get("kind")).lower()}


def two_provisioners(look: Snapshot) -> Found:
    """Two installations which answer to one name; their locks lie in different namespaces, or have different names."""
    for engine in ENGINES:
        found = [one for one in look.workloads(engine) if {image_name(image) for image in images(one)} & set(engine.own_images)]
        same = [one for one in found if not engine.replicated and one.get("kind") == "Deployment"]
        if len(same) > 1:
            yield f"Engine {engine.name}", {"workloads": listed(map(title, same)), "provisioner": engine.provisioners[0]}


def _operators(look: Snapshot) -> list[Thing]:
    wanted = tuple(image for engine in ENGINES for image in engine.operators)
    return [one for one, _image in _with(look, wanted)]


def slow_operator(look: Snapshot) -> Found:
    """Its pod stays on a lost node for so long that the state of volumes is old all that time."""
    for one in _operators(look):
        rows = field(one, ("spec", "template", "spec", "tolerations")) or ()
        for key in NODE_GONE:
            told = [row for row in rows if row.get("key") == key and row.get("effect") in ("NoExecute", None, "")]
            seconds = [row.get("tolerationSeconds") for row in told]
            # Without a toleration of its own the pod gets the usual one.
            if not told or any(found is None or found >= USUAL_SECONDS for found in seconds):
                yield title(one), {"seconds": USUAL_SECONDS if not told or seconds[0] is not None else "any number of"}
                break


def operator_on_dead_node(look: Snapshot) -> Found:
    for one in _operators(look):
        for pod in look.owned(one):
            node = spec(pod).get("nodeName")
            if node and not look.ready(node):
                yield title(one), {"pod": name(pod), "node": node, "namespace": namespace(pod)}


def archived(look: Snapshot) -> Found:
    for engine in look.installed:
        if engine.archived:
            made = [claim for claim in look.claims if look.engine_of_volume(look.volume_of(claim)) is engine]
            yield f"Engine {engine.name}", {"because": engine.archived, "claims": len(made)}


def _chart(thing: Thing) -> tuple[str, str] | None:
    """Name and version of the chart that a workload came from."""
    for key in CHART_LABELS:
        found = re.fullmatch(r"(.+)-(\d+\.\d+.*)", str(labels(thing).get(key) or ""))
        if found:
            return found[1], found[2]
    return None


def expired_chart(look: Snapshot) -> Found:
    for one in (one for kind in WORKLOADS for one in look.of(kind)):
        found = _chart(one)
        for row in CHARTS:
            if found and found[0] == row.chart and (row.first is None or version(found[1]) < version(row.first)):
                yield f"Chart {found[0]} {found[1]}", {"because": row.because}


def _versions(look: Snapshot) -> dict[str, list[str]]:
    """Versions of OpenEBS that workloads say they are of."""
    found: dict[str, list[str]] = {}
    for one in _all(look):
        told = labels(one).get(VERSION_LABEL) or field(one, ("spec", "template", "metadata", "labels", VERSION_LABEL))
        if version(told):
            found.setdefault(str(told), []).append(title(one))
    return found


def out_of_range(look: Snapshot) -> Found:
    for told, workloads in _versions(look).items():
        for row in RANGES:
            if not version(row.first) <= version(told) < version(row.end) or not look.kubernetes:
                continue
            below = row.kubernetes_below is not None and look.kubernetes >= version(row.kubernetes_below)
            if below or look.kubernetes < version(row.kubernetes_from):
                wanted = f"{row.kubernetes_from} or later" + (f" and below {row.kubernetes_below}" if row.kubernetes_below else "")
                yield f"OpenEBS {told}", {"wanted": wanted, "there": _short(look), "workloads": listed(workloads)}


def _short(look: Snapshot) -> str:
    return ".".join(map(str, look.kubernetes[:2]))


def broken_version(look: Snapshot) -> Found:
    for row in BROKEN:
        for one, image in _with(look, row.images):
            there = image_version(image)
            if there and there < version(row.fixed) and look.kubernetes >= version(row.kubernetes_from):
                yield title(one), {"image": image, "because": row.because, "fixed": row.fixed, "kubernetes": _short(look)}


def bad_image(look: Snapshot) -> Found:
    made_for = {field(node, ("status", "nodeInfo", "architecture")) for node in look.nodes.values()}
    for one in (one for kind in WORKLOADS for one in look.of(kind) if namespace(one) in look.engine_namespaces):
        for image in images(one):
            for row in BAD_IMAGES:
                if re.fullmatch(row.pattern, image) and (row.architectures is None or made_for & set(row.architectures)):
                    yield title(one), {"image": image, "because": row.because, "cure": row.cure}


def wrong_kubelet(look: Snapshot) -> Found:
    if not any(key in labels(node) for node in look.nodes.values() for key in MICROK8S):
        return
    for one in _all(look):
        paths = [field(row, ("hostPath", "path")) for row in field(one, ("spec", "template", "spec", "volumes")) or ()]
        wrong = sorted({path for path in paths if path and (path == OTHER_KUBELET or path.startswith(f"{OTHER_KUBELET}/"))})
        if wrong and one.get("kind") == "DaemonSet":
            yield title(one), {"paths": listed(wrong)}


def analytics(look: Snapshot) -> Found:
    for one in _all(look):
        told = {row.get("name"): str(row.get("value")) for container in containers(one) for row in container.get("env") or ()}
        if told.get(ANALYTICS, "").lower() == "true":
            yield title(one), {"variable": ANALYTICS}


def _unlimited(container: Thing) -> bool:
    return not quantity(field(container, ("resources", "limits", "memory")) or "0")


def without_limits(look: Snapshot) -> Found:
    wanted = {image for engine in ENGINES for image in engine.data_images}
    for one in _all(look):
        rows = [row for row in containers(one) if image_name(str(row.get("image"))) in wanted and _unlimited(row)]
        if rows:
            yield title(one), {"containers": listed(str(row.get("name")) for row in rows)}


def helper_stuck(look: Snapshot) -> Found:
    for pod in look.of("Pod"):
        if namespace(pod) not in look.engine_namespaces or not HELPER.match(name(pod)):
            continue
        rows = [field(row, ("state", "waiting", "reason")) for row in field(pod, ("status", "containerStatuses")) or ()]
        wrong = next((reason for reason in rows if reason in STUCK), None)
        if wrong or field(pod, ("status", "phase")) == "Failed":
            yield title(pod), {"reason": wrong or "it failed", "node": spec(pod).get("nodeName") or "no node"}


def replica_without_node(look: Snapshot) -> Found:
    """A pod with a copy of a volume that no node takes: its data lie on a node that takes no pods now."""
    wanted = {image for engine in ENGINES for image in engine.data_images}
    for pod in look.of("Pod"):
        if field(pod, ("status", "phase")) != "Pending" or spec(pod).get("nodeName"):
            continue
        if {image_name(image) for image in images(pod)} & wanted and owner(pod):
            rows = field(pod, ("status", "conditions")) or ()
            told = next((row.get("message") for row in rows if row.get("type") == "PodScheduled"), None)
            yield title(pod), {"message": str(told or "no reason is given").rstrip(". ")}
