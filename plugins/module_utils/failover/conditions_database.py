# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a fault, seen from the database and its volumes: a function for each row of the table.

Each gives the values for the texts of its row, once for each thing that it finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import placement
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import PRIMARY, STANDBY, Look
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import status
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import nodes_of

Found = Iterator[dict[str, Any]]

STREAMING = "streaming"
NOT_DURABLE = ("off",)
NOT_ELSEWHERE = ("off", "local")
BACKUP_HOURS = 24.0  # that is told without anybody having asked for a limit
BASELINE_SECONDS = 60.0
# By engine the seconds for which a write stands still when a copy vanishes without a word, and which a client should wait out.
STALLS = {"jiva": 30.0}


# Volumes


def without_home(look: Look) -> Found:
    """A directory under the same path on each node: the pod finds another, empty one where it starts next."""
    volumes = {item["metadata"]["name"]: item for item in look.situation.volumes}
    for row in look.rows:
        volume = volumes.get(row["volume"]) or {}
        if "hostPath" in (volume.get("spec") or {}) and nodes_of(volume, look.world.labels) is None:
            yield {"claim": f"{row['namespace']}/{row['name']}", "path": volume["spec"]["hostPath"].get("path")}


def _alone(look: Look) -> list[Mapping[str, Any]]:
    """Volumes of a server that nothing but its volume survives in."""
    return look.rows_of(look.victim.pod) if look.single else []


def _dies(row: Mapping[str, Any], node: str) -> bool:
    return bool(row["copies"]) and all(copy["node"] == node for copy in row["copies"])


def dies_with_node(look: Look) -> Found:
    for row in _alone(look):
        if row["known"] and _dies(row, look.victim.node):
            yield {"claim": f"{row['namespace']}/{row['name']}", "engine": row["engine"], "node": look.victim.node}


def volume_unknown(look: Look) -> Found:
    for row in _alone(look):
        if not row["known"]:
            why = next(iter(row["warnings"]), "nothing is known of its copies").rstrip(".")
            yield {"claim": f"{row['namespace']}/{row['name']}", "why": why}
    if look.single and look.victim.pod and not _alone(look):
        yield {"claim": f"a volume of {look.victim.pod}", "why": "no bound claim of it was found"}


def volume_loses_quorum(look: Look) -> Found:
    for row in _alone(look):
        answer = row["survives"].get(look.victim.node) or {}
        if row["known"] and not _dies(row, look.victim.node) and not answer.get("survives"):
            yield {"claim": f"{row['namespace']}/{row['name']}", "node": look.victim.node, "why": answer.get("because", "it is not known")}


def volume_degraded(look: Look) -> Found:
    for row in look.rows:
        if (row["wanted_copies"] or 0) > 1 and row["healthy"] is not True:
            there = "an unknown number" if row["in_sync"] is None else row["in_sync"]
            yield {"claim": f"{row['namespace']}/{row['name']}", "there": there, "wanted": row["wanted_copies"]}


def volume_shared(look: Look) -> Found:
    for row in look.rows:
        if len(row["pods"]) > 1:
            yield {"claim": f"{row['namespace']}/{row['name']}", "pods": ", ".join(pod["name"] for pod in row["pods"])}


# A drain


def eviction_forbidden(look: Look) -> Found:
    for pod in placement.leaving(look.pods_on(look.victim.node)):
        for budget in placement.budgets_of(pod, look.situation.budgets):
            allowed = (budget.get("status") or {}).get("disruptionsAllowed") or 0
            if allowed < 1 and not _given_up(look, pod, budget):
                yield {"pod": placement.place(pod), "budget": placement.place(budget)}


