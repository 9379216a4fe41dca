# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened side by side, for the picture of a report: client, nodes, pods, volumes and PostgreSQL, each as spans of one state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.anomalies import Stall
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    ATTACHMENT,
    CLAIM,
    CLUSTER,
    DELETED,
    NODE,
    POD,
    SLICE,
    TARGET,
    WATCH,
    Observation,
    Story,
    leads,
)

State = Mapping[str, Any]
Says = Callable[[State], tuple[str, str]]  # state of an object -> state of a span, label; "" for no span


def node(state: State) -> tuple[str, str]:
    if state["ready"] != "True":
        return ("unreachable" if state["ready"] == "Unknown" else "notready"), state["reason"]
    return ("cordoned" if state["cordoned"] else "ready"), ""


def pod(state: State) -> tuple[str, str]:
    if state["deleting"]:
        return "terminating", state["node"]
    if not state["ready"]:
        return ("not ready" if state["started"] else "starting"), state["node"]
    return state["role"] or "ready", state["node"]


def claim(state: State) -> tuple[str, str]:
    return state["phase"].lower(), state["node"] or state["volume"]


def attachment(state: State) -> tuple[str, str]:
    """Of a VolumeAttachment or a JivaVolume."""
    if not state["node"]:
        return "", ""
    return ("attached" if state.get("attached", True) else "attaching"), state["node"]


def cluster(state: State) -> tuple[str, str]:
    if state["current"] != state["target"]:
        return "electing", state["phase"]
    return ("primary" if state["current"] else ""), f"{state['current']}, timeline {state['timeline']}"


def endpoints(state: State) -> tuple[str, str]:
    return ("serves", ", ".join(name or address for address, name, _node in state["ready"])) if state["ready"] else ("no server", "")


def single(state: State) -> tuple[str, str]:
    """Of the pod of a server alone."""
    return ("primary", state["node"]) if leads(state) else ("", "")


GROUPS = ("client", "node", "pod", "volume", "postgres")
# Group, kind, what its states say
LANES: tuple[tuple[str, str, Says], ...] = (
    ("node", NODE, node),
    ("pod", POD, pod),
    ("volume", CLAIM, claim),
    ("volume", ATTACHMENT, attachment),
    ("volume", TARGET, attachment),
    ("postgres", CLUSTER, cluster),
    ("postgres", SLICE, endpoints),
)


def lanes(
    observations: Iterable[Observation],
    outages: Sequence[Any],
    began_at: int,
    ended_at: int,
    stalls: Sequence[Stall] = (),
    both: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """[{"group", "name", "spans": [{"from", "to", "state", "label"}]}], times in microseconds from began_at to ended_at.

    outages: of an Analysis. stalls, both: of module anomalies, each a lane of its own where there are any, as are times in which watches
    were interrupted. A time without a span is one in which the object was not there, or not known.
    """
    story = Story(observations)
    found = [{"group": "client", "name": "writes", "spans": client(outages, began_at, ended_at)}]
    for group, kind, says in LANES:
        for name in story.names(kind):
            history = story.history(kind, name)
            title = f"service {history[0].state['service']}" if kind == SLICE else name
            found.append({"group": group, "name": title, "spans": spans(history, says, began_at, ended_at)})
    if not story.names(CLUSTER):
        found += [
            {"group": "postgres", "name": name, "spans": spans(story.history(POD, name), single, began_at, ended_at)}
            for name in story.names(POD)
        ]
    for group, name, rows in (
        ("node", "not watched", unseen(story, ended_at)),
        ("node", "control plane", [(stall.begin, stall.end, "stalled", stall.text) for stall in stalls]),
        ("postgres", "two primaries", [(row["from"], row["to"], "two primaries", ", ".join(row["pods"])) for row in both]),
    ):
        found.append({"group": group, "name": name, "spans": clipped(rows, began_at, ended_at)})
    return sorted((lane for lane in found if lane["spans"]), key=lambda lane: GROUPS.index(lane["group"]))


def spans(history: Sequence[Observation], says: Says, began_at: int, ended_at: int) -> list[dict[str, Any]]:
    """Neighbours that say the same are one."""
    found: list[dict[str, Any]] = []
    for one, end in zip(history, [*(each.at for each in history[1:]), ended_at]):
        begin, end = max(one.at, began_at), min(end, ended_at)
        state, label = says(one.state) if one.change != DELETED else ("", "")
        if state and begin < end:
            add(found, begin, end, state, label)
    return found


def clipped(rows: Iterable[tuple[int, int, str, str]], began_at: int, ended_at: int) -> list[dict[str, Any]]:
    """rows: (begin, end, state, label), in any order; where two overlap, the one that began first goes on."""
    found: list[dict[str, Any]] = []
    at = began_at
    for begin, end, state, label in sorted(rows):
        begin, end = max(begin, at), min(end, ended_at)
        if begin < end:
            add(found, begin, end, state, label)
            at = end
    return found


def unseen(story: Story, ended_at: int) -> list[tuple[int, int, str, str]]:
    """Times in which watches were interrupted, with the kinds of what they watched."""
    gaps = [(kind, gap.begin, ended_at if gap.end is None else gap.end) for kind in story.names(WATCH) for gap in story.gaps(kind)]
    edges = sorted({edge for _kind, *ends in gaps for edge in ends})
    parts = ((begin, end, [kind for kind, first, last in gaps if first <= begin and end <= last]) for begin, end in zip(edges, edges[1:]))
    return [(begin, end, "unseen", ", ".join(kinds)) for begin, end, kinds in parts if kinds]


def client(outages: Sequence[Any], began_at: int, ended_at: int) -> list[dict[str, Any]]:
    rows = [(span.begin, ended_at if span.end is None else span.end, span.what, "") for outage in outages for span in outage.spans]
    found: list[dict[str, Any]] = []
    at = began_at
    for span in [*clipped(rows, began_at, ended_at), {"from": ended_at, "to": ended_at}]:
        if at < span["from"]:
            add(found, at, span["from"], "ok", "")
        if span["from"] < span["to"]:
            add(found, span["from"], span["to"], span["state"], span["label"])
        at = span["to"]
    return found


def add(found: list[dict[str, Any]], begin: int, end: int, state: str, label: str) -> None:
    last = found[-1] if found else None
    if last and (last["to"], last["state"], last["label"]) == (begin, state, label):
        last["to"] = end
    else:
        found.append({"from": begin, "to": end, "state": state, "label": label})
