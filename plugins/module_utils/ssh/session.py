# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh session through which Ansible came."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LONGEST_CHAIN = 16  # between the module and the session: shells, sudo, Python


@dataclass(frozen=True)
class Session:
    """Who logged in, from which address and port, to which."""

    user: str
    address: str
    port: str
    server_address: str
    server_port: str


def read_process_file(path: str) -> str | None:
    """A file below /proc; None where the process is gone or another user's."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def find_session(read: Callable[[str], str | None] = read_process_file) -> Session | None:
    """Look through the environments of the processes above this one: sudo takes the variables out of its own.

    `read` gives the text of a file below /proc. None if the node was not reached by ssh.
    """
    process = "self"
    for _level in range(LONGEST_CHAIN):
        pairs = (pair.partition("=") for pair in (read(f"/proc/{process}/environ") or "").split("\0"))
        environment = {name: value for name, _equals, value in pairs}
        words = environment.get("SSH_CONNECTION", "").split()
        if len(words) == 4:
            return Session(environment.get("SUDO_USER") or environment.get("USER", ""), *words)
        parent = re.search(r"^PPid:\s+(\d+)$", read(f"/proc/{process}/status") or "", re.MULTILINE)
        if parent is None or parent.group(1) in ("0", "1"):
            return None
        process = parent.group(1)
    return None
