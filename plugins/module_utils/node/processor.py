# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processor: how many cores, and which instructions that storage engines are built with."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# Names as in /proc/cpuinfo. Mayastor is built with SSE 4.2 on x86-64, and with the cryptographic instructions on 64-bit Arm
# (openebs/mayastor#1568).
FEATURES = ("aes", "pmull", "sha1", "sha2", "sse4_2")


def features(text: str) -> list[str] | None:
    """Those of FEATURES that every core has; None where no core says anything."""
    of_cores = [set(line.split()) for line in re.findall(r"^(?:flags|Features)[ \t]*:(.*)$", text, re.MULTILINE)]
    return [name for name in FEATURES if all(name in core for core in of_cores)] if of_cores else None


def processor(source: Source) -> dict[str, Any]:
    """The facts of the processor."""
    text = source.read("/proc/cpuinfo") or ""
    return {"cores": len(re.findall(r"^processor[ \t]*:", text, re.MULTILINE)) or None, "features": features(text)}
