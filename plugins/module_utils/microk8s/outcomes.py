# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command of MicroK8s that ended means. Its exit status alone tells little: 0 may be nothing done, and 1 may be done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

TIMED_OUT = (124, 137)  # of timeout(1)
NEW_TOKEN = "token"  # noqa: S105 - a word of the result: it may work with a new token


@dataclass(frozen=True)
class Outcome:
    """One row. rc: the exit statuses it is for, empty for any but 0. words: a pattern that the output has to hold.

    good: the command did or found what was asked for, by its own words, which are no evidence. retry: NEW_TOKEN if the same may work
    when it is simply done again. touched: the node or the cluster may have been changed although it failed.
    """

    id: str
    rc: tuple[int, ...]
    words: str | None
    meaning: str
    cure: str = ""
    good: bool = False
    retry: str | None = None
    touched: bool = False

    def matches(self, rc: int, text: str) -> bool:
        if rc not in self.rc if self.rc else rc == 0:
            return False
        return self.words is None or re.search(self.words, text, re.IGNORECASE) is not None


START = "Start it: microk8s start"
# What every command may say instead of doing its work (facts of the wrappers of 1.30 to 1.36).
COMMON = (
    Outcome("timed_out", TIMED_OUT, None, "it did not end in time and was stopped", "See microk8s inspect on the node", touched=True),
    Outcome("worker", (0, 1), r"acting as a node in a cluster", "it is a worker", "Run it on a control plane"),
    Outcome("stopped", (0, 1), r"microk8s is not running, try microk8s start", "MicroK8s is stopped there", START),
    Outcome("not_running", (1,), r"microk8s is not running\. Use microk8s inspect", "MicroK8s does not work there", "See microk8s inspect"),
    Outcome(
        "permission", (1,), r"Insufficient permissions to access MicroK8s", "the user may not use MicroK8s", "Run it as root (become: true)"
    ),
    Outcome(
        "sudo",
        (1,),
        r"sudo: (a password is required|.*terminal is required)",
        "sudo asks for a password",
        "Run it as root (become: true)",
        touched=True,
    ),
    Outcome(
        "sudo_missing",
        (1, 127),
        r"sudo: (command )?not found|sudo: No such file",
        "MicroK8s calls sudo, and there is none",
        "Install the package sudo",
    ),
    Outcome("not_installed", (1, 126, 127), r"(microk8s.*(no such file|not found))", "MicroK8s is not installed there", "Install it"),
)
UNKNOWN = Outcome("unknown", (), None, "", "See its output", touched=True)


def recognise(table: Iterable[Outcome], rc: int, text: str) -> Outcome:
    """The first row that fits; UNKNOWN if none does."""
    return next((row for row in (*table, *COMMON) if row.matches(rc, text)), UNKNOWN)


def last_words(text: str, count: int = 3) -> str:
    """The last lines of an output that say something: of a Python traceback the error itself."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("Infer repository", "  File "))]
    if any("Traceback (most recent call last)" in line for line in lines):
        count = 1
    return " | ".join(lines[-count:])


def meaning(outcome: Outcome, rc: int, text: str) -> str:
    """What happened, in words; of an unknown outcome the command's own."""
    if outcome.id != UNKNOWN.id:
        return outcome.meaning
    return f"it ended with status {rc} and said: {last_words(text) or 'nothing'}"
