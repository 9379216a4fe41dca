# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether further databases have room on the volumes of the servers: a server whose volume is full stops."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import MIB, words
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import CLUSTER, INSTANCE, JOB, SINGLE

COPY = 1.5  # the copy itself, and what sorting for its indexes takes meanwhile
LEAST = 64 * MIB  # some segments of the log


def servers(name: str, pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the pods of a namespace those that hold a volume of these servers and can be asked now."""
    found = []
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        own = labels.get(SINGLE) == name or (labels.get(CLUSTER) == name and labels.get(INSTANCE) and not labels.get(JOB))
        conditions = {row.get("type"): row.get("status") for row in (pod.get("status") or {}).get("conditions") or []}
        if own and conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp"):
            found.append(pod["metadata"]["name"])
    return sorted(found)


def needed(sizes: Sequence[int]) -> int:
    """Bytes on each server for a copy of one database after the other. sizes: bytes of each.

    A copy is dropped before the next one is made; the log of all of them stays for as long as a standby that is away has not read it.
    """
    return max(LEAST, int(COPY * max(sizes, default=0)) + sum(sizes))


def asking(folder: str) -> str:
    """A command of the shell in the container of a server. folder: of its data."""
    return f"df -Pk {shlex.quote(folder)}"


def free(text: str) -> int:
    """Bytes, of what asking() says."""
    try:
        return int(text.splitlines()[-1].split()[-3]) * 1024
    except (IndexError, ValueError) as error:
        raise PostgresError(f'df says nothing of the volume of a server: "{text.strip()}"') from error


def check(what: str, sizes: Sequence[int], there: Mapping[str, int], left: Mapping[str, int], cure: str) -> None:
    """Raises PostgresError where a server has too little.

    what: the beginning of the error. there: free bytes by server. left: bytes of databases that ended runs may have left, by name.
    cure: besides making room.
    """
    wanted = needed(sizes)
    short = [f"{server} has {words(number)}" for server, number in there.items() if number < wanted]
    if short:
        of_runs = ", ".join(f"{name} ({words(size)})" for name, size in left.items())
        raise PostgresError(
            f"{what} needs {words(wanted)} free on the volume of each server, for the copy and its write-ahead log, and {', '.join(short)}."
            f" Nothing was touched. Make room there{f' (runs that are at work, or were ended, made {of_runs})' if of_runs else ''}, {cure}",
            needed=wanted,
            free=dict(there),
        )
