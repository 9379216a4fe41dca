# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `microk8s status` printed, in any of its formats.

An exit status of 0 means little: on a worker and on a stopped node the command prints a notice and succeeds (observed on 1.34). Only the
text tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import plain_yaml

READY = "ready"
NOT_READY = "not_ready"
WORKER = "worker"
STOPPED = "stopped"
LOW_MEMORY = "low_memory"
NO_PERMISSION = "no_permission"
UNKNOWN = "unknown"

# state -> words that are in its notice and in no other text, in the order in which they are looked for
NOTICES = (
    (WORKER, "acting as a node in a cluster"),
    (STOPPED, "microk8s is not running, try microk8s start"),
    (NO_PERMISSION, "Insufficient permissions to access MicroK8s"),
    (LOW_MEMORY, "low-memory-guard"),
    (LOW_MEMORY, "low memory guard"),
    (NOT_READY, "microk8s is not running. Use microk8s inspect"),
)
VOTERS_FOR_HA = 3


@dataclass(frozen=True)
class Member:
    """One member of the datastore. address: HOST:PORT. role: voter, standby or spare; pretty output does not show spares."""

    address: str
    role: str


@dataclass(frozen=True)
class Addon:
    name: str
    repository: str
    enabled: bool
    version: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Status:
    """state: one of the words above. ha_enabled: the datastore is dqlite, true on a single node too; None where the text does not say."""

    state: str
    ha_enabled: bool | None = None
    members: tuple[Member, ...] = ()
    addons: tuple[Addon, ...] = field(default=())
    message: str | None = None

    def addresses(self, role: str) -> list[str]:
        return [member.address for member in self.members if member.role == role]

    @property
    def voters(self) -> list[str]:
        return self.addresses("voter")

    @property
    def survives_a_loss(self) -> bool:
        """Whether the datastore goes on without any one of its members. An offline member still counts (go-dqlite keeps its role)."""
        return len(self.voters) >= VOTERS_FOR_HA

    def addon(self, name: str) -> Addon | None:
        """By name, or by repository/name."""
        return next((addon for addon in self.addons if name in (addon.name, f"{addon.repository}/{addon.name}")), None)


def parse(text: str) -> Status:
    """Any output, also one with notices before or after it."""
    for state, words in NOTICES[:-1]:
        if words.lower() in text.lower() and not re.search(r"^microk8s:\s*$", text, re.M):
            return Status(state, message=_sentence(text))
    start = re.search(r"^microk8s:\s*$", text, re.M)
    if start:
        return _yaml(text[start.start() :])
    if re.search(r"^microk8s is running\s*$", text, re.M):
        return _plain(text)
    if NOTICES[-1][1] in text:
        return Status(NOT_READY, message=_sentence(text))
    return Status(UNKNOWN, message=_sentence(text) or None)


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _yaml(text: str) -> Status:
    # Versions stay text: 5.0 is no number here.
    found = plain_yaml.parse(text, numbers=False)
    found = found if isinstance(found, dict) else {}
    main, ha = (found.get(key) if isinstance(found.get(key), dict) else {} for key in ("microk8s", "high-availability"))
    members = [Member(str(row["address"]), str(row.get("role"))) for row in _rows(ha.get("nodes")) if row.get("address")]
    return Status(
        state=READY if main.get("running") is True else NOT_READY,
        ha_enabled=ha.get("enabled") if isinstance(ha.get("enabled"), bool) else None,
        members=tuple(members),
        addons=tuple(_addon(row) for row in _rows(found.get("addons")) if row.get("name")),
        message=main.get("message") or ha.get("message"),
    )


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _addon(row: dict[str, Any]) -> Addon:
    text = {key: None if row.get(key) is None else str(row[key]) for key in ("version", "description")}
    return Addon(str(row["name"]), str(row.get("repository") or ""), row.get("status") == "enabled", **text)


def _plain(text: str) -> Status:
    """The formats pretty and short."""
    members: list[Member] = []
    addons: list[Addon] = []
    enabled: bool | None = None
    section = None
    for line in text.splitlines():
        words = line.split()
        if re.match(r"\s*datastore (master|standby) nodes:", line):
            role = "voter" if words[1] == "master" else "standby"
            members += [Member(address, role) for address in words[3:] if address != "none"]
        elif line.startswith("high-availability:"):
            enabled = True
        elif line.strip() in ("enabled:", "disabled:"):
            section = line.strip() == "enabled:"
        elif section is not None and re.match(r"\s{4}\S", line):
            found = re.match(r"\s+(\S+)\s*(?:# \((\S+)\) ?(.*))?$", line)
            if found:
                addons.append(Addon(found[1], found[2] or "", section, description=found[3] or None))
        elif re.match(r"\S+: (enabled|disabled)$", line):
            name, _colon, state = line.partition(": ")
            repository, _slash, name = name.rpartition("/")
            addons.append(Addon(name, repository, state == "enabled"))
    return Status(READY, enabled, tuple(members), tuple(addons))
