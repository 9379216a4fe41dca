# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell scripts and the unit of the guard: what a node needs to take a change of its network back, without Ansible and without Python."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import Command

FOLDER = "/var/lib/pikube/network"
ROLLBACK_UNIT = "pikube-network-rollback"
ACTIVATE_UNIT = "pikube-network-activate"
BOOT_UNIT = "pikube-network-rollback-boot.service"
UNITS_FOLDER = "/etc/systemd/system"
BOOT_LINK = f"{UNITS_FOLDER}/multi-user.target.wants/{BOOT_UNIT}"

_PREAMBLE = """#!/bin/sh
# Written by the module pikube.stateful.wifi before it changed the network.
# {purpose}
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
problems=
must() {{ "$@" >/dev/null 2>&1 || problems="${{problems:+$problems; }}$* (status $?)"; }}
may() {{ "$@" >/dev/null 2>&1 || :; }}
"""
_CLAIM = """cd {folder} || exit 1
# The rename decides between this script and a confirmation: only one of the two finds the folder.
[ -d rolling-back ] || mv -T pending rolling-back 2>/dev/null || exit 0
# A copy beside the file and a rename: a power cut leaves the one or the other, whole.
note() {{ problems="${{problems:+$problems; }}$1"; }}
put_back() {{
    cp -p "rolling-back/files/$1" "$2/.$3{temporary}" && mv -fT "$2/.$3{temporary}" "$2/$3" || note "$2/$3 was not put back"
}}
take_away() {{ rm -f "$1" || note "$1 was not removed"; }}
"""
_OUTCOME = """when=$(date -u +%Y-%m-%dT%H:%M:%SZ)
printf 'when=%s\\nreason=%s\\nproblems=%s\\n' "$when" "${{1:-by hand}}" "$problems" > rolling-back/outcome
rm -rf rolled-back
mv -T rolling-back rolled-back
rm -rf rolled-back/files
rm -f {unit} {link}
"""


def rollback_script(
    kept: Mapping[str, str | None], commands: Iterable[Command], interface: str, *, folder: str, temporary: str, unit: str, link: str
) -> str:
    """Write the script that puts the files of before back, activates them and says so in rolled-back/outcome.

    kept: for each path the name of its copy in the folder files, or None for a path where there was no file. The script may be
    interrupted anywhere and run again. Its argument is the reason that it notes.
    """
    lines = [_PREAMBLE.format(purpose="Puts the files of before back and activates them, unless the change was confirmed.")]
    lines.append(_CLAIM.format(folder=shlex.quote(folder), temporary=temporary))
    for path, copy in sorted(kept.items()):
        parent, name = posixpath.split(path)
        lines.append(f"take_away {shlex.quote(path)}\n" if copy is None else f"put_back {shlex.join([copy, parent, name])}\n")
    lines.append("sync\n")
    lines.append(_command_lines(commands, interface))
    lines.append(_OUTCOME.format(unit=shlex.quote(unit), link=shlex.quote(link)))
    return "".join(lines)


def activate_script(commands: Iterable[Command], interface: str, *, folder: str) -> str:
    """Write the script that activates the files, and leaves behind a file with what failed; an empty one if nothing did."""
    return (
        _PREAMBLE.format(purpose="Activates the files that the module wrote.")
        + f"cd {shlex.quote(folder)}/pending || exit 0\n"
        + _command_lines(commands, interface)
        + "printf '%s' \"$problems\" > activated.new && mv -f activated.new activated\n"
    )


def boot_unit(folder: str) -> str:
    """Write the unit that takes an unconfirmed change back at a boot, when the timer is gone."""
    return f"""[Unit]
Description=Take back a change of the network that was not confirmed
After=NetworkManager.service systemd-networkd.service dhcpcd.service
ConditionPathExists=|{folder}/pending/rollback
ConditionPathExists=|{folder}/rolling-back/rollback

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cd {folder} && if [ -d rolling-back ]; then sh rolling-back/rollback boot; else sh pending/rollback boot; fi'

[Install]
WantedBy=multi-user.target
"""


def _command_lines(commands: Iterable[Command], interface: str) -> str:
    return "".join(f"{'may' if command.may_fail else 'must'} {shlex.join(filled(command, interface))}\n" for command in commands)


def filled(command: Command, interface: str) -> Sequence[str]:
    """The command with the interface in its place."""
    return [part.replace("{interface}", interface) for part in command.argv]
