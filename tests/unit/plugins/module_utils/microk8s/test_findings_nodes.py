# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import findings_nodes
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import plan
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import bare, wanted


@pytest.mark.parametrize("ahead", [[0.1, 0.2, 40.5], [0.1, 40.2, 0.4], [-40.0, 0.0, 0.5]])
def test_the_clock_that_is_far_from_the_one_in_the_middle_is_named(ahead):
    names = ("pi01", "pi02", "pi03")
    hosts = Hosts({name: bare(name, microk8s__clock__ahead_seconds=value) for name, value in zip(names, ahead)}, wanted(3))
    ((name, _values),) = findings_nodes.clocks_apart_before_change(hosts, plan(hosts))
    assert name == names[max(range(3), key=lambda number: abs(ahead[number]))]
