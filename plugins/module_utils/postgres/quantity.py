# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quantities of Kubernetes: sizes of volumes, and what a quota counts."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

MIB, GIB = 1024**2, 1024**3
NEARLY = re.compile(r"(\d+(?:\.\d+)?)\s*([mgt])\S*", re.IGNORECASE)  # as people write it


def amount(value: Any) -> int:
    """A quantity ("5Gi", "500M", 3) as a number of bytes or of things, rounded down. Raises ValueError, ArithmeticError."""
    from kubernetes.utils.quantity import parse_quantity

    return int(parse_quantity(str(value)))


def size(variable: str, value: Any) -> int:
    """Bytes of a volume. Raises PostgresError that says what to write instead."""
    text = str(value)
    try:
        if text != text.strip() or " " in text:
            raise ValueError(text)
        found = amount(text)
    except (ValueError, ArithmeticError) as error:
        nearly = NEARLY.fullmatch(text.strip())
        like = f"{nearly[1]}{nearly[2].upper()}i" if nearly else "for example 5Gi"
        raise PostgresError(
            f'{variable}: "{value}" is not a size as Kubernetes writes it. Write {like} (units of 1024: Mi, Gi, Ti; units of 1000: M, G, T)'
            ", without a blank"
        ) from error
    if found < MIB:
        raise PostgresError(f'{variable}: "{value}" is {found} bytes, too little for a volume. Write the unit with it, like 5Gi')
    return found


def words(number: int) -> str:
    """A number of bytes for people: 5 GiB, 1.5 GiB, 512 MiB."""
    return f"{number / GIB:.1f}".removesuffix(".0") + " GiB" if number >= GIB else f"{number // MIB} MiB"
