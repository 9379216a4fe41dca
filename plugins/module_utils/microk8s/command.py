# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `microk8s`: the door through which the modules of a node call it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import TIMED_OUT

KILL_AFTER = 10  # seconds for which a command may end by itself after SIGTERM


class Ran(NamedTuple):
    rc: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return f"{self.out}\n{self.err}".strip()

    @property
    def timed_out(self) -> bool:
        return self.rc in TIMED_OUT


class Command:
    """run: AnsibleModule.run_command, or what behaves like it."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    def __call__(self, *arguments: str, seconds: int = 60) -> Ran:
        """Run `microk8s ARGUMENTS`, at most so long. Several of its commands would otherwise wait for ever."""
        command: Sequence[str] = ("timeout", f"--kill-after={KILL_AFTER}", str(seconds), paths.COMMAND, *arguments)
        rc, out, err = self._run(list(command), environ_update={"LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}, handle_exceptions=True)
        return Ran(rc, out, err)
