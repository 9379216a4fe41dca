# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import engine_table as plugin
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster

engine_table = plugin.FilterModule().filters()["engine_table"]


def test_a_decision_is_shown():
    assert engine_table(decide(cluster(3), {"application_replicas": 3}))[0] == "engine      Local PV hostpath (hostpath)"


@pytest.mark.parametrize("decision", [{}, None, {"engine": "ceph"}, {"engine": None}])
def test_what_is_no_decision_is_an_error_of_the_filter(decision):
    with pytest.raises(AnsibleFilterError, match="this is no decision of module openebs_engine"):
        engine_table(decision)
