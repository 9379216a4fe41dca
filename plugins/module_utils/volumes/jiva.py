# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jiva: a target (controller) with a full copy on each of several nodes. Its JivaVolume is written by an operator that may be dead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import node_named
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title

KIND = "JivaVolume"
# Labels of the operator's pod, by chart.
OPERATOR = ({"name": "jiva-operator"}, {"component": "jiva-operator"}, {"openebs.io/component-name": "jiva-operator"})
COMPONENT = "openebs.io/component"
# The operator looks every 30 s (chart value resyncInterval), and was seen to lag by up to 28 s behind the target.
LOOKS_EVERY = 30
SYNCED = "RW"


def volume_of(world: World, name: str) -> Mapping[str, Any] | None:
    return next((item for item in world.all(KIND) if item["metadata"]["name"] == name), None)


def question(volume: Mapping[str, Any], world: World) -> str | None:
    """The path under which the API server passes on the target's own list of copies, None if no target runs that could answer."""
    name = volume["metadata"]["name"]
    own = volume_of(world, name)
    if own is None or not any(world.runs(pod) for pod in targets(world, name)):
        return None
    return f"/api/v1/namespaces/{own['metadata']['namespace']}/services/{name}-jiva-ctrl-svc:9501/proxy/v1/replicas"


def look(volume: Mapping[str, Any], world: World) -> Finding:
    name = volume["metadata"]["name"]
    own = volume_of(world, name)
    if own is None:
        return Finding(
            doubts=(f"there is no {KIND} {name}, so that the engine knows nothing of the volume. Do not delete the claim",),
            evidence=(Evidence(f"no {KIND} of that name", f"{KIND}/{name}"),),
        )
    spec, status = own.get("spec") or {}, own.get("status") or {}
    wanted = spec.get("desiredReplicationFactor")
    target, target_doubts, target_evidence = target_of(world, name)
    modes, mode_doubts, mode_evidence, asked = modes_of(world, volume, own, status)
    copies, warnings = copies_of(world, own, modes)
    # What the target says is true now, however short it has been there.
    doubts = mode_doubts if asked else (*mode_doubts, *target_doubts)
    if not isinstance(wanted, int) or wanted < 1:
        wanted = None
        doubts = (f"{title(own)} does not say how many copies there should be (spec.desiredReplicationFactor)", *doubts)
    label = (own["metadata"].get("labels") or {}).get("nodeID") or None
    return Finding(
        copies=copies,
        wanted=wanted,
        quorum=None if wanted is None else wanted // 2 + 1,
        held_by=node_named(label, world.labels),
        # The driver of a node that comes back empties the label, without looking whose it is now.
        book=Evidence(
            f"names {label} as its holder" if label else "names no holder, which proves nothing", f"{title(own)} metadata.labels[nodeID]", 0
        ),
        target=target,
        writes=None if asked or doubts or status.get("status") == SYNCED else False,
        doubts=tuple(doubts),
        warnings=tuple(warnings),
        evidence=(*mode_evidence, *target_evidence),
    )


def targets(world: World, name: str) -> list[Mapping[str, Any]]:
    return [pod for pod in world.of_volume("Pod", name) if pod["metadata"]["labels"].get(COMPONENT) == "jiva-controller"]


def target_of(world: World, name: str) -> tuple[str | None, tuple[str, ...], tuple[Evidence, ...]]:
    """Node of the target's pod; why what was said of the volume may not hold; evidence."""
    pods = targets(world, name)
    running = next((pod for pod in pods if world.runs(pod)), None)
    if running is None:
        said = "; ".join(f"{pod['metadata']['name']} {world.why_not_running(pod)}" for pod in pods) or f"there is no pod {name}-jiva-ctrl"
        last = next((pod["spec"].get("nodeName") for pod in pods), None)
        return (
            last,
            (f"its target does not run ({said}), so nothing is served; a new one is made by itself if its Deployment can be scheduled",),
            (Evidence(f"the target does not run: {said}", "Pod status and Node status", 0),),
        )
    since, node = world.runs_for(running), running["spec"]["nodeName"]
    evidence = (Evidence(f"the target runs on {node}", f"{title(running)} status", world.nodes[node].heard),)
    if since is not None and since < LOOKS_EVERY:
        text = f"its target runs for {since:.0f} s only, and its copies start anew with it; look again in {LOOKS_EVERY} s"
        return node, (text,), evidence
    return node, (), evidence


def modes_of(
    world: World, volume: Mapping[str, Any], own: Mapping[str, Any], status: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[str, ...], tuple[Evidence, ...], bool]:
    """Mode of each copy by the address of its pod, doubts, evidence, and whether the target itself said it."""
    path = question(volume, world)
    answer = world.answer(path)
    rows = rows_of(answer.content) if answer is not None else None
    if rows is not None:
        return by_address(rows), (), (Evidence(modes_text(rows), f"the target itself ({path})", 0),), True
    source = f"{title(own)} status.replicaStatus"
    rows = status.get("replicaStatus") or []
    changed, doubts, age = world.changed(own), *operator_doubts(world, own)
    says = f"{modes_text(rows)}, phase {status.get('phase') or 'empty'}, status {status.get('status') or 'absent'}"
    since = "" if changed is None else f", unchanged for {changed:.0f} s"
    why = f"did not answer: {answer.trouble or 'its answer is not understood'}" if answer is not None else "was not asked"
    evidence = (Evidence(f"{says}{since}", source, age), Evidence(f"the target itself {why}", path or "its REST API", None))
    return by_address(rows), doubts, evidence, False


