# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which engine is installed already, and which have volumes: from classes and volumes as module openebs_info returns them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.charts import NAMESPACE
from ansible_collections.pikube.stateful.plugins.module_utils.engines.storage_classes import CLASSES

LOCAL = CLASSES["hostpath"]["provisioner"]  # of two engines
BY_PROVISIONER = {row["provisioner"]: name for name, row in CLASSES.items() if row["provisioner"] != LOCAL}


@dataclass(frozen=True)
class Installed:
    """engine: the one that this collection brought, or that most volumes are of; None for none. in_use: all that have volumes."""

    engine: str | None = None
    in_use: tuple[str, ...] = ()

    @classmethod
    def of(cls, classes: Sequence[Mapping[str, Any]] = (), volumes: Sequence[Mapping[str, Any]] = ()) -> Installed:
        """classes: rows of name, provisioner, annotations, default, ours. volumes: rows of provisioner, claim, path."""
        # Copies of replicated engines are claims of OpenEBS itself, on a local one.
        used = Counter(filter(None, (_of_volume(row) for row in volumes if not (row.get("claim") or "").startswith(f"{NAMESPACE}/"))))
        own = [_of_class(row) for row in sorted(classes, key=lambda row: (not row.get("default"), row["name"])) if row.get("ours")]
        ranked = [*(name for name in own if name in used), *(name for name, _count in used.most_common()), *filter(None, own)]
        return cls(ranked[0] if ranked else None, tuple(sorted(used)))


def _of_class(row: Mapping[str, Any]) -> str | None:
    if row.get("provisioner") != LOCAL:
        return BY_PROVISIONER.get(row.get("provisioner") or "")
    config = (row.get("annotations") or {}).get("cas.openebs.io/config") or ""
    return "device" if re.search(r"value:\s*[\"']?device\b", config) else "hostpath"


def _of_volume(row: Mapping[str, Any]) -> str | None:
    if row.get("provisioner") != LOCAL:
        return BY_PROVISIONER.get(row.get("provisioner") or "")
    return "device" if (row.get("path") or "").startswith("/dev/") else "hostpath"
