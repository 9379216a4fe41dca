# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for on nodes. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import Engine
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import COMPANIONS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import HOSTNAME, Snapshot, Thing, labels, name, namespace, spec
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, gib, listed, quantity, words

PAGE = 4096
SHORT_PERCENT = 10
SHORT_BYTES = 2 * 2**30  # MicroK8s evicts pods at 1 GiB
CARDS = ("sd",)
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
DATA = "/var/snap"  # where MicroK8s and the local engines keep what they have


def _node(called: str) -> str:
    return f"Node {called}"


def _condition(look: Snapshot, kind: str) -> Iterator[tuple[str, str]]:
    for called, node in look.nodes.items():
        for one in field(node, ("status", "conditions")) or ():
            if one.get("type") == kind and one.get("status") == "True":
                yield called, str(one.get("message") or one.get("reason") or "no reason is given").rstrip(". ")


def disk_pressure(look: Snapshot) -> Found:
    for called, message in _condition(look, "DiskPressure"):
        yield _node(called), {"message": message}


def _file_system(facts: Thing, path: str) -> Thing | None:
    """The file system of the facts that a path lies in: the longest of those which are known."""
    rows = [row for row in facts.get("file_systems") or () if _below(path, str(row.get("path")))]
    return max(rows, key=lambda row: len(str(row.get("path"))), default=None)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def short_of_space(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        row = _file_system(facts, DATA) or {}
        size, free = row.get("size_bytes"), row.get("available_bytes")
        if size and free is not None and (free < SHORT_BYTES or free * 100 < size * SHORT_PERCENT):
            yield _node(called), {"free": gib(free), "size": gib(size), "path": row.get("mount_point") or row.get("path")}


def _at(look: Snapshot, called: str) -> list[Thing]:
    """Volumes that are a folder of a node's own file system."""
    names = {called, str(labels(look.nodes.get(called, {})).get(HOSTNAME) or called)}
    found = []
    for volume in look.of("PersistentVolume"):
        engine = look.engine_of_volume(volume)
        if names & set(look.home(volume)) and (engine is None or engine.thin_folder):
            found.append(volume)
    return found


def overcommitted(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        row = _file_system(facts, DATA) or {}
        sizes = [quantity(field(volume, ("spec", "capacity", "storage"))) or 0 for volume in _at(look, called)]
        if row.get("size_bytes") and sum(sizes) > row["size_bytes"]:
            yield _node(called), {"count": len(sizes), "promised": gib(sum(sizes)), "size": gib(row["size_bytes"])}


def _for_engines(look: Snapshot, takes: Callable[[Engine], Any], wrong: Callable[[Thing, Engine], Any]) -> Found:
    """Each node, with the installed engines that need what it does not have. wrong: values for the texts, or None."""
    for called, facts in look.facts.items():
        for engine in look.installed:
            values = wrong(facts, engine) if takes(engine) else None
            if values is not None:
                yield _node(called), {"engine": engine.name, "node": called, **values}


def _iscsi(key: str) -> Callable[[Thing, Engine], Any]:
    return lambda facts, _engine: {} if field(facts, ("iscsi", key)) is False else None


def no_initiator(look: Snapshot) -> Found:
    yield from _for_engines(look, lambda engine: engine.iscsi, _iscsi("installed"))


def _daemon(key: str) -> Callable[[Snapshot], Found]:
    def find(look: Snapshot) -> Found:
        """A node without the package is another check's."""
        for thing, values in _for_engines(look, lambda engine: engine.iscsi, _iscsi(key)):
            if field(look.facts[values["node"]], ("iscsi", "installed")) is not False:
                yield thing, values

    return find


daemon_not_enabled = _daemon("iscsid_enabled")
daemon_not_running = _daemon("iscsid_active")


def _shared(values: Iterator[tuple[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for holder, value in values:
        if value:
            found.setdefault(str(value), []).append(holder)
    return {value: sorted(holders) for value, holders in found.items() if len(holders) > 1}


def same_initiator(look: Snapshot) -> Found:
    if any(engine.iscsi for engine in look.installed):
        held = _shared((called, field(facts, ("iscsi", "initiator_name"))) for called, facts in look.facts.items())
        for value, nodes in held.items():
            yield f"Nodes {listed(nodes)}", {"name": value}


def same_machine_id(look: Snapshot) -> Found:
    held = _shared((called, field(node, ("status", "nodeInfo", "machineID"))) for called, node in look.nodes.items())
    for value, nodes in held.items():
        yield f"Nodes {listed(nodes)}", {"value": value}


def _media(look: Snapshot, volume: Thing) -> Iterator[tuple[str, str]]:
    """Node and medium of each file system that a volume lies on: its own, or those of its copies."""
    rows = [row for row in look.rows if row.get("volume") == name(volume)]
    copies = [copy for row in rows for copy in row.get("copies") or () if isinstance(copy, dict) and copy.get("node")]
    places = {str(copy["node"]): str(copy.get("path") or copy.get("place") or DATA) for copy in copies}
    path = str(field(volume, ("spec", "local", "path")) or field(volume, ("spec", "hostPath", "path")) or DATA)
    places = places or dict.fromkeys(look.home(volume), path)
    for called, where in sorted(places.items()):
        row = _file_system(look.facts.get(called, {}), where)
        # A disk that an engine has for itself is no file system; what it is made of is not told here.
        if row and where.startswith("/") and not where.startswith("/dev/"):
            yield called, str(row.get("medium"))


def database_on_card(look: Snapshot) -> Found:
    for claim in look.claims:
        for node, medium in _media(look, look.volume_of(claim)):
            pods = look.keeps_data(claim)
            if pods and medium in CARDS:
                yield f"PersistentVolumeClaim {namespace(claim)}/{name(claim)}", {"node": node, "pods": listed(map(name, pods))}


def companion_on_card(look: Snapshot) -> Found:
    for claim in look.of("PersistentVolumeClaim"):
        told = set(words(name(claim))) & set(COMPANIONS)
        if told and namespace(claim) in look.engine_namespaces:
            for node, medium in _media(look, look.volume_of(claim)):
                if medium in CARDS:
                    yield f"PersistentVolumeClaim {namespace(claim)}/{name(claim)}", {"node": node, "service": sorted(told)[0]}


def large_pages(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        size = facts.get("page_size")
        if size and size != PAGE and look.installed:
            yield _node(called), {"size": size, "engines": listed(engine.name for engine in look.installed)}


def no_images(look: Snapshot) -> Found:
    for called, node in look.nodes.items():
        made_for = field(node, ("status", "nodeInfo", "architecture"))
        for engine in look.installed:
            if made_for and made_for not in engine.architectures:
                yield _node(called), {"engine": engine.name, "architecture": made_for, "able": listed(engine.architectures)}


def no_modules(look: Snapshot) -> Found:
    def wrong(facts: Thing, engine: Engine) -> Any:
        told = field(facts, ("kernel", "modules")) or {}
        absent = [module for module in engine.modules if told.get(module) == "absent"]
        return {"modules": listed(absent), "kernel": field(facts, ("kernel", "release"))} if absent else None

    yield from _for_engines(look, lambda engine: engine.modules, wrong)


def few_hugepages(look: Snapshot) -> Found:
    for engine in look.installed:
        for called, node in look.nodes.items():
            there = quantity(field(node, ("status", "capacity", "hugepages-2Mi")) or "0") or 0
            if there < engine.hugepages_bytes:
                wanted = gib(engine.hugepages_bytes)
                yield _node(called), {"engine": engine.name, "there": gib(there), "wanted": wanted, "node": called}


def clock_alone(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        if field(facts, ("time", "synchronized")) is False:
            yield _node(called), {"service": field(facts, ("time", "service")) or "no service"}


def other_host_name(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        host, told = facts.get("hostname"), labels(look.nodes.get(called, {})).get(HOSTNAME)
        if host and told and str(host).lower() != told:
            yield _node(called), {"host": host, "label": told}


def no_memory_limits(look: Snapshot) -> Found:
    for called, facts in look.facts.items():
        if "memory" in (field(facts, ("cgroup", "missing")) or ()):
            yield _node(called), {}


def disks_alike(look: Snapshot) -> Found:
    """Disks that cannot be told apart, where an engine goes by their serial numbers."""
    if not any(engine.raw_disks for engine in look.installed):
        return
    disks = [(called, disk) for called, facts in look.facts.items() for disk in facts.get("disks") or () if disk.get("medium") != "virtual"]
    for called, disk in disks:
        if disk.get("free") and not disk.get("serial"):
            yield f"Node {called}, disk {disk.get('path')}", {"what": "it has no serial number"}
    held = _shared((f"{called} {disk.get('path')}", disk.get("serial")) for called, disk in disks)
    for value, holders in held.items():
        yield f"Disks {listed(holders)}", {"what": f"they have the same serial number {value}"}


def still_out_of_service(look: Snapshot) -> Found:
    for called, node in look.nodes.items():
        if look.ready(called) and any(taint.get("key") == OUT_OF_SERVICE for taint in spec(node).get("taints") or ()):
            yield _node(called), {"taint": OUT_OF_SERVICE, "node": called}
