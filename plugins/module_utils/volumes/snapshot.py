# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a cluster as they were read at one time, and what engines said when they were asked. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What an engine itself said. content: JSON as a value, None if it did not answer; trouble: why not."""

    content: Any = None
    trouble: str = ""


@dataclass(frozen=True)
class Snapshot:
    """objects: by kind; a kind that the cluster does not know is missing. at: seconds since 1970 by the clock of who read them.

    answers: by the path they were asked under.
    """

    objects: Mapping[str, Sequence[Mapping[str, Any]]]
    at: float
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def with_answers(self, answers: Mapping[str, Answer]) -> Snapshot:
        return Snapshot(self.objects, self.at, {**self.answers, **answers})