def _given_up(look: Look, pod: Mapping[str, Any], budget: Mapping[str, Any]) -> bool:
    """The operator's own budget keeps the primary. Cordoning its node moves the primary, and the pod is none of it any more."""
    selector = ((budget.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    of_primary = selector.get(status.ROLE) == PRIMARY and selector.get(status.CLUSTER) == look.situation.name
    return of_primary and pod["metadata"]["name"] in look.instances and bool(look.staying)


def unmanaged(look: Look) -> Found:
    names = [placement.place(pod) for pod in placement.unmanaged(look.pods_on(look.victim.node))]
    if names:
        yield {"pods": ", ".join(names), "node": look.victim.node}


def emptied(look: Look) -> Found:
    leaving = placement.leaving(look.pods_on(look.victim.node))
    names = [placement.place(pod) for pod in leaving if placement.has_empty_dir(pod) and pod["metadata"]["name"] not in look.instances]
    if names:
        yield {"pods": ", ".join(names)}


# Settings


def settings_unknown(look: Look) -> Found:
    if not look.situation.settings:
        yield {"name": f"{look.situation.namespace}/{look.situation.name}"}


def _is(look: Look, name: str, *values: str) -> bool:
    return (look.situation.settings or {}).get(name) in values


def fsync_off(look: Look) -> Found:
    if _is(look, "fsync", "off"):
        yield {}


def full_pages_off(look: Look) -> Found:
    if _is(look, "full_page_writes", "off"):
        yield {}


def no_checksums(look: Look) -> Found:
    if _is(look, "data_checksums", "off"):
        yield {}


def rpo_not_zero(look: Look) -> Found:
    if not look.situation.settings:
        return
    commit = look.situation.settings.get("synchronous_commit", "on")
    if commit in (NOT_DURABLE if look.single else NOT_ELSEWHERE):
        yield {"why": f"synchronous_commit is {commit}"}
    elif look.single:
        return
    elif not look.situation.settings.get("synchronous_standby_names"):
        yield {"why": "synchronous_standby_names is empty: no standby has to have a row before it is acknowledged"}
    elif look.synchronous.get("dataDurability", "required") != "required":
        yield {"why": f"dataDurability is {look.synchronous['dataDurability']}: without a standby rows are acknowledged all the same"}


# Servers


def no_primary(look: Look) -> Found:
    if not look.state.primary:
        yield {"name": f"{look.situation.namespace}/{look.situation.name}"}


def not_whole(look: Look) -> Found:
    if look.state.primary:
        for text in look.state.waiting:
            yield {"why": text}


def standby_not_streaming(look: Look) -> Found:
    if look.situation.standbys is None or not look.state.primary:
        return
    states = {row["name"]: row["state"] for row in look.situation.standbys}
    for pod in sorted(look.instances):
        if pod != look.state.primary and states.get(pod) != STREAMING:
            yield {"pod": pod, "state": states.get(pod) or "not connected to the primary"}


def standbys_unknown(look: Look) -> Found:
    if not look.single and look.situation.standbys is None:
        yield {"name": f"{look.situation.namespace}/{look.situation.name}"}


def standby_lags(look: Look) -> Found:
    for row in look.situation.standbys or ():
        lag = row.get("behind")
        if row["name"] in look.instances and lag is not None and lag > look.options.lag_bytes:
            yield {"pod": row["name"], "lag": f"{lag / 2**20:.0f}", "limit": f"{look.options.lag_bytes / 2**20:.0f}"}


def other_timeline(look: Look) -> Found:
    reported = ((look.situation.server or {}).get("status") or {}).get("instancesReportedState") or {}
    timelines = {pod: row.get("timeLineID") for pod, row in reported.items() if pod in look.instances}
    own = timelines.get(look.state.primary)
    # A standby reports what its last restart point knew. One that streams from the primary is on the timeline of that.
    streams = {row["name"] for row in look.situation.standbys or () if row.get("state") == "streaming"}
    for pod, timeline in sorted(timelines.items()):
        if own and timeline and timeline != own and pod not in streams:
            yield {"pod": pod, "timeline": timeline, "own": own}


def slot_inactive(look: Look) -> Found:
    for row in look.situation.slots:
        if not row["active"]:
            yield {"slot": row["name"]}


def no_survivor(look: Look) -> Found:
    if not look.single and look.victim.role == PRIMARY and not look.staying:
        yield {"node": look.victim.node, "instances": len(look.instances)}


def promotion_blocked(look: Look) -> Found:
    """The operator promotes only if those that are left overlap with those that acknowledge: R + W > N."""
    if look.victim.role != PRIMARY or not look.synchronous.get("failoverQuorum") or not look.staying:
        return
    left, number, candidates = len(look.staying), int(look.synchronous.get("number") or 0), len(look.instances) - 1
    if left + number <= candidates:
        yield {"node": look.victim.node, "left": left, "number": number, "candidates": candidates}


def writes_stop(look: Look) -> Found:
    if look.victim.role in (PRIMARY, STANDBY) and look.staying and len(look.staying) - 1 < look.acknowledging:
        yield {"node": look.victim.node, "left": len(look.staying), "number": look.acknowledging}


# Before the fault


def no_backup(look: Look) -> Found:
    if look.options.backup_hours is None and (look.situation.backup_hours is None or look.situation.backup_hours > BACKUP_HOURS):
        yield {"age": _age(look)}


def backup_too_old(look: Look) -> Found:
    limit, age = look.options.backup_hours, look.situation.backup_hours
    if limit is not None and (age is None or age > limit):
        yield {"age": _age(look), "limit": f"{limit:g}"}


def _age(look: Look) -> str:
    age = look.situation.backup_hours
    return "there is none that is known" if age is None else f"the newest one is {age:.0f} h old"


def short_baseline(look: Look) -> Found:
    if look.options.steady_seconds < BASELINE_SECONDS:
        yield {"seconds": f"{look.options.steady_seconds:g}", "wanted": f"{BASELINE_SECONDS:g}"}


def impatient(look: Look) -> Found:
    patience = look.options.hang_seconds
    for row in _alone(look):
        stall = STALLS.get(row["engine"])
        if patience is not None and stall is not None and patience <= stall:
            claim = f"{row['namespace']}/{row['name']}"
            yield {"claim": claim, "seconds": f"{patience:g}", "stall": f"{stall:g}", "wanted": f"{1.5 * stall:g}"}


def unsteady(look: Look) -> Found:
    steady = look.situation.steady
    if steady is not None and (steady["failed"] or steady["unknown"] or not steady["acked"]):
        yield dict(steady)