def operator_doubts(world: World, own: Mapping[str, Any]) -> tuple[tuple[str, ...], float | None]:
    """Why the status may be out of date, and how old it is: at most while the operator lives, at least when it does not."""
    pods = world.pods(any_of=OPERATOR)
    said = f"{title(own)} may be out of date"
    if not pods:
        return (f"{said}: there is no pod of jiva-operator. See kubectl get deployments,pods -A -l name=jiva-operator",), world.changed(own)
    pod = pods[0]
    name, namespace = pod["metadata"]["name"], pod["metadata"].get("namespace")
    node = (pod.get("spec") or {}).get("nodeName")
    if not world.runs(pod):
        cure = (
            f"See kubectl -n {namespace} describe pod {name}"
            if world.ready(node) or not node
            else f"If {node} is surely off, kubectl -n {namespace} delete pod {name} --force --grace-period=0 has it start elsewhere"
        )
        heard = world.nodes[node].heard if node in world.nodes else None
        return (f"{said}: its operator {name} {world.why_not_running(pod)}. {cure}",), world.changed(own) if heard is None else heard
    since, changed = world.runs_for(pod), world.changed(own)
    if since is not None and since < LOOKS_EVERY and (changed is None or changed > since):
        return (f"{said}: its operator runs for {since:.0f} s only and looks every {LOOKS_EVERY} s. Look again then",), changed
    return (), LOOKS_EVERY + (world.nodes[node].heard or 0)


def rows_of(content: Any) -> list[Mapping[str, Any]] | None:
    """The copies in the target's answer, None if it is none."""
    rows = content.get("data") if isinstance(content, Mapping) else None
    return rows if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows) else None


def by_address(rows: list[Mapping[str, Any]]) -> dict[str, str]:
    """tcp://10.1.1.5:9502 names a pod by its address, which changes whenever the pod is made anew."""
    return {urlsplit(str(row.get("address"))).hostname or str(row.get("address")): str(row.get("mode")) for row in rows}


def modes_text(rows: list[Mapping[str, Any]]) -> str:
    modes = [str(row.get("mode")) for row in rows]
    return f"{modes.count(SYNCED)} {SYNCED} of {len(modes)} copies" + "".join(
        f", {modes.count(mode)} {mode}" for mode in dict.fromkeys(modes) if mode != SYNCED
    )


def copies_of(world: World, own: Mapping[str, Any], modes: Mapping[str, str]) -> tuple[tuple[Copy, ...], list[str]]:
    """A copy for each claim of the volume's StatefulSet: its home is that of the claim's volume, whatever its pod does."""
    name, namespace = own["metadata"]["name"], own["metadata"]["namespace"]
    copies, warnings, left = [], [], dict(modes)
    homes: list[tuple[str | None, str | None, Mapping[str, Any] | None]] = []
    for claim in world.claims_of(name):
        home = world.one("PersistentVolume", (claim.get("spec") or {}).get("volumeName") or "")
        places = world.places(home) if home else None
        path = ((home or {}).get("spec", {}).get("local") or (home or {}).get("spec", {}).get("hostPath") or {}).get("path")
        pods = world.users(namespace, claim["metadata"]["name"])
        pod = next((pod for pod in pods if world.runs(pod)), pods[0] if pods else None)
        homes.append((places[0] if places and len(places) == 1 else None, path, pod))
    if not homes:
        pods = [pod for pod in world.of_volume("Pod", name) if pod["metadata"]["labels"].get(COMPONENT) == "jiva-replica"]
        homes = [((pod.get("spec") or {}).get("nodeName"), None, pod) for pod in pods]
    for home, path, pod in homes:
        node = home or ((pod or {}).get("spec") or {}).get("nodeName")
        mode = left.pop(((pod or {}).get("status") or {}).get("podIP") or "", None)
        if pod is None:
            copies.append(Copy(node, path, "no pod", False))
        elif mode is None:
            why = world.why_not_running(pod)
            copies.append(Copy(node, path, f"not known to the target{f': its pod {why}' if why else ''}", False))
        elif not world.runs(pod):
            copies.append(Copy(node, path, f"{mode} is said, but its pod {world.why_not_running(pod)}", False))
        else:
            copies.append(Copy(node, path, mode, mode == SYNCED))
    warnings += [f"a copy at {address} ({mode}) is of no pod that there is; its pod was made anew" for address, mode in left.items()]
    return tuple(sorted(copies, key=lambda copy: (copy.node or "", copy.place or ""))), warnings
