# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with cards."""

from __future__ import annotations

from typing import Any


class CardError(Exception):
    """A card, image or wish that cannot be worked with; the text says what, where and what to do.

    facts: what a module returns beside the text, JSON-plain (target, file, bytes_needed, bytes_free, ...).
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts
