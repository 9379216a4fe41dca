# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Evidence


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        pytest.param(1.6, 2, id="whole seconds"),
        pytest.param(-3, 0, id="a clock that is ahead"),
        pytest.param(None, None, id="nothing tells"),
    ],
)
def test_the_age_of_evidence(age, seconds):
    assert Evidence("says", "Pod/x", age).facts() == {"says": "says", "from": "Pod/x", "age_seconds": seconds}
