# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the storage: the workload as a value, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import parse_duration, parse_size

ANY, LOW_LATENCY, HIGH_THROUGHPUT = "any", "low_latency", "high_throughput"
CHOICES = {
    "performance": (ANY, LOW_LATENCY, HIGH_THROUGHPUT),
    "access_mode": ("ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany", "ReadWriteMany"),
    "volume_mode": ("Filesystem", "Block"),
}
DEFAULTS: dict[str, Any] = {
    "name": "database",
    "size": "5Gi",
    "size_later": None,
    "performance": ANY,
    "application_replicas": 1,
    "survive_node_loss": True,
    "snapshots": False,
    "clones": False,
    "expansion": False,
    "access_mode": "ReadWriteOnce",
    "volume_mode": "Filesystem",
    "backup_window": None,
    "accept_archived": False,
    "accept_experimental": False,
}
SWITCHES = tuple(name for name, value in DEFAULTS.items() if isinstance(value, bool))


@dataclass(frozen=True)
class Workload:
    """size, size_later: bytes of one volume, now and at its largest. application_replicas: instances, each with a volume of its own.

    backup_window: seconds in which a backup must be done, None for any.
    """

    name: str
    size: int
    size_later: int
    performance: str
    application_replicas: int
    survive_node_loss: bool
    snapshots: bool
    clones: bool
    expansion: bool
    access_mode: str
    volume_mode: str
    backup_window: int | None
    accept_archived: bool
    accept_experimental: bool

    @property
    def replicates_itself(self) -> bool:
        return self.application_replicas > 1

    @classmethod
    def parse(cls, stated: Mapping[str, Any] | None) -> Workload:
        """Raises EnginesError for a key, a size, a count or a choice that makes no sense."""
        unknown = sorted(set(stated or {}) - set(DEFAULTS))
        if unknown:
            raise EnginesError(f"workload has no {', '.join(unknown)}. It has {', '.join(DEFAULTS)}")
        # A value that was left empty is one that was not stated.
        values = {**DEFAULTS, **{key: value for key, value in (stated or {}).items() if value is not None}}
        for key, choices in CHOICES.items():
            if values[key] not in choices:
                raise EnginesError(f'workload {key} "{values[key]}" is not known. Write one of {", ".join(choices)}')
        for key in SWITCHES:
            if not isinstance(values[key], bool):
                raise EnginesError(f'workload {key} "{values[key]}" is neither true nor false')
        values["size"] = parse_size("workload size", values["size"])
        values["size_later"] = values["size"] if values["size_later"] is None else parse_size("workload size_later", values["size_later"])
        if values["size_later"] < values["size"]:
            raise EnginesError("workload size_later is smaller than size. Write the largest size that a volume will have, or leave it out")
        values["backup_window"] = parse_duration("workload backup_window", values["backup_window"])
        values["application_replicas"] = count("workload application_replicas", values["application_replicas"])
        return cls(**{key: str(value) if key == "name" else value for key, value in values.items()})


def count(what: str, value: Any) -> int:
    """A whole number of at least 1."""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        number = int(value)
    if number is None or number < 1:
        raise EnginesError(f'{what} "{value}" is not a number of 1 or more: without one copy there is no volume')
    return number


def known(what: str, names: Sequence[str], table: Sequence[str]) -> None:
    """Raises EnginesError for names that the table has not."""
    unknown = [name for name in names if name not in table]
    if unknown:
        raise EnginesError(f'{what} "{", ".join(unknown)}" is not known. Known are {", ".join(table)}')
