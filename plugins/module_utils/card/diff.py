# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a card as texts for people: no password, hash or key of a network is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Change
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import MARK

MASK = "********"
BACKUP = ".bak"
# Files in which systems look for accounts and networks. Of one that somebody else wrote nothing is shown.
SECRET_FILES = frozenset(("user-data", "network-config", "meta-data", "custom.toml", "userconf.txt", "wpa_supplicant.conf"))
# Where the writers of this package and of the package network put secrets.
SECRET_LINES = (
    re.compile(r"(?m)^(\s*(?:passwd|password|psk|sae_password)\s*[:=]\s*).+$"),
    # userconf.txt
    re.compile(r"(?m)^([a-z][a-z0-9-]*:)\S+$"),
)


def diff(changes: Sequence[Change], where: str) -> list[dict[str, str]]:
    """The diff of each change in Ansible's form; backups are left out, they hold what is shown as before."""
    return [_entry(change, f"{where}/{change.name}") for change in changes if not change.name.endswith(BACKUP)]


def _entry(change: Change, path: str) -> dict[str, str]:
    before, after = _shown(change.name, change.before), _shown(change.name, change.after)
    if before == after:
        after += "(a secret in it changes)\n"
    return {"before_header": path, "after_header": path, "before": before, "after": after}


def _shown(name: str, data: bytes | None) -> str:
    if data is None:
        return ""
    text = data.decode("utf-8", "backslashreplace")
    if name not in SECRET_FILES:
        return text
    if MARK not in text and name != "userconf.txt":
        return f"({len(data)} bytes written by something else, not shown: secrets may be in them)\n"
    for line in SECRET_LINES:
        text = line.sub(rf"\g<1>{MASK}", text)
    return text
