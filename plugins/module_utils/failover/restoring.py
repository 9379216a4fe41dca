# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo what runs left that were killed, whoever can still tell of it: a Lease, a journal on this controller, a note at a Node."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import draining, taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import UNCORDON, UNTAINT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import API, NAME, Held, Lease, busy, found, gone, uid_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Journal, Undo, Undone, Way, undo_all

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[a-z_]+")
JOURNAL = "undo.json"


def restore(
    api: Any,
    own: Callable[[], Any],
    hands: Callable[[str], Hands],
    ways: Mapping[str, Way],
    reports: Path | None = None,
    *,
    sure: str = "",
    wall: Callable[[], float] = time.time,
    sleep: Callable[[float], Any] = time.sleep,
    says: Callable[[str], Any] = lambda text: None,
) -> dict[str, list[Undone]]:
    """By run, what became of each entry that was open. Empty: nothing was left. Twice is once.

    api, own: as of Lease. hands: by the name of a Node. reports: the folder of the runs' folders. sure: a run that is known to be dead, as
    a parent knows it of its child: its Lease is taken over at once. Raises FailoverError if a run is alive, which may take a minute to see.
    """
    uid = uid_of(api)
    leases = {one.run: one for one in found(api, wall) if one.run}
    for one in leases.values():
        if one.run != sure and not gone(api, one, sleep, says, patient=True):
            raise FailoverError(busy(one))
    done = {}
    for journal in journals(uid, leases.values(), reports, notes(api.list("Node"))):
        held, name = leases.pop(journal.run, None), journal.open[0].node
        if held is None:
            done[journal.run] = undo_all(journal, hands(name), ways)
            continue
        lease = Lease(api, own, held.namespace, journal.run, uid, controller=held.controller, wall=wall, sleep=sleep, says=says)
        lease.acquire(restores=True)
        journal.keep = (lease.keep,)
        lease.start()
        try:
            done[journal.run] = undo_all(journal, hands(name), ways)
        finally:
            lease.stop()
        if not journal.open:
            lease.release()
    # Of a run that was killed with nothing to undo, the Lease alone is left.
    for one in leases.values():
        api.delete("Lease", NAME, one.namespace, API, uid=one.uid)
    return done


def journals(uid: str, leases: Iterable[Held], reports: Path | None, noted: Iterable[Undo]) -> list[Journal]:
    """Of each run that left something, oldest first: a file wins, for it is the first to know, and gets what only others tell.

    uid: of this cluster; journals of another one are not touched.
    """
    by_run: dict[str, Journal] = {}
    for path in sorted(reports.glob(f"*/{JOURNAL}")) if reports else ():
        journal = Journal.read(path)
        if journal.cluster_uid == uid:
            by_run[journal.run] = journal
    for one in leases:
        if one.open:
            by_run.setdefault(one.run, Journal(one.run, uid)).add(one.open)
    for entry in noted:
        journal = by_run.setdefault(entry.facts["run"], Journal(entry.facts["run"], uid))
        if entry.kind not in {known.kind for known in journal.open if known.node == entry.node}:
            journal.add([entry])
    return [by_run[run] for run in sorted(by_run) if by_run[run].open]


def notes(nodes: Iterable[Mapping[str, Any]]) -> list[Undo]:
    """What Nodes say of themselves: a cordon or a taint that carries the id of a run."""
    entries = []
    for node in nodes:
        name, said = node["metadata"]["name"], node["metadata"].get("annotations") or {}
        for kind, note in ((UNTAINT, taints.NOTE), (UNCORDON, draining.NOTE)):
            run = said.get(note) or ""
            if RUN_ID.fullmatch(run):
                entries.append(Undo(f"{kind}-noted", kind, name, {"run": run}))
    return entries
