# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What watches may show that must not be: a control plane that stands still, and two primaries at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import MICRO
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    DELETED,
    LEASE,
    NODE,
    POD,
    Observation,
    Story,
    leads,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.scenes import LEASE_SILENCE, renewed

SLACK_SECONDS = 30  # beyond the grace that the controller gives a node


class Stall(NamedTuple):
    """Microseconds from when on the control plane should have noticed, and until when it did not."""

    node: str
    begin: int
    end: int
    text: str


def stalls(observations: Iterable[Observation], grace_seconds: float, ended_at: int) -> list[Stall]:
    """Times in which the control plane did not do its part, in the order of their begin; they say nothing of the database.

    A node whose Lease is older than grace and slack while it is still Ready (microk8s 5386), and one that renews it that long without
    becoming Ready (microk8s 5352). grace_seconds: node-monitor-grace-period.
    """
    story = Story(observations)
    limit = int((grace_seconds + SLACK_SECONDS) * MICRO)
    found = [
        stall
        for node in story.names(LEASE)
        for stall in (*_still_ready(story, node, limit, ended_at), *_never_ready(story, node, limit, ended_at))
    ]
    return sorted(found, key=lambda stall: stall.begin)


def stalled(observations: Iterable[Observation], grace_seconds: float, ended_at: int) -> str:
    """Why the control plane is said to have stood still (T6), "" if it did not."""
    return "; ".join(stall.text for stall in stalls(observations, grace_seconds, ended_at))


def _renewals(story: Story, node: str) -> list[int]:
    return [one.at for one in story.history(LEASE, node) if one.change != DELETED]


def _readiness(story: Story, node: str, ended_at: int) -> Iterator[tuple[int, int, bool | None]]:
    """Begin, end, whether it was Ready, None while there was no such node."""
    history = story.history(NODE, node)
    ends = [*(one.at for one in history[1:]), max(ended_at, story.ended)]
    for one, end in zip(history, ends):
        yield one.at, end, None if one.change == DELETED else one.state["ready"] == "True"


def _still_ready(story: Story, node: str, limit: int, ended_at: int) -> Iterator[Stall]:
    times = _renewals(story, node)
    for last, following in zip(times, [*times[1:], max(ended_at, story.ended)]):
        due = last + limit
        # While no API server answers nobody's Lease is renewed: then there is nothing that could stand still.
        if following <= due or not renewed(story, node, due - LEASE_SILENCE, following):
            continue
        for begin, end, ready in _readiness(story, node, ended_at):
            if ready and begin <= due < end:
                until = min(end, following)
                text = f"{node} was Ready {(until - last) / MICRO:.0f} s after the last renewal of its Lease (microk8s issue 5386)"
                yield Stall(node, due, until, text)


def _never_ready(story: Story, node: str, limit: int, ended_at: int) -> Iterator[Stall]:
    times = _renewals(story, node)
    lost: int | None = None
    for begin, end, ready in _readiness(story, node, ended_at):
        lost = None if ready is not False else begin if lost is None else lost
        if lost is None:
            continue
        # The one that was seen first may be the last before the silence, told late.
        alive = [at for at in times if lost < at <= end]
        since = _without_silence(alive, end)
        if since is not None and end - since > limit and end > begin:
            text = f"{node} renewed its Lease for {(end - since) / MICRO:.0f} s and was not Ready (microk8s issue 5352)"
            yield Stall(node, since + limit, end, text)


def _without_silence(times: list[int], end: int) -> int | None:
    """From when on there was no silence until the end; None if there is one at the end."""
    since, later = None, end
    for at in reversed(times):
        if later - at > LEASE_SILENCE:
            break
        since = later = at
    return since


def two_primaries(observations: Iterable[Observation], ended_at: int) -> list[dict[str, Any]]:
    """Times in which several pods were Ready and labelled as the primary: {"pods": names, "from", "to": microseconds, "seconds"}.

    By watches, which tell two changes of one moment one after the other: the shorter, the less it says.
    """
    story = Story(observations)
    now: dict[str, bool] = {}
    both: tuple[str, ...] = ()
    since = 0
    found = []
    for one in story.all(POD):
        now[one.name] = one.change != DELETED and leads(one.state)
        leading = tuple(sorted(name for name, does in now.items() if does))
        if leading != both:
            if len(both) > 1:
                found.append((both, since, one.at))
            both, since = leading, one.at
    if len(both) > 1:
        found.append((both, since, max(since, ended_at)))
    return [{"pods": list(pods), "from": begin, "to": end, "seconds": (end - begin) / MICRO} for pods, begin, end in found]
