# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""user-data and meta-data of cloud-init's NoCloud data source. Values in, texts out.

Raspberry Pi OS (trixie) and Ubuntu read both from the boot partition. What differs is a table.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings, User
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import MARK, yaml

SUDO = {"nopasswd": "ALL=(ALL) NOPASSWD:ALL", "password": "ALL=(ALL) ALL", "none": None}


class Family(NamedTuple):
    """commands: what the first boot has to run because cloud-init does not see to it."""

    commands: tuple[tuple[str, ...], ...]


FAMILIES = {
    # sshd is installed and switched off; cloud-init has no key for it (rpi-imager#1612).
    "raspberrypios": Family((("systemctl", "enable", "--now", "ssh"),)),
    "ubuntu": Family(()),
}


def user_data(settings: Settings, family: str) -> str:
    """The text of user-data.

    The first user is given as "user", which is the image's own account under another name: it keeps the groups that the image gives it
    (adm, gpio, sudo and more). "users" without "default" would lose them (rpi-imager#1601). The right of sudo is always said, because
    images differ (rpi-imager#1678), as a text: older schemas of cloud-init know no list. In /etc/hosts the first boot puts the line of
    127.0.1.1 right, and no later boot touches the file: "true" would rewrite it each time (rpi-imager#1462), and "localhost" every line
    that names the host; user-data outranks whatever the system says about it in /etc/cloud.
    """
    first, *others = settings.users
    commands = [own_line(settings.hostname), *(list(command) for command in FAMILIES[family].commands)]
    if first.groups:
        # A key "groups" would replace the groups of the image.
        commands.append(["usermod", "--append", "--groups", ",".join(first.groups), first.name])
    content: dict[str, Any] = {"hostname": settings.hostname, "manage_etc_hosts": False}
    if settings.timezone:
        content["timezone"] = settings.timezone
    content["ssh_pwauth"] = settings.ssh_password_authentication
    content["user"] = _account(first)
    if others:
        content["users"] = [{**_account(user), "groups": list(user.groups)} if user.groups else _account(user) for user in others]
    # Once an instance, and a list of lists, which no shell splits into words.
    content["runcmd"] = commands
    # cloud-init wants the first line to be this one.
    return f"#cloud-config\n{MARK}{yaml(content)}"


def own_line(hostname: str) -> list[str]:
    """The command that makes the host name known to the system itself, without which sudo asks the DNS.

    The image's own line is replaced by one at the end. Run again, also for another name, it leaves one line.
    """
    # "a" before "d": the new line is written even if the last one is deleted.
    return ["sed", "-i", "-e", f"$a 127.0.1.1 {hostname}", "-e", "/^127\\.0\\.1\\.1[[:space:]]/d", "/etc/hosts"]


def meta_data(instance_id: str) -> str:
    """The text of meta-data. Images spell the key "instance_id", which cloud-init does not know."""
    return f"{MARK}{yaml({'dsmode': 'local', 'instance-id': instance_id})}"


def instance_id(hostname: str, *texts: str) -> str:
    """An identity that is the same for the same content and another for any other: cloud-init sets up a node anew when it changes."""
    # The identity is shown in clear and the texts hold keys, hence a hash that is too slow for guessing.
    digest = hashlib.pbkdf2_hmac("sha256", "\0".join(texts).encode("utf-8"), b"pikube.stateful", 100_000, dklen=6)
    return f"pikube-{hostname}-{digest.hex()}"


def data_source(instance_id: str) -> str:
    """The kernel parameter that names data source and instance: without it every boot searches again (rpi-imager#1529).

    It outranks the one in meta-data, so one that Raspberry Pi Imager left there has to be replaced.
    """
    return f"ds=nocloud;i={instance_id}"


def _account(user: User) -> dict[str, Any]:
    account: dict[str, Any] = {"name": user.name, "shell": "/bin/bash", "sudo": SUDO[user.sudo], "lock_passwd": not user.password_hash}
    if user.password_hash:
        account["passwd"] = user.password_hash
    if user.authorized_keys:
        account["ssh_authorized_keys"] = list(user.authorized_keys)
    return account
