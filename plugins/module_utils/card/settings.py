# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of a card's system, checked: who may log in, what it is called. Passwords are hashes only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError

# crypt(5): SHA-512, SHA-256, yescrypt; with the length that each has.
HASHES = (
    re.compile(r"\$6\$(rounds=[1-9][0-9]{3,8}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}"),
    re.compile(r"\$5\$(rounds=[1-9][0-9]{3,8}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43}"),
    re.compile(r"\$y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43}"),
)
# useradd's rule on Debian and Ubuntu; userconf of Raspberry Pi OS allows no underscore.
USER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
KEY_TYPE = re.compile(
    r"(^|\s)(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+AAAA"
)
TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
RESERVED = ("root",)


@dataclass(frozen=True)
class User:
    """An account. password_hash: crypt(5), None for none, which locks the password. sudo: nopasswd, password or none."""

    name: str
    authorized_keys: tuple[str, ...] = ()
    password_hash: str | None = None
    sudo: str = "nopasswd"
    groups: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> User:
        """Read one entry of the option users. Raises CardError, which does not repeat what may be a secret."""
        name = options["name"]
        if not USER_NAME.fullmatch(name) or name in RESERVED:
            raise CardError(
                f'users: "{name}" is not allowed as the name of an account; use a to z, digits, "-" and "_", a letter first, at most 32'
                " characters, and not root"
            )
        hashed = options.get("password_hash") or None
        if hashed and not any(form.fullmatch(hashed) for form in HASHES):
            raise CardError(
                f'users: password_hash of "{name}" is not a hash of crypt(5) ("$6$..."), and a password in clear text is written nowhere;'
                ' make a hash with "openssl passwd -6"'
            )
        keys = tuple(key.strip() for key in options.get("authorized_keys") or () if key.strip())
        for number, key in enumerate(keys, 1):
            if "PRIVATE KEY" in key:
                raise CardError(f'users: key {number} of "{name}" is a private key; give the public one (the file that ends in .pub)')
            if not key.isprintable() or not KEY_TYPE.search(key):
                raise CardError(f'users: key {number} of "{name}" is not one line of a public ssh key ("ssh-ed25519 AAAA... comment")')
        return cls(name, keys, hashed, options.get("sudo") or "nopasswd", tuple(options.get("groups") or ()))


@dataclass(frozen=True)
class Settings:
    """What the system shall have from its first boot. The first user takes the place of the account that an image comes with."""

    hostname: str
    users: tuple[User, ...]
    ssh_password_authentication: bool = False
    timezone: str | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Settings:
        """Read the module's options hostname, users, ssh_password_authentication and timezone. Raises CardError."""
        users = tuple(map(User.from_options, options["users"] or ()))
        twice = next((user.name for place, user in enumerate(users) if user.name in [other.name for other in users[:place]]), None)
        if twice:
            raise CardError(f'users: "{twice}" is there twice; give one entry with all keys')
        timezone = options.get("timezone") or None
        if timezone and not TIME_ZONE.fullmatch(timezone):
            raise CardError(
                f'timezone: "{timezone}" is not the name of a time zone; one looks like Europe/Berlin (timedatectl list-timezones)'
            )
        return cls(options["hostname"], users, bool(options["ssh_password_authentication"]), timezone)

    def check_access(self) -> None:
        """Raise CardError for settings with which nobody could log in over ssh."""
        if not any(user.authorized_keys or user.password_hash for user in self.users):
            raise CardError(
                "users: nobody could log in to this node; give at least one user, the one that Ansible will use, with authorized_keys or"
                " with password_hash"
            )
        if not self.ssh_password_authentication and not any(user.authorized_keys for user in self.users):
            raise CardError(
                f"users: {', '.join(user.name for user in self.users)} could not log in over ssh: there are no keys, and ssh takes no"
                " passwords; give authorized_keys, or set ssh_password_authentication to true"
            )
