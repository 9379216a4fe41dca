# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done so that the snap is as it is wanted: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits, paths, releases, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

FAR = "2099-12-31T00:00:00Z"  # snapd before 2.58 knows no "forever", and obeys this for 95 days after the last refresh
UNDER_WAY = "install-snap"


class SnapFile(NamedTuple):
    """A snap on the node, by its own meta/snap.yaml. architectures: empty if it is for all."""

    path: str
    name: str
    version: str
    architectures: tuple[str, ...]
    base: str | None = None


class Wanted(NamedTuple):
    """What the module was asked for; see its options."""

    state: str = "present"
    channel: str | None = None
    file: SnapFile | None = None
    bases: tuple[SnapFile, ...] = ()
    assertions: tuple[str, ...] = ()
    unsigned: bool = False
    cohort: str | None = None
    hold: bool = True
    refresh: bool = False
    any_release: bool = False
    purge: bool = False


class Action(NamedTuple):
    """One step. word: for the result. argv: the command, None if the module does it by itself (writing the launch configuration)."""

    word: str
    argv: tuple[str, ...] | None = None
    disruptive: bool = False


def wanted_minor(wanted: Wanted) -> str | None:
    return releases.minor_of(wanted.file.version if wanted.file else wanted.channel)


def _check(wanted: Wanted, architecture: str | None) -> None:
    if wanted.channel is not None and releases.parse_channel(wanted.channel) is None:
        raise MicroK8sError(f'channel "{wanted.channel}" is not a channel. Write it like {releases.RELEASES[-1].minor}/stable.')
    if wanted.file and wanted.file.name != paths.SNAP_NAME:
        raise MicroK8sError(f'{wanted.file.path} is the snap "{wanted.file.name}", not {paths.SNAP_NAME}. Base snaps go into bases.')
    for file in (wanted.file, *wanted.bases):
        if file and architecture and file.architectures and not {architecture, "all"} & set(file.architectures):
            built = ", ".join(file.architectures)
            raise MicroK8sError(
                f"{file.path} is built for {built}, and this machine's architecture is {architecture}."
                f" Download it again: UBUNTU_STORE_ARCH={architecture} snap download {file.name}."
            )


def _space(free_mib: int | None, needed: int, doing: str) -> None:
    if free_mib is not None and free_mib < needed:
        raise MicroK8sError(
            f"{paths.DATA} has {free_mib} MiB free, and {doing} needs {needed}. Free some, or mount a bigger disk at {paths.DATA}.",
            free_mib=free_mib,
            needed_mib=needed,
        )


def _source(wanted: Wanted) -> tuple[str, ...]:
    """The end of the command line: where the snap comes from."""
    if wanted.file:
        return (*(("--dangerous",) if wanted.unsigned else ()), wanted.file.path)
    channel = (f"--channel={wanted.channel}",) if wanted.channel else ()
    cohort = (f"--cohort={wanted.cohort}",) if wanted.cohort else ()
    return (*channel, *cohort, paths.SNAP_NAME)


def _groundwork(wanted: Wanted, present: frozenset[str]) -> list[Action]:
    """Assertions and the snaps it stands on, for sites without the store."""
    bases = [base for base in wanted.bases if base.name not in present]
    return [
        *(Action(f"ack {path}", ("snap", "ack", path)) for path in wanted.assertions),
        *(Action(f"install {base.name}", ("snap", "install", *(("--dangerous",) if wanted.unsigned else ()), base.path)) for base in bases),
    ]


