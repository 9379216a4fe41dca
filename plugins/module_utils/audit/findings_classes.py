# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in StorageClasses. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES, Engine
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import EMPTY_NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot, Thing, annotations, class_words, name, title
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, listed

# Words that promise an engine with copies, and what a name may say of what becomes of the data, and the reclaim policy that does so.
COPY_WORDS = ("replica", "replicas", "replicated")
POLICY_WORDS = {"retain": "Retain", "delete": "Delete"}


def copies(look: Snapshot, one: Thing, engine: Engine) -> int | None:
    """How many copies a class makes of each volume, None where that cannot be read."""
    parameters = one.get("parameters") or {}
    if engine.policy:
        policy = _policy(look, one, engine)
        told = field(policy, engine.policy.copies) if policy else None
        return told if isinstance(told, int) else engine.default_copies
    told = str(parameters.get(engine.copies, engine.default_copies))
    return int(told) if told.isdigit() else None


def _policy(look: Snapshot, one: Thing, engine: Engine) -> Thing | None:
    wanted = (one.get("parameters") or {}).get(engine.policy.parameter) if engine.policy else None
    return next((policy for policy in look.of(engine.policy.kind) if name(policy) == wanted), None) if engine.policy else None


def _used(look: Snapshot) -> list[tuple[Thing, Engine]]:
    return [(one, engine) for one in look.used_classes for engine in [look.engine_of_class(one)] if engine]


def _all(look: Snapshot) -> list[tuple[Thing, Engine]]:
    return [(one, engine) for one in look.of("StorageClass") for engine in [look.engine_of_class(one)] if engine]


def no_default(look: Snapshot) -> Found:
    if not look.default_classes:
        yield "StorageClasses", {"classes": listed(look.classes) or "none at all"}


def two_defaults(look: Snapshot) -> Found:
    if len(look.default_classes) > 1:
        yield "StorageClasses", {"classes": listed(look.default_classes)}


def borrows_engine(look: Snapshot) -> Found:
    """The name promises an engine, or copies, and the provisioner is that of another one, or of none."""
    for one in look.of("StorageClass"):
        mine, told = look.engine_of_class(one), class_words(one)
        if mine and set(told) & {mine.name, *mine.words}:
            continue
        promised = next(((word, engine.name) for word in told for engine in ENGINES if word in engine.words), None)
        copied = next(((word, "that copies data") for word in told if word in COPY_WORDS), None)
        said = promised or (None if mine and mine.replicated else copied)
        if said:
            yield title(one), {"said": said[0], "engine": said[1], "provisioner": one.get("provisioner")}


def misleading(look: Snapshot) -> Found:
    """The name says something of the class that is not so."""
    for one in look.used_classes:
        told = class_words(one)
        policy = one.get("reclaimPolicy") or "Delete"
        for word, means in POLICY_WORDS.items():
            if word in told and policy != means:
                yield title(one), {"word": word, "truth": f"its reclaim policy is {policy}"}
        if "default" in told and name(one) not in look.default_classes:
            yield title(one), {"word": "default", "truth": "it is not the default class"}
        engine = look.engine_of_class(one)
        number = next((int(word) for word in told if word.isdigit()), None)
        made = copies(look, one, engine) if engine and engine.replicated else None
        if number is not None and made is not None and number != made:
            yield title(one), {"word": str(number), "truth": f"it makes {made} copies of a volume"}


def says_nothing(look: Snapshot) -> Found:
    for one in look.of("StorageClass"):
        if name(one).lower() in EMPTY_NAMES:
            yield title(one), {"provisioner": one.get("provisioner"), "policy": one.get("reclaimPolicy") or "Delete"}


def _mode(one: Thing) -> str:
    return str(one.get("volumeBindingMode") or "Immediate")


def wrong_binding(look: Snapshot) -> Found:
    for one, engine in _all(look):
        if engine.binding and _mode(one) != engine.binding:
            yield title(one), {"mode": _mode(one), "engine": engine.name, "right": engine.binding}


def early_binding(look: Snapshot) -> Found:
    for one, engine in _used(look):
        if engine.better_binding and _mode(one) != engine.better_binding:
            yield title(one), {"mode": _mode(one), "engine": engine.name, "right": engine.better_binding}


def no_expansion(look: Snapshot) -> Found:
    for one, engine in _used(look):
        if engine.expands and not one.get("allowVolumeExpansion"):
            yield title(one), {"engine": engine.name}


def false_expansion(look: Snapshot) -> Found:
    for one, engine in _all(look):
        if not engine.expands and one.get("allowVolumeExpansion"):
            yield title(one), {"engine": engine.name}


def policy_missing(look: Snapshot) -> Found:
    for one, engine in _all(look):
        wanted = (one.get("parameters") or {}).get(engine.policy.parameter) if engine.policy else None
        if engine.policy and wanted and _policy(look, one, engine) is None:
            yield title(one), {"kind": engine.policy.kind, "policy": wanted}


def policy_ignored(look: Snapshot) -> Found:
    for one, engine in _all(look):
        for key in engine.policy.ignored if engine.policy else ():
            if key in (one.get("parameters") or {}):
                yield title(one), {"parameter": key, "right": engine.policy.parameter}


def too_many_copies(look: Snapshot) -> Found:
    for one, engine in _used(look):
        made = copies(look, one, engine) if engine.replicated else None
        if made is not None and made > len(look.schedulable):
            yield title(one), {"copies": made, "nodes": len(look.schedulable)}


def losses(engine: Engine, made: int) -> int:
    """How many copies may be lost before nothing can be written any more."""
    return made - (made // 2 + 1) if engine.majority else made - 1


def survives_nothing(look: Snapshot) -> Found:
    for one, engine in _used(look):
        made = copies(look, one, engine) if engine.replicated else None
        if made is not None and losses(engine, made) < 1:
            cure = "3" if engine.majority else "2 or more"
            yield title(one), {"copies": made, "engine": engine.name, "right": cure}


def nobody_serves(look: Snapshot) -> Found:
    for one, engine in _used(look):
        if not look.workloads(engine):
            yield title(one), {"provisioner": one.get("provisioner"), "engine": engine.name}


def lacks_annotations(look: Snapshot) -> Found:
    for one, engine in _all(look):
        missing: list[Any] = [key for key in engine.annotations if not annotations(one).get(key)]
        if missing:
            yield title(one), {"missing": listed(missing), "engine": engine.name}
