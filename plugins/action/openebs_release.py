# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import components, release_plan
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import (
    EXTENSIONS,
    RELEASE,
    OpenebsAction,
    seen_custom_kinds,
    seen_releases,
    shown,
    wanted_release,
)
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "namespace": {"type": "str", "default": "openebs"},
    "state": {"type": "str", "choices": ["ready", "absent"], "default": "ready"},
    "release": {"type": "dict", "options": RELEASE},
    "helm": {"type": "dict"},
    "settle_seconds": {"type": "int", "default": 30},
}
HELM = "kubernetes.core.helm"
PAUSE = 2.0


class ActionModule(OpenebsAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        if wanted["state"] == "absent":
            return self.remains(cluster)
        if not wanted["release"]:
            raise OpenebsError("openebs_release: say which release is wanted (option release)")
        goal = wanted_release(wanted["release"], wanted["namespace"])
        plan = release_plan.plan(goal, seen_releases(cluster))
        # The add-on's own command installs and cannot go on, so that its release has to go as a whole.
        unfinished = plan.outcome == release_plan.FINISH and not goal.addon
        if unfinished and not self._task.check_mode:
            self.settled(cluster, plan, goal, wanted["settle_seconds"] if plan.release.pending else 0)
        if wanted["helm"] and plan.changes and not self._task.check_mode:
            self.change(cluster, goal, wanted["helm"])
        return {
            "changed": plan.changes if self._task.check_mode or wanted["helm"] else unfinished,
            **plan.facts(),
            "version": goal.version,
            "diff": shown(plan.before, plan.after, f"release {goal.namespace}/{goal.name}") if plan.changes else {},
        }

    def settled(self, cluster: Cluster, plan: release_plan.Plan, goal: release_plan.Wanted, seconds: int) -> None:
        """Take away the record of a change that nobody works on any more; Helm then goes on from the revision before, or from nothing.

        What that change made stays, and is taken over by the next one, since it carries the name of the release.
        """
        release = plan.release
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = next((one for one in seen_releases(cluster) if (one.name, one.namespace) == (release.name, release.namespace)), None)
            if now is None or now.uid != release.uid or now.status != release.status:
                again = release_plan.plan(goal, [now] if now else [])
                if again.release is None or not again.release.pending:
                    return  # a Helm that was still at work has come to its end
                raise OpenebsError(
                    f"somebody else changes release {release.namespace}/{release.name} now ({now.status}, revision {now.revision})."
                    " Run again when that is over",
                    release=release.name,
                )
            self.says(f"release {release.name} is {release.status}, waiting whether a Helm still works on it")
            time.sleep(PAUSE)
        cluster.delete("Secret", release.secret, release.namespace, uid=release.uid)

    def change(self, cluster: Cluster, goal: release_plan.Wanted, options: Mapping[str, Any]) -> None:
        """Let Helm work on the node, and say meanwhile what its hooks wait for."""
        ended = threading.Event()

        def tell() -> None:
            while not ended.wait(PAUSE):
                found = self.hindrances(cluster, goal)
                self.says(f"Helm works on release {goal.name}" + (f", waiting for {found[0][0]}" if found else ""))

        self.says(f"Helm works on release {goal.name}")
        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            result = self.remote(HELM, **options)
        finally:
            ended.set()
            teller.join()
        if result.get("failed"):
            found = self.hindrances(cluster, goal)
            said = " ".join(str(result.get("stderr") or result.get("msg") or "").split())[-400:]
            raise OpenebsError(
                f"Helm did not bring release {goal.namespace}/{goal.name} to {goal.chart} {goal.version}: {said}. "
                + "; ".join(text for text, _cure in found)
                + f". {next((cure for _text, cure in found if cure), 'Run again: what is unfinished is then finished')}",
                release=goal.name,
            )

    def hindrances(self, cluster: Cluster, goal: release_plan.Wanted) -> list[tuple[str, str]]:
        try:
            return components.hindrances(cluster.list("Pod", goal.namespace), cluster.list("Event", goal.namespace))
        except ClusterError as error:
            return [(f"the API ({error})", "")]

    def remains(self, cluster: Cluster) -> dict[str, Any]:
        """Helm leaves definitions of custom resources behind; with one of them all its objects would go."""
        rows = seen_custom_kinds(cluster)
        empty = [row["name"] for row in rows if not row["objects"]]
        for name in empty:
            if not self._task.check_mode:
                cluster.delete("CustomResourceDefinition", name, api_version=EXTENSIONS)
        return {"changed": bool(empty), "removed": empty, "kept": [row for row in rows if row["objects"]]}
