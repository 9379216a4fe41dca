# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of the package engines."""

from __future__ import annotations

from typing import Any


class EnginesError(Exception):
    """What was asked for makes no sense. The message says what, where and what to do; facts go to the caller's result."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts
