# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The injection of a fault: what is to be undone is registered first, then the harm is done."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import draining, fencing, node_commands, taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, GRACE_SECONDS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Journal
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import moving

SCRIPT_SECONDS = 60.0
STOP_SECONDS = 120.0  # systemd gives a service 90 s
EXEC_SILENCE = 20.0
POWER_SECONDS = 60.0
IS_OFF_SECONDS = 60.0  # for which a plug may take until it says so
NOTICE_REST = 30.0  # beyond the node monitor's grace
PAUSE = 0.5
CONFLICT = 409


@dataclass(frozen=True)
class Target:
    """pod, uid: of the primary. peers: addresses of the other nodes. controllers: those from which the node is reached, besides the one
    that the node itself sees. alone: name of a server that has no standby, else "". grace_seconds: of the node monitor.
    """

    namespace: str
    pod: str
    uid: str
    node: str
    container: str = "postgres"
    peers: Sequence[str] = ()
    controllers: Sequence[str] = ()
    alone: str = ""
    grace_seconds: float = GRACE_SECONDS


@dataclass(frozen=True)
class Options:
    """grace_seconds: of a deleted pod, None for its own. taint: a node that is proven off gets the taint out-of-service. fence: besides,
    its database's pod is force-deleted at once. dead_man_seconds: after which a node undoes by itself; longer than the run may be.
    """

    grace_seconds: int | None = None
    drain_seconds: float = 300.0
    dead_man_seconds: int = 1800
    taint: bool = False
    fence: bool = False


class Injected(NamedTuple):
    """at: microseconds, just before the harm. done_at: when all of it was done. facts: JSON-plain, for the report."""

    kind: str
    at: int
    done_at: int
    facts: dict[str, Any]


