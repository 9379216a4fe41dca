# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in a cluster: a Lease in the namespace of the database, which also says what is still to be undone.

Deleting it aborts the run that holds it. Clocks of two controllers may differ: a Lease that looks expired is taken only after it was seen
to stand still for longer than a holder would let it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undo

NAME, API = "pikube-failover", "coordination.k8s.io/v1"
UNDO, CLUSTER_UID, HOST = "pikube.stateful/undo", "pikube.stateful/cluster-uid", "pikube.stateful/controller"
DURATION = 60  # seconds without a renewal after which a holder counts as gone
RENEWS = 10.0  # seconds between renewals
RESTORE = "ansible-playbook playbooks/verify_failover.yml -e verify_restore=true"
CONFLICT = 409


class Held(NamedTuple):
    """A Lease that is there. age: seconds since its renewal by this machine's clock. open: what its run has left to undo."""

    namespace: str
    run: str
    controller: str
    cluster_uid: str
    since: str
    age: float
    open: tuple[Undo, ...]
    uid: str
    version: str

    @property
    def looks_alive(self) -> bool:
        return bool(self.run) and abs(self.age) <= DURATION


def held(lease: Mapping[str, Any], now: float) -> Held:
    """now: wall time in seconds. Raises FailoverError for entries that cannot be read: they must not be taken for none."""
    metadata, spec = lease["metadata"], lease.get("spec") or {}
    notes = metadata.get("annotations") or {}
    text = notes.get(UNDO) or "[]"
    try:
        entries = tuple(Undo.of(row) for row in json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FailoverError(
            f"annotation {UNDO} of Lease {metadata['namespace']}/{NAME} cannot be read ({error}): {text[:200]}. Undo by hand what it"
            f" names, then: microk8s kubectl -n {metadata['namespace']} delete lease {NAME}"
        ) from None
    return Held(
        namespace=metadata["namespace"],
        run=spec.get("holderIdentity") or "",
        controller=notes.get(HOST) or "an unknown controller",
        cluster_uid=notes.get(CLUSTER_UID) or "",
        since=spec.get("acquireTime") or "an unknown time",
        age=now - seconds_of(spec.get("renewTime")),
        open=entries,
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
    )


def seconds_of(stamp: str | None) -> float:
    """Of a MicroTime of Kubernetes; 0.0, long ago, for none."""
    if not stamp:
        return 0.0
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def stamp_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def uid_of(api: Any) -> str:
    """What a cluster is known by: the UID of its namespace kube-system. Raises FailoverError if that cannot be read."""
    namespace = api.get("Namespace", "kube-system")
    if namespace is None:
        raise FailoverError("the cluster has no namespace kube-system, by which it is known. Nothing was done")
    return namespace["metadata"]["uid"]


def found(api: Any, wall: Callable[[], float] = time.time) -> list[Held]:
    """The Leases of all namespaces, those of this name alone. For `restore`, and before a run."""
    return [held(lease, wall()) for lease in api.list("Lease", None, API, fields=f"metadata.name={NAME}")]


def gone(
    api: Any,
    other: Held,
    sleep: Callable[[float], Any] = time.sleep,
    says: Callable[[str], Any] = lambda text: None,
    renews: float = RENEWS,
    *,
    patient: bool = False,
) -> bool:
    """Whether the run that holds a Lease is no longer alive: it looks expired, and stands still for two renewals.

    patient: one that does not look expired yet is watched until it would be, instead of being taken for alive.
    """
    if not other.run:
        return True
    if other.looks_alive and not patient:
        return False
    left = max(2 * renews, DURATION - max(other.age, 0.0) if other.looks_alive else 0.0)
    while left > 0:
        says(f"waits {left:.0f} s to see that run {other.run} is really gone")
        sleep(min(left, renews))
        left -= renews
        now = api.get("Lease", NAME, other.namespace, API)
        if now is None:
            return True
        if now["metadata"]["resourceVersion"] != other.version:
            return False
    return True


class Lease:
    """api: a Cluster of the calling thread; own: makes one for the thread that renews. run: its id. controller: words for a person, as
    USER@HOST:FOLDER. aborted: gets the reason, once, when the Lease was deleted or taken by another run; called in the renewing thread.
    """

    def __init__(
        self,
        api: Any,
        own: Callable[[], Any],
        namespace: str,
        run: str,
        cluster_uid: str,
        *,
        controller: str = "",
        aborted: Callable[[str], Any] = lambda reason: None,
        says: Callable[[str], Any] = lambda text: None,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Any] = time.sleep,
        renews: float = RENEWS,
    ) -> None:
        self._api, self._own, self._namespace, self._run, self._cluster_uid = api, own, namespace, run, cluster_uid
        self._controller, self._aborted, self._says, self._wall, self._sleep, self._renews = controller, aborted, says, wall, sleep, renews
        self._uid = ""
        self._stop, self._thread = threading.Event(), None
        self.lost = ""  # why the Lease is no longer this run's

    def acquire(self, *, restores: bool = False) -> None:
        """Raises FailoverError: another run is alive, or left something to undo, or the cluster is another one than planned for.

        restores: what others left does not matter, since this is taken to undo it. A Lease of this very run is taken over in any case.
        """
        uid = uid_of(self._api)
        if uid != self._cluster_uid:
            raise FailoverError(f"the kubeconfig leads to cluster {uid}, and the run is for {self._cluster_uid}. Nothing was done")
        mine = None
        for other in found(self._api, self._wall):
            if other.namespace == self._namespace and other.run == self._run:
                mine = other
                continue
            self._refuse(other, restores)
            if other.namespace == self._namespace:
                mine = other
        self._uid = self._create() if mine is None else self._take(mine)
        # Two that were made at the same time in two namespaces see each other now, and both give way.
        for other in found(self._api, self._wall):
            if other.run != self._run and other.looks_alive:
                self.release()
                raise FailoverError(busy(other))

    def start(self) -> None:
        """Renew it from now on, in a thread, until release() or stop()."""
        self._thread = threading.Thread(target=self._renewing, name="lease", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)

    def keep(self, entries: Sequence[Undo]) -> None:
        """Note what is open; for Journal.keep. Raises ClusterError if it could not be, FailoverError if the Lease is lost."""
        if self.lost:
            raise FailoverError(self.lost)
        self._patch(self._api, {}, {UNDO: json.dumps([entry.row() for entry in entries], sort_keys=True)})

    def release(self) -> None:
        """Delete it, this very one, when nothing is left to undo. With something left do not call this, but stop()."""
        self.stop()
        if self._uid and not self.lost:
            try:
                self._api.delete("Lease", NAME, self._namespace, API, uid=self._uid)
            except ClusterError as error:
                if error.status != CONFLICT:  # another one's by now
                    raise
        self._uid = ""

    def _refuse(self, other: Held, restores: bool) -> None:
        if not gone(self._api, other, self._sleep, self._says, self._renews):
            raise FailoverError(busy(other))
        if other.open and not restores:
            raise FailoverError(left(other))

    def _spec(self) -> dict[str, Any]:
        now = stamp_of(self._wall())
        return {"holderIdentity": self._run, "leaseDurationSeconds": DURATION, "acquireTime": now, "renewTime": now}

    def _notes(self) -> dict[str, str]:
        return {UNDO: "[]", CLUSTER_UID: self._cluster_uid, HOST: self._controller}

    def _create(self) -> str:
        metadata = {"name": NAME, "namespace": self._namespace, "annotations": self._notes()}
        try:
            made = self._api.create({"apiVersion": API, "kind": "Lease", "metadata": metadata, "spec": self._spec()})
        except ClusterError as error:
            # The answer may have been lost, not the request; or another run was quicker.
            made = self._api.get("Lease", NAME, self._namespace, API)
            if made is None:
                raise
            other = held(made, self._wall())
            if other.run != self._run:
                raise FailoverError(busy(other)) from error
        return made["metadata"]["uid"]

    def _take(self, other: Held) -> str:
        """One that nobody renews and that left nothing, or this run's own."""
        notes = {**self._notes(), UNDO: json.dumps([entry.row() for entry in other.open], sort_keys=True)}
        body = {"metadata": {"uid": other.uid, "resourceVersion": other.version, "annotations": notes}, "spec": self._spec()}
        try:
            self._api.patch("Lease", NAME, body, self._namespace, API)
        except ClusterError as error:
            now = self._api.get("Lease", NAME, self._namespace, API)
            if now is None or (now.get("spec") or {}).get("holderIdentity") != self._run:
                raise FailoverError(f"another run was quicker to take Lease {self._namespace}/{NAME}: {error}") from error
        return other.uid

    def _patch(self, api: Any, spec: Mapping[str, Any], notes: Mapping[str, str]) -> None:
        body: dict[str, Any] = {"metadata": {"uid": self._uid, **({"annotations": dict(notes)} if notes else {})}}
        if spec:
            body["spec"] = dict(spec)
        now = api.patch("Lease", NAME, body, self._namespace, API)
        holder = (now.get("spec") or {}).get("holderIdentity")
        if holder != self._run:
            self._lose(f"run {holder} has taken the Lease {self._namespace}/{NAME}: this run is aborted")
            raise FailoverError(self.lost)

    def _lose(self, reason: str) -> None:
        if not self.lost:
            self.lost = reason
            self._aborted(reason)

    def _renewing(self) -> None:
        api = self._own()
        try:
            while not self._stop.wait(self._renews):
                try:
                    self._patch(api, {"renewTime": stamp_of(self._wall())}, {})
                except FailoverError:
                    return
                except ClusterError as error:
                    if self._stop.is_set():
                        return
                    if error.reason == "NotFound" or error.status == CONFLICT:
                        self._lose(f"the Lease {self._namespace}/{NAME} was deleted: this run is aborted")
                        return
                    # No API server answers, which a fault may well bring about; nobody else can take it then either.
                    self._says(f"the Lease could not be renewed: {error}")
        finally:
            api.close()


def busy(other: Held) -> str:
    return (
        f"run {other.run} of {other.controller} is verifying this cluster since {other.since} (Lease {other.namespace}/{NAME}, renewed"
        f" {max(0.0, other.age):.0f} s ago). Nothing was done. Wait until it has ended; if it is gone for good, its Lease is free"
        f" {DURATION} s after the last renewal; to abort it: microk8s kubectl -n {other.namespace} delete lease {NAME}"
    )


def left(other: Held) -> str:
    rows = ", ".join(f"{entry.kind} on {entry.node}" for entry in other.open)
    return f"run {other.run} of {other.controller} was interrupted and left to undo: {rows}. Nothing was done. Restore first: {RESTORE}"
