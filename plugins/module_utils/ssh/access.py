# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a user can still log in by key under given settings of the server, before they are in force."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import Effective


@dataclass(frozen=True)
class KeyFile:
    """An authorized_keys file: how many keys it holds, and why sshd would not read it (StrictModes), None if it would."""

    path: str
    keys: int
    problem: str | None = None


@dataclass(frozen=True)
class Account:
    """A user of the node with the names of its groups and its key files."""

    name: str
    uid: int
    home: str
    groups: tuple[str, ...]


def key_paths(account: Account, effective: Effective) -> list[str]:
    """The files in which sshd looks for the keys of a user."""
    patterns = " ".join(effective.get("authorizedkeysfile", ())).split()
    tokens = {"%h": account.home, "%u": account.name, "%U": str(account.uid), "%%": "%"}
    paths = []
    for pattern in patterns:
        path = re.sub(r"%[huU%]", lambda token: tokens[token[0]], pattern)
        if path != "none":
            paths.append(path if path.startswith("/") else f"{account.home}/{path}")
    return paths


def refusals(account: Account, effective: Effective, key_files: Sequence[KeyFile], address: str) -> list[str]:
    """Each reason for which the server would turn the user away, with its cure; an empty list lets the user in.

    `address` is the one that the user comes from. A host name in AllowUsers or DenyUsers is not looked up.
    """
    found = []
    allowed, denied = _words(effective, "allowusers"), _words(effective, "denyusers")
    allowed_groups, denied_groups = _words(effective, "allowgroups"), _words(effective, "denygroups")
    if allowed and not any(_is_user(pattern, account.name, address) for pattern in allowed):
        found.append(f"AllowUsers lists only {', '.join(allowed)}; add {account.name}")
    if any(_is_user(pattern, account.name, address) for pattern in denied):
        found.append(f"DenyUsers ({', '.join(denied)}) applies to {account.name}; take the entry out")
    if allowed_groups and not _any_matches(allowed_groups, account.groups):
        found.append(f"AllowGroups lists only {', '.join(allowed_groups)}, and {account.name} is in none of them; add one of its groups")
    if _any_matches(denied_groups, account.groups):
        found.append(f"DenyGroups ({', '.join(denied_groups)}) applies to {account.name}; take the entry out")
    if account.uid == 0 and _first(effective, "permitrootlogin") in ("no", "forced-commands-only"):
        found.append(
            "PermitRootLogin turns root away; log in as an ordinary user who may use sudo, or set PermitRootLogin to prohibit-password"
        )
    if _first(effective, "passwordauthentication") != "yes":
        found.extend(_without_password(account, effective, key_files))
    return found


def _without_password(account: Account, effective: Effective, key_files: Sequence[KeyFile]) -> list[str]:
    if _first(effective, "pubkeyauthentication") == "no":
        return ["PubkeyAuthentication is no, and passwords are refused; set it to yes"]
    elsewhere = ("authorizedkeyscommand", "trustedusercakeys")
    if any(_first(effective, keyword) not in ("none", "") for keyword in elsewhere):
        return []
    if any(file.keys and file.problem is None for file in key_files):
        return []
    unread = [f"{file.path} is not read: {file.problem}" for file in key_files if file.problem]
    seen = "; ".join(unread) or f"there is none in {' or '.join(file.path for file in key_files) or 'any file'}"
    return [f"passwords would be refused, and {account.name} has no usable key ({seen}); install one first"]


def _words(effective: Effective, keyword: str) -> list[str]:
    return " ".join(effective.get(keyword, ())).split()


def _first(effective: Effective, keyword: str) -> str:
    return next(iter(effective.get(keyword, ())), "")


def _matches(pattern: str, text: str) -> bool:
    """The wildcards of ssh: * and ?, nothing else (ssh_config(5), PATTERNS)."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern), text) is not None


def _any_matches(patterns: Iterable[str], names: Iterable[str]) -> bool:
    return any(_matches(pattern, name) for pattern in patterns for name in names)


def _is_user(pattern: str, name: str, address: str) -> bool:
    user, _at, host = pattern.partition("@")
    return _matches(user, name) and (not host or _matches(host, address) or _is_in(address, host))


def _is_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
