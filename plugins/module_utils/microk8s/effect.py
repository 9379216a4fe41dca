# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effect of one add-on in the cluster: is it there before, and does it come after the command."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import evidence
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.addons import BY_NAME, PRESENT, check, ignored_arguments
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

PAUSE = 2.0


@dataclass
class Effect:
    """look: a Cluster. wanted: name, state and arguments. say: gets what is waited for, and how long it usually takes.

    seconds: how long the effect may take, None for as long as the table of add-ons says.
    """

    look: Any
    wanted: Mapping[str, Any]
    say: Callable[[str, Any], Any]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep
    warnings: list[str] = field(default_factory=list)
    seconds: int | None = None
    _start: float = 0.0

    def __post_init__(self) -> None:
        self.known = BY_NAME.get(self.wanted["name"].rpartition("/")[2])
        self.present = self.wanted["state"] == PRESENT
        self.provable = self.known is not None and any(not isinstance(item, evidence.File) for item in self.known.evidence)
        check(self.wanted["name"], self.wanted["state"], list(self.wanted["arguments"]))

    def row(self, **values: Any) -> dict[str, Any]:
        name = self.wanted["name"]
        full = f"{self.known.repository}/{name}" if self.known and "/" not in name else name
        return {"name": full, "state": self.wanted["state"], "changed": False, "outcome": "failed", "seconds": 0, **values}

    def lacking(self) -> list[str]:
        """What is not as it has to be."""
        proof = self.known.evidence if self.known else ()
        return (evidence.missing if self.present else evidence.left)(proof, self.look)

    def before(self) -> dict[str, Any] | None:
        """The row of an add-on that is as it has to be, None for one that the module on the node has to look at."""
        if not self.provable or self.lacking():
            return None
        if self.present:
            text = ignored_arguments(self.wanted["name"], list(self.wanted["arguments"]), self.corefile())
            self.warnings += [text] if text else []
        return self.row(outcome="there" if self.present else "gone")

    def corefile(self) -> str | None:
        found = self.look.get("ConfigMap", "coredns", "kube-system")
        return (found or {}).get("data", {}).get("Corefile")

    def began(self) -> None:
        self._start = self.clock()
        self.say(f"{'enables' if self.present else 'disables'} add-on {self.wanted['name']}", self.known.usual if self.known else None)

    def foretold(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row of check mode: what MicroK8s calls done already, and does not work, would not work after the command either."""
        missing = self.lacking() if self.provable and not row["changed"] else []
        return {**row, "outcome": "no_effect", "missing": missing} if missing else dict(row)

    def after(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for the effect. Raises MicroK8sError if it does not come."""
        if not self.provable:
            if self.known is None:
                self.warnings.append(f"add-on {row['name']}: nothing here knows how to prove it; MicroK8s calls it {self.wanted['state']}")
            return self.row(name=row["name"], changed=row["changed"], outcome=row["outcome"], seconds=round(self.clock() - self._start))
        verb, seconds = "enabled" if self.present else "disabled", self.known.timeout if self.seconds is None else self.seconds
        end = self.clock() + seconds
        while True:
            try:
                found = self.lacking()
            except ClusterError as error:
                if not error.passing:
                    raise
                found = [f"the API does not answer ({error})"]
            if not found:
                return self.row(name=row["name"], changed=row["changed"], outcome=row["outcome"], seconds=round(self.clock() - self._start))
            if self.clock() >= end:
                what = "there is " if not self.present else ""
                raise MicroK8sError(
                    f"add-on {row['name']} was {verb}, and {'does not work' if self.present else 'is not gone'} after {seconds} s:"
                    f" {what}{'; '.join(found)}. If an earlier run was interrupted, disable it and enable it again",
                    outcome="no_effect",
                    missing=found,
                )
            self.say(
                f"{verb} add-on {row['name']}, waiting for {'it to work' if self.present else 'it to go'}: {found[0]}", self.known.usual
            )
            self.sleep(PAUSE)
