# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about the release: nothing, an installation, an upgrade, other values, or none of it for a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import LOCAL_PV_CHARTS
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.releases import Release

THERE, INSTALL, UPGRADE, VALUES, FINISH = "there", "install", "upgrade", "values", "finish"
REMOVE = "playbooks/remove_openebs.yml"
HIDDEN = re.compile(r"passw|secret|token|credential|key$", re.IGNORECASE)

# By the major releases from and to: why a chart does not go from the one to the other.
NO_WAY = {
    (3, 4): "chart 4 has none of Jiva, cStor and Local PV device, and does not take the objects of chart 3 over",
    (4, 3): "a chart is not taken back to an older one",
}


@dataclass(frozen=True)
class Wanted:
    """addon: it is MicroK8s' add-on that installs, which chooses version and values by itself."""

    name: str
    namespace: str
    chart: str
    version: str
    values: Mapping[str, Any]
    addon: bool = False


@dataclass(frozen=True)
class Plan:
    """outcome: what is to be done. because: the reason for people. before, after: what --diff shows."""

    outcome: str
    because: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    release: Release | None = None

    @property
    def changes(self) -> bool:
        return self.outcome != THERE

    def facts(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "because": self.because,
            "found": self.release.facts() if self.release else None,
        }


def numbers(version: str) -> tuple[int, ...]:
    """4.6.1 -> (4, 6, 1); what follows a dash or a plus does not count. Raises OpenebsError for what is no version."""
    found = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$", version)
    if not found:
        raise OpenebsError(f'"{version}" is no version of a chart. Write all three numbers, like 4.6.1')
    return tuple(int(part or 0) for part in found.groups())


def shown(release: Release | Wanted | None) -> dict[str, Any]:
    if release is None:
        return {}
    return {"chart": f"{release.chart}-{release.version}", "namespace": release.namespace, "values": concealed(release.values)}


def concealed(value: Any) -> Any:
    """Values without what their names call a secret."""
    if isinstance(value, Mapping):
        return {
            key: "(not shown)" if HIDDEN.search(str(key)) and not isinstance(item, (Mapping, list, bool, type(None))) else concealed(item)
            for key, item in value.items()
        }
    return [concealed(item) for item in value] if isinstance(value, list) else value


def differing(have: Any, want: Any, path: str = "") -> list[str]:
    """The paths at which two sets of values differ, in words."""
    if isinstance(have, Mapping) and isinstance(want, Mapping):
        found = []
        for key in sorted({*have, *want}, key=str):
            found += differing(have.get(key), want.get(key), f"{path}.{key}" if path else str(key))
        return found
    return [] if have == want else [path]


def plan(wanted: Wanted, releases: Sequence[Release]) -> Plan:
    """Raises OpenebsError for what must not be done."""
    after = shown(wanted)
    own = next((one for one in releases if (one.name, one.namespace) == (wanted.name, wanted.namespace)), None)
    _alone(wanted, releases)
    if own is None:
        return Plan(INSTALL, "there is no such release", {}, after)
    _same_chart(wanted, own)
    before = shown(own)
    if own.status == "uninstalling":
        raise OpenebsError(f"{_named(own)} is half removed. Finish that first: {REMOVE}", release=own.name)
    if own.pending:
        return Plan(FINISH, f"an earlier run was interrupted ({own.status})", before, after, own)
    if wanted.addon:
        return Plan(THERE, "", before, before, own)
    have, want = numbers(own.version), numbers(wanted.version)
    if want < have:
        raise OpenebsError(
            f"{_named(own)} is newer than {wanted.version}, and a chart is not taken back to an older one."
            f" Set openebs_chart_version to {own.version}, or leave it out",
            release=own.name,
        )
    if own.status == "failed":
        return Plan(FINISH, "the last change of it failed", before, after, own)
    if want > have:
        return Plan(UPGRADE, f"from {own.version} to {wanted.version}", before, after, own)
    paths = differing(own.values, wanted.values)
    if paths:
        return Plan(VALUES, f"other values: {', '.join(paths[:5])}{' and more' if len(paths) > 5 else ''}", before, after, own)
    return Plan(THERE, "", before, before, own)


def _named(release: Release) -> str:
    return f"release {release.namespace}/{release.name} (chart {release.chart} {release.version}, {release.status})"


def _alone(wanted: Wanted, releases: Iterable[Release]) -> None:
    others = [
        one
        for one in releases
        if (one.name, one.namespace) != (wanted.name, wanted.namespace) and one.chart in LOCAL_PV_CHARTS and one.status != "uninstalled"
    ]
    if others:
        raise OpenebsError(
            f"{_named(others[0])} is in the cluster, and two installations answer to the same claims. Set openebs_namespace to where"
            f" it is, or remove it: microk8s helm3 uninstall {others[0].name} -n {others[0].namespace}",
            release=others[0].name,
        )


def _same_chart(wanted: Wanted, own: Release) -> None:
    if own.chart != wanted.chart:
        raise OpenebsError(
            f"{_named(own)} is of another chart than {wanted.chart}. Remove it: {REMOVE}",
            release=own.name,
        )
    majors = (numbers(own.version)[0], numbers(wanted.version)[0])
    if majors[0] == majors[1]:
        return
    reason = NO_WAY.get(majors, "nobody has tried it")
    which = (
        "Keep it (openebs_install_with: addon)"
        if majors[0] == 3 and not wanted.addon
        else "Let the chart install (openebs_install_with: chart)"
    )
    raise OpenebsError(
        f"{_named(own)} is there, and {wanted.version} is wanted: {reason}. {which}, or move the data and remove it: {REMOVE}",
        release=own.name,
    )
