# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences of files without the secrets in them."""

from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import Plan

_SECRET = re.compile(r"(?P<name>\s*(?:psk|sae_password|password)\s*[=:]\s*)(?P<value>.+)")
# The line that says which network the secrets below it belong to: "ssid=..." or, in netplan, the key of an access point.
_OWNER = re.compile(r"ssid=.*|(?!auth:).*:")
HIDDEN = "(hidden)"
DIFFERS = "(hidden, differs)"


def differences(plan: Plan) -> list[dict[str, str]]:
    """Show each file that changes, before and after, as Ansible's diff wants it."""
    shown = []
    for file in (*plan.writes, *plan.removes):
        before = plan.before.get(file.path)
        old = "" if before is None else _showable(before.text)
        new = _showable(file.text) if file in plan.writes else ""
        shown.append({"before_header": file.path, "after_header": file.path, "before": masked(old, old), "after": masked(new, old)})
    return shown


def masked(text: str, before: str) -> str:
    """Hide each secret and say which of them are not the ones that the text of before has for the same network."""
    known = _secrets(before)
    lines = []
    for owner, line in _owned_lines(text):
        found = _SECRET.fullmatch(line)
        if found:
            same = known.get((owner, found["name"])) == found["value"]
            line = found["name"] + (HIDDEN if same else DIFFERS)
        lines.append(line)
    return "\n".join(lines)


def _secrets(text: str) -> dict[tuple[str, str], str]:
    found = ((owner, _SECRET.fullmatch(line)) for owner, line in _owned_lines(text))
    return {(owner, secret["name"]): secret["value"] for owner, secret in found if secret}


def _owned_lines(text: str) -> list[tuple[str, str]]:
    owner, lines = "", []
    for line in text.split("\n"):
        if _OWNER.fullmatch(line.strip()):
            owner = line.strip()
        lines.append((owner, line))
    return lines


def _showable(text: str) -> str:
    """Octets that are not UTF-8 stand as surrogates in our texts and cannot be sent to the controller."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
