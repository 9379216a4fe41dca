# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.waiting import not_in_sync
from ansible_collections.pikube.stateful.tests.unit.volumes_world import ENGINES, jiva


def test_what_is_missing():
    assert not_in_sync([jiva(("RW", "RW", "WO")).row()]) == {"database/data": "2 of 3 copies in sync (n3: WO)"}
    assert not_in_sync([jiva(status="RO").row()]) == {"database/data": "3 of 3 copies in sync, and it takes no writes"}
    assert not_in_sync([jiva().silent("n2").row()])["database/data"].startswith("not known (its target does not run")


def test_nobody_waits_for_engines_without_copies():
    assert not_in_sync([make().row() for make in ENGINES.values()]) == {}
    assert not_in_sync([ENGINES["hostpath"]().silent("n1").row(), ENGINES["unknown"]().row()]) == {}
