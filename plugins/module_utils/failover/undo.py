# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of what is to be undone, and the undoing.

An entry is kept in a file and wherever else the journal is told to, before its fault is injected. No command of the user stands in it:
that may contain a secret.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

SCHEMA = "pikube.stateful/failover-undo/1"
PAUSE = 2.0


class Undo(NamedTuple):
    """kind: one of undo_kinds.KINDS. node: name of the Node. facts: JSON-plain, what its kind needs to know; `run` in any case."""

    id: str
    kind: str
    node: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Undo:
        return cls(str(row["id"]), str(row["kind"]), str(row["node"]), dict(row.get("facts") or {}))

    def row(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, "node": self.node, "facts": dict(self.facts)}


class Undone(NamedTuple):
    """what: one sentence of what was to be undone. at: when it was seen to be, in microseconds of the clock; None if it was not.

    manual: the command or step that does it by hand, "" if it is done. problem: why it is not done, "" likewise.
    """

    id: str
    kind: str
    what: str
    node: str
    done: bool
    at: int | None
    manual: str
    problem: str


@dataclass(frozen=True)
class Power:
    """The user's commands. is_off: ends with 0 when the node has no power, with 1 when it has, with anything else if that is not known."""

    off: Sequence[str]
    on: Sequence[str]
    is_off: Sequence[str]


@dataclass(frozen=True)
class Hands:
    """What a fault and its undo are done with.

    api: a Cluster of the calling thread. node: runs a script as root on the victim, within seconds, and returns what it said; raises
    FailoverError if it failed or nobody answered. run_power: runs a command of the user on the controller: exit code and text.
    clock: microseconds. says: gets what is waited for.
    """

    api: Any
    node: Callable[[str, float], str] | None = None
    run_power: Callable[[Sequence[str], float], tuple[int, str]] | None = None
    power: Power | None = None
    clock: Callable[[], int] = lambda: time.monotonic_ns() // 1000
    sleep: Callable[[float], Any] = time.sleep
    says: Callable[[str], Any] = lambda text: None

    def on_node(self, script: str, seconds: float, name: str) -> str:
        """Run a script on the victim. Raises FailoverError."""
        if self.node is None:
            raise FailoverError(f"{name}: no way is known to run commands on it as root. Put it into the inventory")
        return self.node(script, seconds)

    def on_power(self, which: str, seconds: float, name: str) -> tuple[int, str]:
        """Run the user's command off, on or is_off. Raises FailoverError if there is none."""
        command = getattr(self.power, which, None)
        if not command or self.run_power is None:
            raise FailoverError(f"{name}: there is no command for power {which}. Give verify_power_{which}")
        return self.run_power(command, seconds)


@dataclass
class Journal:
    """What is open and what was undone, of one run. keep: are called with the open entries whenever they change, the file first."""

    run: str
    cluster_uid: str
    path: Path | None = None
    keep: tuple[Callable[[Sequence[Undo]], Any], ...] = ()
    entries: list[Undo] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path, keep: tuple[Callable[[Sequence[Undo]], Any], ...] = ()) -> Journal:
        """Of a file that was written here. Raises FailoverError for what is none, FileNotFoundError if there is no file."""
        text = path.read_text(encoding="utf-8")
        try:
            content = json.loads(text)
            if content["schema"] != SCHEMA:
                raise ValueError(content["schema"])
            entries = [Undo.of(row) for row in content["entries"]]
            done = {row["id"] for row in content["entries"] if row.get("done")}
            return cls(content["run"], content["cluster_uid"], path, keep, entries, done)
        except (ValueError, KeyError, TypeError) as error:
            raise FailoverError(
                f"{path} is no journal of a run that can be read ({error}). Undo by hand what the run did: uncordon the node, look for"
                " the taint node.kubernetes.io/out-of-service, and restart the node"
            ) from None

    @property
    def open(self) -> list[Undo]:
        return [entry for entry in self.entries if entry.id not in self.done]

    def add(self, entries: Iterable[Undo]) -> None:
        """Take over entries that another record of the same run has as open: the open ones of both together."""
        for entry in entries:
            if entry.id not in {known.id for known in self.entries}:
                self.entries.append(entry)

    def register(self, kind: str, node: str, **facts: Any) -> Undo:
        """Before the fault. When this returns the entry is on the disk and wherever else it is kept; if it raises, inject nothing."""
        entry = Undo(f"{kind}-{len(self.entries) + 1}", kind, node, {"run": self.run, **facts})
        self.entries.append(entry)
        self._kept()
        return entry

    def close(self, entry: Undo) -> None:
        """It is undone. What cannot be told elsewhere now stays there as open, and is found done the next time."""
        self.done.add(entry.id)
        with suppress(Exception):
            self._kept()

    def _kept(self) -> None:
        if self.path is not None:
            write(self.path, self.content())
        for keep in self.keep:
            keep(self.open)

    def content(self) -> dict[str, Any]:
        rows = [{**entry.row(), "done": entry.id in self.done} for entry in self.entries]
        return {"schema": SCHEMA, "run": self.run, "cluster_uid": self.cluster_uid, "entries": rows}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """A file that is whole or as it was before, whenever the power goes."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True)
class Way:
    """How a kind is undone. what, manual: texts with {node} and the entry's facts. do: undoes, and raises unless it has seen it undone.

    seconds: for which it is tried again.
    """

    what: str
    manual: str
    do: Callable[[Undo, Hands], Any]
    seconds: float = 60.0


def undo_all(journal: Journal, hands: Hands, ways: Mapping[str, Way]) -> list[Undone]:
    """Undo all that is open, the last first, each though another fails. Twice is once. Raises nothing but an interrupt."""
    return [undo(entry, journal, hands, ways) for entry in reversed(journal.open)]


def undo(entry: Undo, journal: Journal, hands: Hands, ways: Mapping[str, Way]) -> Undone:
    way = ways.get(entry.kind)
    if way is None:
        problem = f"this version of the collection does not know how to undo {entry.kind}"
        return Undone(entry.id, entry.kind, entry.kind, entry.node, False, None, "use the version that made the run", problem)
    words = {"node": entry.node, **entry.facts}
    what, end = way.what.format(**words), hands.clock() + int(way.seconds * 1e6)
    while True:
        try:
            hands.says(f"undoes: {what}")
            way.do(entry, hands)
        except Exception as error:  # noqa: BLE001, RUF100 (whatever it is, the other entries have their turn)
            if hands.clock() + int(PAUSE * 1e6) >= end:
                problem = str(error) or type(error).__name__
                return Undone(entry.id, entry.kind, what, entry.node, False, None, way.manual.format(**words), problem)
            hands.sleep(PAUSE)
        else:
            journal.close(entry)
            return Undone(entry.id, entry.kind, what, entry.node, True, hands.clock(), "", "")
