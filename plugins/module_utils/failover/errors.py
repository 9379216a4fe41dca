# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of the package failover."""

from __future__ import annotations

from typing import Any


class FailoverError(Exception):
    """What is wrong and what to do about it; `facts` are returned beside the message, JSON-plain."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts
