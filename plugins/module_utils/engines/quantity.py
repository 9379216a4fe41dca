# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as Kubernetes writes them, and lengths of time."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError

BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}
DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
UNITS = {**BINARY, **DECIMAL}
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|)")
NEARLY = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtpe])\S*", re.IGNORECASE)
LEAST = 1024**2  # a volume of less is a forgotten unit
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_size(what: str, value: Any) -> int:
    """A quantity of Kubernetes ("5Gi", "500M", a number of bytes) in bytes. Raises EnginesError that says what to write instead."""
    text = "" if isinstance(value, bool) or value is None else str(value)
    found = QUANTITY.fullmatch(text)
    if found is None:
        nearly = NEARLY.fullmatch(text.strip())
        number, letter = (nearly.group(1), nearly.group(2).upper()) if nearly else ("5", "G")
        like = f"{number}{letter}i"
        raise EnginesError(
            f'{what} "{value}" is not a size as Kubernetes writes it. Write {"for example " if nearly is None else ""}{like}'
            f" (units of 1024: Ki, Mi, Gi, Ti) or {number}{letter if letter != 'K' else 'k'} (units of 1000: k, M, G, T), without a blank"
        )
    size = int(Decimal(found.group(1)) * UNITS[found.group(2)])
    if size < LEAST:
        raise EnginesError(f'{what} "{value}" is {size} bytes, too little for a volume. Write the unit with it, like {found.group(1)}Gi')
    return size


def parse_duration(what: str, value: Any) -> int | None:
    """A length of time ("2h", "90m", "1h30m") in seconds; None for none."""
    if value is None or value == "":
        return None
    found = DURATION.fullmatch(str(value))
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if total == 0:
        raise EnginesError(f'{what} "{value}" is not a length of time. Write hours and minutes, like 2h, 90m or 1h30m')
    return total


def words(size: int | None) -> str:
    """A number of bytes for people: 5 GiB, 512 MiB."""
    if size is None:
        return "an unknown amount"
    for unit in ("Ti", "Gi"):
        if size >= UNITS[unit]:
            return f"{size / UNITS[unit]:.1f}".removesuffix(".0") + f" {unit}B"
    return f"{size // UNITS['Mi']} MiB"
