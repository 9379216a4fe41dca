# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run works with, what it is to do, and what it comes to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import Moment
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Ask
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Injected
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Options as HowToInject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import Observation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import Plan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Options, Situation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Undone
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Row
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database


@dataclass(frozen=True)
class Doors:
    """cluster: makes a door to the API; away: one that asks the servers on a node last. hands: what a door's thread works with.

    database: with the password of the owner. ask: puts statements to servers through a door. engines: see integrity.gather.
    """

    cluster: Callable[[], Cluster]
    away: Callable[[str], Cluster]
    hands: Callable[[Cluster], Hands]
    database: Callable[[Cluster], Database]
    ask: Callable[[Cluster], Ask]
    engines: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Wanted:
    """outage_seconds: how long an outage may last before the fault is undone. hold_seconds: from writes again to the undo. settle_seconds:
    until the cluster has to be whole again. keep_rows: whether the rows of the run stay. amcheck_seconds: 0 to leave pg_amcheck out.
    """

    options: Options
    load: LoadPlan
    injecting: HowToInject
    outage_seconds: float = 300.0
    hold_seconds: float = 20.0
    settle_seconds: float = 900.0
    keep_rows: bool = False
    amcheck_seconds: int = 300
    controllers: tuple[str, ...] = ()


@dataclass
class Course:
    """What a run came to know; see evidence.Evidence for most of it. rows: as they were read after the outage, with when that began."""

    run: str
    began: Moment
    plan: Plan
    situation: Situation
    steady: Mapping[str, int] | None = None
    injected: Injected | None = None
    problem: str = ""
    rows: list[Row] | None = None
    read_at: int = 0
    rows_again: list[Row] | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    baseline_before: Mapping[str, Any] | None = None
    baseline_after: Mapping[str, Any] | None = None
    leftovers: list[str] | None = None
    undone: tuple[Undone, ...] = ()
    observations: tuple[Observation, ...] = ()
    rounds: tuple[Mapping[str, bool | None], ...] = ()
    streaming: int | None = None
    rows_left: str | None = None
    load_ended_at: int = 0
    load: Mapping[str, Any] | None = None
    resolution_ms: float = 0.0
    phases: tuple[tuple[str, int, int | None], ...] = ()
    whole: bool = False
