# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import size_of

GIB, MIB = 1024**3, 1024**2


def test_nodes_are_read_from_their_facts():
    facts = {"kernel": {}, "memory": {"total_bytes": 1}, "board": {"memory_bytes": 4 * GIB}, "processor": {"cores": 4}}
    assert size_of({"a": facts, "b": {**facts, "board": {"memory_bytes": 8 * GIB}}}, GIB).memory == 1348 * MIB
    with pytest.raises(PostgresError, match="the facts of b"):
        size_of({"a": facts, "b": {}}, GIB)
