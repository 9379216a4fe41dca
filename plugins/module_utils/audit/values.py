# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as the API writes them: quantities, versions, names of images, fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$")
BINARY = {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", 1)}
DECIMAL = {"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal(1000)}
DECIMAL.update({letter: Decimal(1000) ** power for power, letter in enumerate("MGTPE", 2)})


def quantity(text: Any) -> int | None:
    """Bytes (or units, rounded up) of a quantity of Kubernetes, None for what is none."""
    match = QUANTITY.match(str(text).strip()) if text is not None else None
    if match is None:
        return None
    number = Decimal(match[1]) * (Decimal(f"1{match[2]}") if match[2] else 1)
    value = number * (BINARY.get(match[3] or "") or DECIMAL[match[3] or ""])
    return int(value.to_integral_value(rounding="ROUND_CEILING"))


def gib(count: int) -> str:
    """Bytes in words."""
    return f"{count / 2**30:.1f} GiB"


def version(text: Any) -> tuple[int, ...]:
    """The numbers that a version begins with, "v1.34.4" -> (1, 34, 4); empty for what is none."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", str(text or ""))
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def image_name(image: str) -> str:
    """The name of an image without registry, folder, tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def image_version(image: str) -> tuple[int, ...]:
    return version(image.partition("@")[0].rpartition("/")[2].partition(":")[2])


def words(name: str) -> list[str]:
    """The words of a name: "openebs-jiva-3-retain" -> [openebs, jiva, 3, retain]."""
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def field(thing: Any, path: Iterable[str]) -> Any:
    """What lies under a path of keys, None if it ends before."""
    for key in path:
        thing = thing.get(key) if isinstance(thing, Mapping) else None
    return thing


def listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
