# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import ENGINES, NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import CHOICES


def test_rows_make_sense():
    assert len(set(NAMES)) == len(NAMES)
    for engine in ENGINES:
        assert engine.source
        assert engine.images
        assert engine.room >= 1
        assert engine.status in ("stable", "archived", "experimental")
        assert set(engine.access_modes) <= set(CHOICES["access_mode"])
        assert set(engine.volume_modes) <= set(CHOICES["volume_mode"])
        assert set(engine.slow_for) <= set(CHOICES["performance"])
        assert not engine.majority or engine.replicated
        assert set(engine.load) <= {*engine.modules, *engine.snapshot_modules}


def test_what_is_stable_comes_before_what_is_not_and_what_is_archived_last():
    order = ["stable", "experimental", "archived"]
    assert [engine.status for engine in ENGINES] == sorted((engine.status for engine in ENGINES), key=order.index)
