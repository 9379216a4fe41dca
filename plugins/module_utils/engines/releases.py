# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart releases of OpenEBS: the table."""

from __future__ import annotations

from typing import NamedTuple


class Release(NamedTuple):
    """One release of the umbrella chart.

    engines: name -> version. kubernetes: oldest release, and the first that it no longer runs on (None: none known).
    not_on: engine -> first release of Kubernetes that this one's version breaks on. addon: whether MicroK8s' add-on openebs installs it.
    archived: no corrections are made. warning: what to know about where it is fetched.
    """

    chart: str
    version: str
    repository: str
    engines: dict[str, str]
    kubernetes: tuple[tuple[int, int], tuple[int, int] | None]
    source: str
    not_on: dict[str, tuple[int, int]] = {}  # noqa: RUF012 (a default of a tuple that nobody changes)
    addon: bool = False
    archived: bool = False
    warning: str | None = None


OLD_REPOSITORY = "its repository was taken down in April 2024 and restored for a time only: bring the chart as a file if it does not answer"

CLASSIC = {"hostpath": "3.5.0", "device": "3.5.0", "lvm": "1.4.0", "zfs": "2.4.0", "jiva": "3.6.0", "cstor": "3.6.0"}

# Newest first: the first that has an engine and runs on the cluster's Kubernetes is taken.
RELEASES = (
    Release(
        chart="openebs",
        version="4.6.1",
        repository="https://openebs.github.io/openebs",
        engines={"hostpath": "4.6.0", "lvm": "1.10.1", "zfs": "2.11.1", "rawfile": "0.15.1", "mayastor": "2.12.1"},
        kubernetes=((1, 23), None),
        source="openebs/openebs, release v4.6.1",
    ),
    Release(
        chart="openebs",
        version="3.10.0",
        repository="https://openebs.github.io/charts",
        engines={**CLASSIC, "mayastor": "2.5.0"},
        kubernetes=((1, 21), None),
        archived=True,
        warning=OLD_REPOSITORY,
        source="openebs/charts, openebs-3.10.0",
    ),
    Release(
        chart="openebs",
        version="3.3.1",
        repository="https://openebs.github.io/charts",
        engines={"hostpath": "3.3.0", "device": "3.3.0", "lvm": "1.0.0", "zfs": "2.1.0", "jiva": "3.3.0", "cstor": "3.3.0"},
        # Documented for less than 1.25; Jiva and Local PV work on later ones since they use policy/v1.
        kubernetes=((1, 19), None),
        not_on={"cstor": (1, 25)},
        addon=True,
        archived=True,
        warning=OLD_REPOSITORY,
        source="canonical/microk8s-community-addons, addons/openebs; openebs/jiva-operator 3.2.0",
    ),
)


def _runs_on(release: Release, engine: str, kubernetes: tuple[int, int] | None) -> bool:
    if kubernetes is None:
        return True
    oldest, too_new = release.kubernetes
    broken = release.not_on.get(engine)
    return kubernetes >= oldest and not (too_new and kubernetes >= too_new) and not (broken and kubernetes >= broken)


def release_for(engine: str, kubernetes: tuple[int, int] | None) -> Release | None:
    """The newest release that has the engine and runs on a release of Kubernetes (None: not known, which speaks against nothing)."""
    return next((row for row in RELEASES if engine in row.engines and _runs_on(row, engine, kubernetes)), None)


def by_addon(engine: str, kubernetes: tuple[int, int] | None) -> bool:
    """Whether MicroK8s' add-on brings an engine that works there. A release that is not known is taken for a new one."""
    return any(row.addon and engine in row.engines and _runs_on(row, engine, kubernetes or (9, 0)) for row in RELEASES)
