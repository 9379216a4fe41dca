# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError


def test_facts_go_with_the_message():
    error = EnginesError("pi1 has no disk /dev/sdx", node="pi1")
    assert str(error) == "pi1 has no disk /dev/sdx"
    assert error.facts == {"node": "pi1"}
