# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in claims and their namespaces. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot, Thing, name, namespace, owner, spec, title
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, listed, quantity

STORAGE = ("requests.storage", "persistentvolumeclaims")
OF_CLASS = ".storageclass.storage.k8s.io/"
FULL = 90  # per cent of a quota


def _pending(look: Snapshot) -> list[Thing]:
    return [claim for claim in look.claims if field(claim, ("status", "phase")) == "Pending"]


def without_class(look: Snapshot) -> Found:
    """A class of "" means on purpose that there is none."""
    for claim in look.claims:
        if not spec(claim).get("volumeName") and look.class_of(claim) is None and not look.default_classes:
            yield title(claim), {"classes": listed(look.classes) or "none"}


def class_missing(look: Snapshot) -> Found:
    for claim in _pending(look):
        wanted = look.class_of(claim)
        if wanted and wanted not in look.classes:
            yield title(claim), {"wanted": wanted, "classes": listed(look.classes) or "none"}


def stuck(look: Snapshot) -> Found:
    for claim in _pending(look):
        pods = look.pods_of(claim)
        if pods and look.class_of(claim) in look.classes:
            yield title(claim), {"pods": listed(map(name, pods)), "storage_class": look.class_of(claim)}


def lost(look: Snapshot) -> Found:
    for claim in look.claims:
        called = spec(claim).get("volumeName")
        if field(claim, ("status", "phase")) == "Lost" or (called and not look.volume_of(claim)):
            yield title(claim), {"volume": called or "(unknown)"}


def beyond_engine(look: Snapshot) -> Found:
    """An access mode or volume mode that the engine of the class does not have."""
    for claim in look.claims:
        one = look.classes.get(look.class_of(claim) or "", {})
        engine = look.engine_of_class(one)
        if engine is None or (spec(claim).get("volumeName") and look.engine_of_volume(look.volume_of(claim)) is not engine):
            continue
        wrong = [mode for mode in spec(claim).get("accessModes") or () if mode not in engine.access_modes]
        mode = spec(claim).get("volumeMode") or "Filesystem"
        wrong += [] if mode in engine.volume_modes else [f"volume mode {mode}"]
        if wrong:
            able = listed((*engine.access_modes, *engine.volume_modes))
            yield title(claim), {"wrong": listed(wrong), "engine": engine.name, "able": able}


def shared(look: Snapshot) -> Found:
    """Several pods of one owner that keeps data on one claim, or pods on several nodes on a volume for one node."""
    for claim in look.claims:
        pods = look.keeps_data(claim)
        modes = spec(claim).get("accessModes") or ()
        places = {str(spec(pod)["nodeName"]) for pod in look.pods_of(claim) if spec(pod).get("nodeName")}
        if len(pods) > 1 and len({(owner(pod).get("kind"), owner(pod).get("name")) for pod in pods}) == 1:
            yield title(claim), {"pods": listed(map(name, pods)), "harm": "servers that write into one folder destroy each other's data"}
        elif "ReadWriteOnce" in modes and len(places) > 1:
            said = f"{listed(map(name, look.pods_of(claim)))} on {listed(sorted(places))}"
            yield title(claim), {"pods": said, "harm": "the volume is meant for one node"}


def deleted_with_claim(look: Snapshot) -> Found:
    for claim in look.claims:
        volume, pods = look.volume_of(claim), look.keeps_data(claim)
        if pods and spec(volume).get("persistentVolumeReclaimPolicy") == "Delete":
            yield title(claim), {"volume": name(volume), "pods": listed(map(name, pods))}


def deleted_with_set(look: Snapshot) -> Found:
    for one in look.of("StatefulSet"):
        policy = spec(one).get("persistentVolumeClaimRetentionPolicy") or {}
        told = sorted(key for key, value in policy.items() if value == "Delete")
        if told and look.judged(one):
            yield title(one), {"when": listed(told)}


def _namespaces(look: Snapshot) -> list[str]:
    return sorted({namespace(claim) for claim in look.claims})


def _limits_storage(keys: Iterable[str]) -> bool:
    return any(key in STORAGE or OF_CLASS in key for key in keys)


def without_quota(look: Snapshot) -> Found:
    limited = {namespace(one) for one in look.of("ResourceQuota") if _limits_storage(spec(one).get("hard") or {})}
    for one in _namespaces(look):
        if one not in limited:
            count = sum(namespace(claim) == one for claim in look.claims)
            yield f"Namespace {one}", {"claims": count, "namespace": one}


def without_limit_range(look: Snapshot) -> Found:
    limited = {
        namespace(one)
        for one in look.of("LimitRange")
        if any(row.get("type") == "PersistentVolumeClaim" for row in spec(one).get("limits") or ())
    }
    for one in _namespaces(look):
        if one not in limited:
            yield f"Namespace {one}", {"namespace": one}


def part_of_quota(look: Snapshot) -> Found:
    """A namespace whose quotas limit storage, but not processors and memory."""
    for one in _namespaces(look):
        keys = {key for quota in look.of("ResourceQuota") if namespace(quota) == one for key in spec(quota).get("hard") or {}}
        missing = [what for what in ("cpu", "memory") if not keys & {what, f"requests.{what}", f"limits.{what}"}]
        if _limits_storage(keys) and missing:
            yield f"Namespace {one}", {"missing": listed(missing)}


def quota_full(look: Snapshot) -> Found:
    for one in look.of("ResourceQuota"):
        hard, used = (field(one, ("status", key)) or {} for key in ("hard", "used"))
        for key in sorted(hard):
            most, now = quantity(hard[key]), quantity(used.get(key))
            if _limits_storage([key]) and look.judged(one) and most and now is not None and now * 100 >= most * FULL:
                yield title(one), {"key": key, "used": used[key], "hard": hard[key], "share": now * 100 // most}
