# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh server of a node: what it would make of a drop-in, and the reload that makes it do so."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import stat
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.access import Account, KeyFile
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.session import Session
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import parse_effective

Run = Callable[[Sequence[str]], "tuple[int, str, str]"]

# Made by ssh.service, and missing where a socket starts the server; sshd checks nothing without it.
PRIVILEGE_SEPARATION_FOLDER = Path("/run/sshd")


class Server:
    """sshd, asked about configurations that are not in force yet."""

    def __init__(self, command: Sequence[str], run: Run, main: Path) -> None:
        """`command` is sshd's path, with options that every call needs; `main` its main configuration file."""
        self._command = list(command)
        self._run = run
        self._main = main

    def effective(
        self, configuration: Path, forced: Mapping[str, str] | None = None, user: str | None = None, session: Session | None = None
    ) -> dict[str, tuple[str, ...]]:
        """What would be in force under a configuration, for a user if one is given, with `forced` options on the command line.

        Raises SshError with sshd's own words if it refuses the configuration.
        """
        if PRIVILEGE_SEPARATION_FOLDER.parent.is_dir():
            PRIVILEGE_SEPARATION_FOLDER.mkdir(mode=0o755, exist_ok=True)
        command = [*self._command, "-T", "-f", str(configuration)]
        for keyword, value in (forced or {}).items():
            command += ["-o", f"{keyword}={value}"]
        if user is not None:
            where = session or Session(user, "127.0.0.1", "0", "127.0.0.1", "22")
            laddr, lport = where.server_address, where.server_port
            command += ["-C", f"user={user},host={where.address},addr={where.address},laddr={laddr},lport={lport}"]
        code, out, err = self._run(command)
        if code != 0:
            said = "; ".join(line.strip() for line in (err or out).splitlines() if line.strip())
            raise SshError(f"sshd refuses the configuration: {said.replace(str(configuration), str(self._main))}. Nothing was changed")
        return parse_effective(out)

    def merged(self, drop_in: Path, text: str | None, folder: Path) -> Path:
        """A copy of the configuration, in `folder`, in which the drop-in already has that text, or is gone (None).

        Raises SshError if the main file does not include the drop-in: it would have no effect.
        """
        copies = folder / "drop-ins"
        copies.mkdir()
        if drop_in.parent.is_dir():
            for other in drop_in.parent.iterdir():
                if other.is_file() and other != drop_in:
                    shutil.copyfile(other, copies / other.name)
        if text is not None:
            (copies / drop_in.name).write_text(text, encoding="utf-8")
        lines = []
        included = False
        for line in self._main.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            words = line.split()
            if words and words[0].lower() == "include":
                patterns = [str(self._main.parent / word) for word in words[1:]]
                ours = [fnmatchcase(str(drop_in), pattern) and Path(pattern).parent == drop_in.parent for pattern in patterns]
                included = included or any(ours)
                line = " ".join(["Include", *(str(copies / Path(each).name) if own else each for each, own in zip(patterns, ours))])
            lines.append(f"{line}\n")
        if not included and text is not None:
            raise SshError(
                f"{self._main} does not include {drop_in}, so the settings would have no effect. "
                f'Put "Include {drop_in.parent}/*.conf" in its first line and run again',
            )
        merged = folder / "sshd_config"
        merged.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        return merged


def account(name: str) -> Account:
    """A user of this node. Raises SshError if there is none of that name."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise SshError(f'user "{name}" shall be able to log in, but this node has no such user', user=name) from error
    groups = [grp.getgrgid(number).gr_name for number in os.getgrouplist(name, entry.pw_gid) if _has_group(number)]
    return Account(name, entry.pw_uid, entry.pw_dir, tuple(groups))


def key_file(path: Path, owner: Account, strict: bool) -> KeyFile:
    """What sshd would find there. With `strict` modes the file and each folder up to the home must be writable by their owner alone."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return KeyFile(str(path), 0)
    keys = sum(1 for line in text.splitlines() if re.match(r"\s*[^\s#]", line))
    if strict:
        home = Path(owner.home)
        for each in (path, *path.parents):
            status = each.stat()
            if status.st_uid not in (0, owner.uid):
                return KeyFile(str(path), keys, f"{each} belongs to another user than {owner.name} and root")
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return KeyFile(str(path), keys, f"{each} can be written by others (mode {stat.S_IMODE(status.st_mode):04o})")
            if each == home:
                break
    return KeyFile(str(path), keys)


def _has_group(number: int) -> bool:
    try:
        grp.getgrgid(number)
    except KeyError:
        return False
    return True