class Injector:
    """began: gets the time of the fault as soon as it begins, since inject() returns only when all of it is done (a drain takes minutes).

    Whatever inject() raises, the caller undoes: a fault may be half done.
    """

    def __init__(
        self,
        kind: str,
        target: Target,
        run: str,
        hands: Hands,
        journal: Journal,
        options: Options | None = None,
        began: Callable[[int], Any] = lambda at: None,
    ) -> None:
        self._kind, self._target, self._run, self._hands, self._journal = kind, target, run, hands, journal
        self._options, self._began = options or Options(), began
        self._at: int | None = None

    def inject(self) -> Injected:
        """Raises FailoverError or ClusterError."""
        work = _WORK.get(self._kind)
        if work is None:
            raise FailoverError(f'there is no fault "{self._kind}". There are: {", ".join(FAULTS)}')
        facts = work(self) or {}
        done_at = self._hands.clock()
        return Injected(self._kind, done_at if self._at is None else self._at, done_at, facts)

    # What the faults share

    def _now(self) -> None:
        self._at = self._hands.clock()
        self._began(self._at)

    def _register(self, *kinds: str, **facts: Any) -> None:
        for kind in kinds:
            self._journal.register(kind, self._target.node, **facts)

    def _node(self, script: str, word: str, seconds: float = SCRIPT_SECONDS) -> list[str]:
        """Run a script on the victim and return the words after the one that it ends with when all went well."""
        said = self._hands.on_node(script, seconds, self._target.node)
        for line in reversed(said.splitlines()):
            words = line.split()
            if words and words[0] == word:
                return words[1:]
        raise FailoverError(f"{self._target.node} did not say that it {word}, but: {said.strip() or 'nothing'}")

    def _arm(self) -> None:
        self._node(node_commands.arm(self._run, self._options.dead_man_seconds), node_commands.ARMED)

    # The faults

    def _none(self) -> None:
        self._now()

    def _pod_delete(self) -> dict[str, Any]:
        target = self._target
        self._now()
        if not self._delete(self._options.grace_seconds):
            raise FailoverError(
                f"pod {target.namespace}/{target.pod} is not the one that was planned for: it is gone, or was made anew. Verify again"
            )
        return {"pod": target.pod, "uid": target.uid}

    def _delete(self, grace: int | None) -> bool:
        """False if this very pod is not there any more."""
        target = self._target
        try:
            return self._hands.api.delete("Pod", target.pod, target.namespace, uid=target.uid, grace_seconds=grace)
        except ClusterError as error:
            if error.status == CONFLICT:
                return False
            raise

    def _drain(self) -> dict[str, Any]:
        hands, node = self._hands, self._target.node
        self._register(*FAULTS[self._kind].undo)
        self._now()
        own = draining.cordon(hands.api, node, self._run)
        drained = draining.evict_all(hands.api, node, self._options.drain_seconds, hands.clock, hands.sleep, hands.says)
        return {"cordoned": own, **drained._asdict()}

    def _postmaster_kill(self) -> dict[str, Any]:
        target, said = self._target, io.BytesIO()
        command = ["sh", "-c", node_commands.KILL_POSTMASTER]
        self._now()
        try:
            self._hands.api.execute(target.pod, target.namespace, target.container, command, target=said, silence=EXEC_SILENCE)
        except ClusterError as error:
            # The container may end with its server, and the command with the container; one that said why it ended did not kill.
            if not said.getvalue().strip() or error.facts.get("said"):
                raise
        signal, _blank, pid = said.getvalue().decode(errors="replace").strip().partition(" ")
        return {"signal": f"SIG{signal}", "pid": int(pid)} if pid.isdigit() else {"signal": f"SIG{signal}"}

    def _kubelite_stop(self) -> dict[str, Any]:
        self._register(*FAULTS[self._kind].undo)
        self._arm()
        self._now()
        self._node(node_commands.stop_kubelite(self._run), node_commands.STOPPED, STOP_SECONDS)
        return {"dead_man_seconds": self._options.dead_man_seconds}

    def _partition(self) -> dict[str, Any]:
        target = self._target
        said = self._hands.on_node(node_commands.asked_from(), SCRIPT_SECONDS, target.node).splitlines()
        # With a terminal sudo's own words are among them.
        seen = [line.strip() for line in said if line.strip() and " " not in line.strip()]
        controllers = list(dict.fromkeys([*target.controllers, *seen]))
        script = node_commands.partition(self._run, controllers, target.peers)
        self._register(*FAULTS[self._kind].undo)
        self._arm()
        self._now()
        tool, *devices = self._node(script, node_commands.CUT)
        return {"tool": tool, "devices": devices, "controllers": controllers, "dead_man_seconds": self._options.dead_man_seconds}

    def _crash(self) -> dict[str, Any]:
        self._now()
        boot = self._node(node_commands.crash(), node_commands.CRASHES)
        return {"boot_id": "".join(boot[:1]), "crashes_after_seconds": node_commands.CRASH_SECONDS}

    def _power_off(self) -> dict[str, Any]:
        hands, target, options = self._hands, self._target, self._options
        self._register(*FAULTS[self._kind].undo)
        self._now()
        code, said = hands.on_power("off", POWER_SECONDS, target.node)
        if code:
            raise FailoverError(f"the command that switches {target.node} off ended with {code}: {said.strip()}")
        proven = self._proven_off()
        facts: dict[str, Any] = {"proven_off": proven, "proven_off_at": hands.clock() if proven else None}
        if proven and target.alone and (options.fence or options.taint):
            facts["noticed"] = self._noticed()
            moving.remember(hands.api, target.namespace, target.alone, target.uid)
        if proven and options.fence:
            leases = fencing.held(hands.api, target.node)
            facts["force_deleted"] = self._delete(0)
            # After the pod: an operator that leads before asks it how it is, and waits 30 s for an answer.
            facts["given_back"] = fencing.give_back(hands.api, leases)
        if proven and (options.taint or options.fence):
            taints.add(hands.api, target.node, self._run)
            facts["tainted"] = True
        return facts

    def _noticed(self) -> bool:
        """Whether the node is found not Ready in the time for that. Before, no other node may mount a volume that this one held: the pod
        would be made in vain, and the kubelet tries again ever more seldom.
        """
        hands, end = self._hands, self._hands.clock() + int((self._target.grace_seconds + NOTICE_REST) * 1e6)
        while moving.ready(hands.api.get("Node", self._target.node)):
            if hands.clock() >= end:
                hands.says(f"{self._target.node} is off, and the cluster still calls it Ready")
                return False
            hands.sleep(PAUSE)
        return True

    def _proven_off(self) -> bool:
        """What the command is_off says, once it says yes. That a node does not answer is no proof."""
        hands, end = self._hands, self._hands.clock() + int(IS_OFF_SECONDS * 1e6)
        while True:
            code, _said = hands.on_power("is_off", POWER_SECONDS, self._target.node)
            if code == 0:
                return True
            if hands.clock() >= end:
                hands.says(f"{self._target.node}: the command is_off does not say that it is off, so nothing is done about its pods")
                return False
            hands.sleep(PAUSE)


_WORK: dict[str, Callable[[Injector], dict[str, Any] | None]] = {
    "none": Injector._none,
    "pod_delete": Injector._pod_delete,
    "drain": Injector._drain,
    "postmaster_kill": Injector._postmaster_kill,
    "kubelite_stop": Injector._kubelite_stop,
    "partition": Injector._partition,
    "crash": Injector._crash,
    "power_off": Injector._power_off,
}