def _refreshed(wanted: Wanted, snap: Mapping[str, Any], free_mib: int | None, present: frozenset[str]) -> list[Action]:
    """Steps for an installed snap."""
    minor, there = wanted_minor(wanted), snap["minor"]
    distance = releases.step(there, minor) if minor and there else 0
    if distance != 0 and not wanted.refresh:
        raise MicroK8sError(
            f"MicroK8s {snap['version']} is installed, and {minor} is wanted. An installed MicroK8s is never taken to another release"
            " by the way: use playbooks/upgrade.yml, which does it node by node.",
            version=snap["version"],
            wanted=minor,
        )
    if distance not in (0, 1) and not wanted.any_release:
        what = "goes back" if distance is not None and distance < 0 else "skips releases"
        raise MicroK8sError(
            f"The way from MicroK8s {there} to {minor} {what}, which its datastore and its nodes do not survive."
            " Go up by one release at a time, all nodes before the next step.",
            version=snap["version"],
            wanted=minor,
        )
    if wanted.file:
        if not wanted.refresh or wanted.file.version == snap["version"]:
            return _switched(wanted, snap["channel"]) if not is_local(snap) else []
        _space(free_mib, limits.REFRESH_FREE_MIB, "a refresh")
        refresh = Action(f"refresh to {wanted.file.version}", ("snap", "install", "--classic", *_source(wanted)), disruptive=True)
        return [*_groundwork(wanted, present), refresh, *(_switched(wanted, None) if not wanted.unsigned else ())]
    if wanted.refresh:
        _space(free_mib, limits.REFRESH_FREE_MIB, "a refresh")
        return [
            Action(f"refresh to {wanted.channel or 'the newest of its channel'}", ("snap", "refresh", *_source(wanted)), disruptive=True)
        ]
    return _switched(wanted, snap["channel"]) if not is_local(snap) else []


def is_local(snap: Mapping[str, Any]) -> bool:
    """Whether it came from a file that no assertion vouches for: such a snap has no channel and is never refreshed by itself."""
    return snap["revision"].startswith("x")


def _switched(wanted: Wanted, followed: str | None) -> list[Action]:
    """The channel is what snapd would refresh from; without one it would take latest/stable."""
    if not wanted.channel or (followed and releases.parse_channel(wanted.channel) == releases.parse_channel(followed)):
        return []
    return [Action(f"follow {wanted.channel}", ("snap", "switch", f"--channel={wanted.channel}", paths.SNAP_NAME))]


def _held(wanted: Wanted, found: Mapping[str, Any], hold_setting: str | None, local: bool) -> list[Action]:
    version = snapd.version_numbers(found["snapd"]["version"])
    if local:  # never refreshed by itself
        return []
    if version >= snapd.HOLD_SINCE:
        if wanted.hold and found["snapd"]["hold"] != snapd.FOREVER:
            return [Action("hold", ("snap", "refresh", "--hold", paths.SNAP_NAME))]
        if not wanted.hold and found["snapd"]["hold"] == snapd.FOREVER:
            return [Action("unhold", ("snap", "refresh", "--unhold", paths.SNAP_NAME))]
        return []
    if wanted.hold and hold_setting != FAR:
        return [Action("hold", ("snap", "set", "system", f"refresh.hold={FAR}"))]
    if not wanted.hold and hold_setting == FAR:
        return [Action("unhold", ("snap", "unset", "system", "refresh.hold"))]
    return []


def decide(
    wanted: Wanted,
    found: Mapping[str, Any],
    hold_setting: str | None,
    free_mib: int | None,
    present: Sequence[str] = (),
) -> list[Action]:
    """The steps, in order; none if all is as wanted.

    found: as snapd.read. hold_setting: refresh.hold of the system. free_mib: below /var/snap. present: names of installed snaps.
    Raises MicroK8sError for what will not be done.
    """
    snap = found["snap"]
    if wanted.state == "absent":
        if snap is None:
            return []
        purge = ("--purge",) if wanted.purge else ()
        return [Action("remove and purge" if purge else "remove", ("snap", "remove", *purge, paths.SNAP_NAME), disruptive=True)]
    _check(wanted, found["snapd"]["architecture"])
    names = frozenset(present)
    if snap is None:
        if wanted.file is None and wanted.channel is None:
            raise MicroK8sError("MicroK8s is not installed, and neither channel nor file says which one is wanted.")
        _space(free_mib, limits.INSTALL_FREE_MIB, "an installation")
        install = Action(
            f"install {wanted.file.version if wanted.file else wanted.channel}", ("snap", "install", "--classic", *_source(wanted))
        )
        follow = _switched(wanted, None) if wanted.file and not wanted.unsigned else []
        steps = [*_groundwork(wanted, names), install, *follow]
    else:
        # snapd leaves it disabled where a change was undone half way.
        enable = [] if snap["active"] else [Action("enable", ("snap", "enable", paths.SNAP_NAME))]
        steps = [*enable, *_refreshed(wanted, snap, free_mib, names)]
    installs = any(step.argv and step.argv[1] == "install" for step in steps)
    local = bool(wanted.file and wanted.unsigned) if installs else is_local(snap)
    return steps + _held(wanted, found, hold_setting, local)
