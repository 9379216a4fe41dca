# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of the objects of a cluster while a run lasted: one line each, and the story that they tell together."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
# Of kind WATCH: until BACK changes of the kind that it names went unseen; from TROUBLE on, or from when its state says it last heard.
TROUBLE, BACK = "TROUBLE", "BACK"
NODE, POD, OPERATOR, CLUSTER, SET = "Node", "Pod", "Operator", "Cluster", "StatefulSet"
SLICE, CLAIM, ATTACHMENT, TARGET = "EndpointSlice", "Claim", "Attachment", "Target"
LEASE, LEADER, EVENT, WATCH = "Lease", "Leader", "Event", "Watch"


class Observation(NamedTuple):
    """at: microseconds of the controller's monotonic clock, when the news came here. kind: one of the words above. name: of the object.

    change: ADDED, MODIFIED or DELETED; TROUBLE or BACK of a watch. state: what matters of the object (module essences), JSON-plain; of one
    that was deleted the last that was seen.
    """

    at: int
    kind: str
    name: str
    change: str
    state: Mapping[str, Any]


def line(observation: Observation) -> str:
    """For the file observed.jsonl."""
    return json.dumps(observation._asdict(), separators=(",", ":")) + "\n"


def read(lines: Iterable[str]) -> list[Observation]:
    """Raises FailoverError for a line that is none. One that was cut off at the end, as SIGKILL does, is left out."""
    found = []
    for number, text in enumerate(lines, 1):
        if not text.endswith("\n"):
            break
        try:
            found.append(Observation(**json.loads(text)))
        except (TypeError, ValueError) as error:
            raise FailoverError(
                f"observed.jsonl: line {number} is no observation ({error}). What was seen of the cluster is not known; verify again",
                line=number,
            ) from error
    return found


class Sights:
    """Makes observations of what one watch tells: what says nothing new, or is of a time before what is known, is left out.

    After an interruption a watch goes on at another API server, which may lag behind: it would tell the past as news.
    """

    def __init__(self) -> None:
        self._states: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._versions: dict[str, int] = {}

    def told(self, name: str, uid: str, version: str, change: str, state: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        """[(change, state)] to be noted. version: resourceVersion of the object."""
        number = int(version) if version.isdigit() else 0
        if number < self._versions.get(uid, 0):
            return []
        self._versions[uid] = number
        known = self._states.get(name)
        if change == DELETED:
            if known is None or known[0] != uid:
                return []
            del self._states[name]
            return [(DELETED, known[1])]
        self._states[name] = (uid, state)
        if known is None:
            return [(ADDED, state)]
        if known[0] != uid:
            return [(DELETED, known[1]), (ADDED, state)]
        return [(MODIFIED, state)] if state != known[1] else []

    def listed(self, names: Collection[str]) -> list[tuple[str, Mapping[str, Any]]]:
        """[(name, last state)] of those that are not in a complete list any more."""
        gone = [(name, state) for name, (_uid, state) in self._states.items() if name not in names]
        for name, _state in gone:
            del self._states[name]
        return gone


class Gap(NamedTuple):
    """Microseconds between which changes of a kind went unseen; end is None if that did not end."""

    begin: int
    end: int | None


class Story:
    """Observations by object, in the order of their time. Repetitions, as of a watch that began anew, are left out."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self._histories: dict[tuple[str, str], list[Observation]] = {}
        ordered = sorted(observations, key=lambda one: one.at)
        self.began, self.ended = (ordered[0].at, ordered[-1].at) if ordered else (0, 0)
        for one in ordered:
            history = self._histories.setdefault((one.kind, one.name), [])
            if not history or not repeats(history[-1], one):
                history.append(one)

    def names(self, kind: str) -> list[str]:
        return sorted(name for of, name in self._histories if of == kind)

    def history(self, kind: str, name: str) -> list[Observation]:
        return self._histories.get((kind, name), [])

    def all(self, kind: str) -> Iterator[Observation]:
        """Of a kind, in the order of their time."""
        yield from sorted((one for name in self.names(kind) for one in self.history(kind, name)), key=lambda one: one.at)

    def state(self, kind: str, name: str, at: int | None = None) -> Mapping[str, Any]:
        """How an object was at a time, or is at the end; empty while there was none, or none was known."""
        history = self.history(kind, name)
        index = len(history) if at is None else bisect_right(history, at, key=lambda one: one.at)
        return history[index - 1].state if index and history[index - 1].change != DELETED else {}

    def first(self, kind: str, name: str, after: int, test: Callable[[Mapping[str, Any]], Any]) -> Observation | None:
        """The first change from then on by which the test holds for an object that is there, which did not hold before."""
        held = False
        for one in self.history(kind, name):
            holds = one.change != DELETED and bool(test(one.state))
            if one.at >= after and holds and not held:
                return one
            held = holds
        return None

    def gaps(self, kind: str) -> list[Gap]:
        found: list[Gap] = []
        for one in self.history(WATCH, kind):
            if one.change == TROUBLE and (not found or found[-1].end is not None):
                found.append(Gap(min(one.state.get("heard", one.at), one.at), None))
            elif one.change == BACK and found and found[-1].end is None:
                found[-1] = found[-1]._replace(end=one.at)
        return found

    def leaders(self, at: int | None = None) -> dict[str, str]:
        """Name of a Lease by which one of several is chosen -> the node of its holder."""
        found = {}
        for name in self.names(LEADER):
            holder = self.state(LEADER, name, at).get("holder", "").partition("_")[0]
            pods = (self.state(kind, holder, at).get("node", "") for kind in (OPERATOR, POD))
            found[name] = next((node for node in pods if node), holder)
        return found

    def primary(self, at: int | None = None) -> tuple[str, str]:
        """The pod that is Ready and calls itself the primary, and its node; ("", "") while there is none."""
        for name in self.names(POD):
            state = self.state(POD, name, at)
            if leads(state):
                return name, state["node"]
        return "", ""


def repeats(last: Observation, one: Observation) -> bool:
    if one.kind == WATCH or DELETED in (last.change, one.change):
        return last.change == one.change
    return last.state == one.state


def leads(pod: Mapping[str, Any]) -> bool:
    """Whether the state of a pod is that of a primary that is Ready, and not on its way out."""
    return bool(pod.get("role") == "primary" and pod.get("ready") and not pod.get("deleting"))
