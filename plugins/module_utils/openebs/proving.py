# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof carried out: a claim bound, written, read back by another pod with the same checksum, and removed with its volume."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes, components, proof
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import PROVED

PAUSE = 1.0
CLEAN_SECONDS = 60
RETAIN_NOT = {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}
OBJECTS = (("Pod", proof.READER), ("Pod", proof.WRITER), ("PersistentVolumeClaim", proof.CLAIM))


@dataclass
class Proving:
    """cluster: a Cluster. look: judges the components now, as a list of Component. say: gets what is waited for.

    elsewhere: the reader has to run on another node than the writer. seconds: for each of binding with writing, and reading.
    """

    cluster: Any
    storage_class: str
    namespace: str
    image: str
    size: str = "512Mi"
    elsewhere: bool = False
    seconds: int = 180
    look: Callable[[], Sequence[components.Component]] = lambda: ()
    say: Callable[[str], Any] = lambda text: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep
    took: dict[str, float] = field(default_factory=dict)

    def run(self, made_with: str, now: str) -> dict[str, Any]:
        """Raises OpenebsError with the component that keeps the class from working."""
        self._there()
        self.clean()
        try:
            found = self._prove()
        except BaseException:
            self._clean_up_after_failure()
            raise
        self._step("removed", self.clean)
        self.cluster.patch(
            "StorageClass",
            self.storage_class,
            {"metadata": {"annotations": {PROVED: proof.record(now, made_with, found["written_on"], found["read_on"])}}},
            api_version=classes.API_VERSION,
        )
        return {**found, "seconds": {key: round(value, 1) for key, value in self.took.items()}, "at": now}

    def _there(self) -> None:
        if self.cluster.get("StorageClass", self.storage_class, None, classes.API_VERSION) is None:
            raise OpenebsError(f"StorageClass {self.storage_class} cannot be proved: it is not there", storage_class=self.storage_class)

    def _prove(self) -> dict[str, Any]:
        self.cluster.create(proof.claim(self.namespace, self.storage_class, self.size))
        written_on, written = self._step("written", lambda: self._pod(proof.WRITER, "written"))
        self._delete("Pod", proof.WRITER)
        self._gone([("Pod", proof.WRITER)], self.seconds)
        read_on, read = self._step("read", lambda: self._pod(proof.READER, "read back", written_on if self.elsewhere else ""))
        if read != written:
            raise OpenebsError(
                f"StorageClass {self.storage_class} is not to be trusted: {written_on} wrote {proof.BYTES} bytes, SHA-256 {written}, and"
                f" {read_on} read {read or 'nothing'}. Use it for nothing until that is understood",
                storage_class=self.storage_class,
            )
        return {"written_on": written_on, "read_on": read_on, "sha256": read, "bytes": proof.BYTES}

    def _step(self, name: str, call: Callable[[], Any]) -> Any:
        begin = self.clock()
        found = call()
        self.took[name] = self.clock() - begin
        return found

    def _pod(self, name: str, verb: str, not_on: str = "") -> tuple[str, str]:
        """The node on which it ran, and what it said."""
        self.cluster.create(proof.pod(name, self.namespace, self.image, self.seconds, not_on))
        end = self.clock() + self.seconds
        kept = False
        while True:
            found = self.cluster.get("Pod", name, self.namespace) or {}
            kept = kept or bool(self._let_go())
            phase, text = proof.answer(found)
            if phase == "Succeeded":
                return (found.get("spec") or {}).get("nodeName") or "", text
            broken = [one for one in self.look() if not one.fine]
            if phase == "Failed" or self.clock() >= end or any(one.final for one in broken):
                raise self._failure(verb, found, phase, text, broken, not_on)
            self.say(f"proves class {self.storage_class}, its volume is being {verb}: {self._state(found, broken)}")
            self.sleep(PAUSE)

    def _let_go(self) -> list[str]:
        """The names of its volumes. A class that retains would keep them for ever."""
        own = [item for item in self.cluster.list("PersistentVolume") if proof.of_the_proof(item, self.namespace)]
        for item in own:
            if (item.get("spec") or {}).get("persistentVolumeReclaimPolicy") != "Delete":
                self.cluster.patch("PersistentVolume", item["metadata"]["name"], RETAIN_NOT)
        return [item["metadata"]["name"] for item in own]

    def _events(self) -> list[Mapping[str, Any]]:
        return self.cluster.list("Event", self.namespace)

    def _state(self, pod: Mapping[str, Any], broken: Sequence[components.Component]) -> str:
        if broken:
            return broken[0].text
        troubled = components.trouble(pod, self._events()) if pod else None
        return f"{troubled[0]} {'on ' + troubled[1] + ' ' if troubled[1] else ''}{troubled[2]}" if troubled else "it runs"

    def _failure(
        self, verb: str, pod: Mapping[str, Any], phase: str, text: str, broken: Sequence[components.Component], not_on: str
    ) -> OpenebsError:
        claim = self.cluster.get("PersistentVolumeClaim", proof.CLAIM, self.namespace) or {}
        bound = (claim.get("status") or {}).get("phase") == "Bound"
        events = self._events()
        says = [one.text for one in broken]
        cures = [one.cure for one in broken if one.cure]
        said = components.newest_warning(events, "PersistentVolumeClaim", proof.CLAIM, self.namespace)
        says += [f"the claim: {said}"] if said else []
        helpers = [
            item
            for item in self.cluster.list("Pod", self.namespace)
            if item["metadata"]["name"].startswith(("init-", "cleanup-", "quota-"))
        ]
        for item in (*helpers, *([pod] if pod else [])):
            troubled = components.trouble(item, events)
            says += [f"{troubled[0]}{' on ' + troubled[1] if troubled[1] else ''}: {troubled[2]}"] if troubled else []
        if phase == "Failed" and text:
            says.append(f"it ended with: {text}")
        if not_on and not bound:
            says.append(f"the reader has to run on another node than {not_on}")
        what = f"a volume of it was not {verb}" if bound else "a claim of it was not bound"
        when = "" if phase == "Failed" or any(one.final for one in broken) else f" in {self.seconds} s"
        cure = cures[0] if cures else f"See the events: microk8s kubectl get events -n {self.namespace}"
        return OpenebsError(
            f"StorageClass {self.storage_class} does not work: {what}{when}. {'; '.join(says) or 'Nothing says why'}. {cure}",
            storage_class=self.storage_class,
            components=[one.facts() for one in broken],
            bound=bound,
        )

    # Leaving nothing behind

    def clean(self) -> bool:
        """Remove what a proof made, also one that was killed, with its volume. False if there was nothing."""
        volumes = self._let_go()
        there = [self._delete(kind, name) for kind, name in OBJECTS]
        if not any(there) and not volumes:
            return False
        self._gone(OBJECTS, CLEAN_SECONDS)
        end = self.clock() + CLEAN_SECONDS
        while volumes := self._let_go():
            if self.clock() >= end:
                raise OpenebsError(
                    f"the volume {', '.join(volumes)} of a proof was not removed in {CLEAN_SECONDS} s:"
                    f" {'; '.join(one.text for one in self.look() if not one.fine) or 'its provisioner did not answer'}."
                    " The node that holds it has to be up; run again then",
                    volumes=volumes,
                )
            self.say(f"proves class {self.storage_class}, its volume is being removed")
            self.sleep(PAUSE)
        return True

    def _delete(self, kind: str, name: str) -> bool:
        return self.cluster.delete(kind, name, self.namespace)

    def _gone(self, objects: Sequence[tuple[str, str]], seconds: float) -> None:
        end = self.clock() + seconds
        while True:
            left = [(kind, name) for kind, name in objects if self.cluster.get(kind, name, self.namespace)]
            if not left:
                return
            if self.clock() >= end:
                listed = ", ".join(f"{kind} {self.namespace}/{name}" for kind, name in left)
                raise OpenebsError(
                    f"{listed} of a proof is still there after {seconds:.0f} s. See the node that it runs on", left=[n for _k, n in left]
                )
            self.say(f"proves class {self.storage_class}, waiting for {left[0][0]} {left[0][1]} to go")
            self.sleep(PAUSE)

    def _clean_up_after_failure(self) -> None:
        try:
            self._let_go()
            for kind, name in OBJECTS:
                self._delete(kind, name)
        except ClusterError:
            pass  # the error that is under way says more; the next run cleans up
