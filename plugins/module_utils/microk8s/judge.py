# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a node work as a member of its cluster? Asked of the cluster, not of the commands that said so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import join
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import Lack, NodeView, lacks, not_heard

PAUSE = 1.0
FINAL_SECONDS = 30.0  # for which what does not change by itself has to last: a Node of an earlier life gets its new address late
MEMBERS_EVERY = 4.0
PORT = 19001


@dataclass
class Wanted:
    """fresh: the node's kubelet has to report anew, because what the cluster knows of it is from before."""

    name: str
    role: str | None = None
    address: str | None = None
    version: str | None = None
    fresh: bool = False


@dataclass
class Judge:
    """look: a Cluster. say: gets what is waited for, when it changes."""

    look: Any
    say: Callable[[str], Any]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep

    def renewed(self, name: str) -> str | None:
        """When the node's kubelet reported last, by its lease."""
        lease = self.look.get("Lease", name, "kube-node-lease", "coordination.k8s.io/v1")
        return (lease or {}).get("spec", {}).get("renewTime")

    def view(self, name: str) -> NodeView | None:
        node = self.look.get("Node", name)
        return NodeView.of(node) if node else None

    def working(
        self, wanted: Wanted, seconds: float, what: str, members: Callable[[], Sequence[Mapping[str, Any]] | None] | None = None
    ) -> NodeView:
        """Wait until the node works. what: how a line begins. members: the datastore's, as the node itself knows them, None if unknown.

        Raises MicroK8sError with the outcome of what is missing, ClusterError if the API refuses.
        """
        began, final_since, asked = self.clock(), None, None
        first: str | None = None
        missing: list[Lack] = []
        stranger: list[Lack] = []
        while True:
            try:
                view = self.view(wanted.name)
                missing = lacks(view, wanted.name, wanted.role, wanted.address, wanted.version)
                if wanted.fresh and not missing:
                    renewed = self.renewed(wanted.name)
                    first = first or renewed or "never"
                    if renewed in (None, first):
                        missing = [not_heard(wanted.name)]
                if not missing and members and (asked is None or self.clock() - asked >= MEMBERS_EVERY):
                    asked = self.clock()
                    stranger = self._member(wanted, members())
                if not missing:
                    missing = stranger
                if not missing and view:
                    return view
            except ClusterError as error:
                if not error.passing:
                    raise
                missing = [Lack("api", f"the API does not answer ({error})", "See microk8s status on the control planes")]
            # What only time may bring comes first; what no time brings has to last for a while.
            if missing and all(lack.final for lack in missing):
                final_since = self.clock() if final_since is None else final_since
                if self.clock() - final_since >= FINAL_SECONDS:
                    raise self.error(wanted, missing, what, None)
            else:
                final_since = None
            if self.clock() - began >= seconds:
                raise self.error(wanted, missing, what, seconds)
            self.say(self.phrase(what, missing))
            self.sleep(PAUSE)

    def _member(self, wanted: Wanted, rows: Sequence[Mapping[str, Any]] | None) -> list[Lack]:
        address = wanted.address or ""
        if any(row["address"] in (address, f"{address}:{PORT}") for row in rows or []):
            return []
        known = ", ".join(row["address"] for row in rows or []) or "nobody"
        outcome = join.NOT_A_MEMBER
        return [Lack(outcome.id, f"the datastore's members as it knows them are {known}, without {address}:{PORT}", outcome.cure)]

    @staticmethod
    def phrase(what: str, missing: Sequence[Lack]) -> str:
        first = missing[0].id
        return f"{what}, waiting for " + {
            "no_node": "its own node to be Ready",
            "not_ready": "its own node to be Ready",
            "not_heard": "its kubelet to report",
            "api": "the API to answer",
            "datastore_not_joined": "it to be a member of the datastore",
            "version": "its kubelet's new version",
        }.get(first, "its node to have the right address and role")

    @staticmethod
    def error(wanted: Wanted, missing: Sequence[Lack], what: str, seconds: float | None) -> MicroK8sError:
        texts = "; ".join(lack.text for lack in missing)
        cures = " ".join(dict.fromkeys(f"{lack.cure}." for lack in missing if lack.cure))
        after = f" after {seconds:.0f} s" if seconds is not None else ""
        return MicroK8sError(
            f"{wanted.name} {what}, and does not work{after}: {texts}. {cures}".strip(),
            outcome=missing[0].id if missing else "unknown",
            # Another join finds a member by the node's files, and only waits once more.
            retryable=None,
            half_joined=True,
        )
