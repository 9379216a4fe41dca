# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError


def test_an_error_carries_its_text_and_its_facts():
    error = NodeError("pi02: no such role", role="king")
    assert str(error) == "pi02: no such role"
    assert error.facts == {"role": "king"}
