# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.audit import known
from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import NODE_FACTS, VOLUME_ROWS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import version

KINDS = {kind for kind, _versions in known.KINDS}


def test_every_kind_that_is_looked_at_is_read():
    looked_at = {need for check in CHECKS for need in check.reads} - {NODE_FACTS, VOLUME_ROWS}
    looked_at |= {one.kind for one in (*known.STATES, *known.COPIES)}
    assert looked_at <= KINDS
    assert {"Secret", "ConfigMap"}.isdisjoint(KINDS)


def test_ranges_follow_each_other():
    assert [row.end for row in known.RANGES[:-1]] == [row.first for row in known.RANGES[1:]]
    assert all(version(row.first) < version(row.end) for row in known.RANGES)


def test_images_that_are_named_are_those_of_engines():
    assert {image for row in known.BROKEN for image in row.images} <= {image for engine in ENGINES for image in engine.images}
    assert all(re.compile(row.pattern) for row in known.BAD_IMAGES)
