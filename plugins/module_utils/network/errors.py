# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of the package network."""

from __future__ import annotations

from typing import Any


class NetworkError(Exception):
    """A network that cannot be described, written or activated; the text says what, where and what to do.

    Texts and facts never hold a passphrase or a PSK: they give its length.
    facts: what a module returns beside the text, JSON-plain (problems, path, interface, ...).
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts
