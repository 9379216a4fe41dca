# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry of one's own changes in the values of a chart: a table, and the function that applies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError


class Place(NamedTuple):
    """path: of a value that holds a registry. slash: whether it ends with a slash. switch: path of the value that takes the part out."""

    path: tuple[str, ...]
    slash: bool
    switch: tuple[str, ...] = ()


# By chart and major release. Source: values.yaml of openebs 4.x and of its sub-charts.
PLACES: dict[tuple[str, int], tuple[Place, ...]] = {
    ("openebs", 4): (
        Place(("preUpgradeHook", "image", "registry"), False),
        Place(("localpv-provisioner", "localpv", "image", "registry"), True),
        Place(("localpv-provisioner", "helperPod", "image", "registry"), True),
        Place(("lvm-localpv", "lvmPlugin", "image", "registry"), True, ("engines", "local", "lvm", "enabled")),
        Place(("zfs-localpv", "zfsPlugin", "image", "registry"), True, ("engines", "local", "zfs", "enabled")),
        Place(("mayastor", "image", "registry"), False, ("engines", "replicated", "mayastor", "enabled")),
    ),
}


def mirrored(values: Mapping[str, Any], chart: str, version: str, mirror: str) -> dict[str, Any]:
    """The values with a registry in the place of the public one. mirror: host, port and prefix, without a scheme; empty changes nothing."""
    if not mirror:
        return dict(values)
    if "://" in mirror or " " in mirror:
        raise OpenebsError(
            f'openebs_image_mirror: "{mirror}" is written as images are, without a scheme, like registry.example.org:5000/mirror'
        )
    places = PLACES.get((chart, int(version.split(".")[0])))
    if places is None:
        raise OpenebsError(
            f"openebs_image_mirror: where chart {chart} {version} names its registries is not known here."
            " Let containerd ask the mirror instead: microk8s_registry_mirrors"
        )
    found: dict[str, Any] = dict(values)
    for place in places:
        if place.switch and not _get(values, place.switch):
            continue
        found = _with(found, place.path, f"{mirror.rstrip('/')}/" if place.slash else mirror.rstrip("/"))
    return found


def _get(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _with(values: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    inner = values.get(first) if isinstance(values, Mapping) else None
    return {**(values or {}), first: _with(inner, tuple(rest), value) if rest else value}
