# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of MicroK8s that this collection knows: the table.

Source: snap/snapcraft.yaml of the branches of canonical/microk8s; kubernetes/enhancements, KEP-5573 (control groups).
"""

from __future__ import annotations

import re
from typing import NamedTuple

RISKS = ("stable", "candidate", "beta", "edge")


class Release(NamedTuple):
    """minor: track and Kubernetes version. base: the snap it stands on. cgroup_1: whether its kubelet runs on control groups version 1.

    dashboard: whether the add-on dashboard and the command dashboard-proxy are there. ingress: what the add-on ingress installs.
    """

    minor: str
    base: str
    containerd: str
    cgroup_1: bool = True
    dashboard: bool = True
    ingress: str = "nginx"


RELEASES = (
    Release("1.30", "core20", "1.7"),
    Release("1.31", "core20", "1.7"),
    Release("1.32", "core20", "1.7"),
    Release("1.33", "core20", "1.7"),
    Release("1.34", "core22", "1.7"),
    Release("1.35", "core22", "2.1", cgroup_1=False, ingress="traefik"),
    Release("1.36", "core22", "2.2", cgroup_1=False, ingress="traefik", dashboard=False),
)
BY_MINOR = {release.minor: release for release in RELEASES}


class Channel(NamedTuple):
    """A channel of the store. track: "1.34". risk: "stable". branch: a maintainer's temporary channel, mostly empty."""

    track: str
    risk: str = "stable"
    branch: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


def parse_channel(text: str) -> Channel | None:
    """The channel that a text names; None if it names none. "1.34" is 1.34/stable, as for snapd."""
    parts = text.strip().split("/")
    if not 1 <= len(parts) <= 3 or not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", part) for part in parts):
        return None
    if parts[0] in RISKS:
        return Channel("latest", *parts) if len(parts) < 3 else None
    if len(parts) > 1 and parts[1] not in RISKS:
        return None
    return Channel(*parts)


def minor_of(version: str | None) -> str | None:
    """ "1.34" of "v1.34.4", "1.34.4", "1.34/stable" or "1.34"; None of anything else."""
    found = re.match(r"v?(\d+\.\d+)(?![\d-])", version or "")
    return found.group(1) if found else None


def step(before: str, after: str) -> int | None:
    """How many minor releases lie between two of the same major; None if the major differs."""
    (major, minor), (major_after, minor_after) = (tuple(int(part) for part in text.split(".")) for text in (before, after))
    return minor_after - minor if major == major_after else None
