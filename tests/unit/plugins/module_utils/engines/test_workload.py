# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import DEFAULTS, Workload, known


def test_what_is_not_stated_has_its_default():
    for stated in (None, {}, dict.fromkeys(DEFAULTS)):
        found = Workload.parse(stated)
        assert (found.name, found.size, found.size_later, found.application_replicas) == ("database", 5 * 1024**3, 5 * 1024**3, 1)
        assert found.survive_node_loss is True
        assert found.backup_window is None


def test_what_is_stated_counts():
    found = Workload.parse({"size": "1Gi", "size_later": "10Gi", "application_replicas": "3", "backup_window": "2h", "name": "orders"})
    assert (found.size, found.size_later, found.application_replicas, found.backup_window) == (1024**3, 10 * 1024**3, 3, 7200)
    assert found.replicates_itself
    assert found.name == "orders"


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        pytest.param({"size": "5 GB"}, 'workload size "5 GB"', id="a size that is none"),
        pytest.param({"size": "5Gi", "size_later": "5gigs"}, 'workload size_later "5gigs"', id="a later size that is none"),
        pytest.param({"size": "5Gi", "size_later": "1Gi"}, "smaller than size", id="it shrinks"),
        pytest.param({"application_replicas": 0}, 'workload application_replicas "0"', id="no instance"),
        pytest.param({"application_replicas": "two"}, "is not a number of 1 or more", id="a number in letters"),
        pytest.param({"performance": "fast"}, "Write one of any, low_latency, high_throughput", id="an unknown speed"),
        pytest.param({"access_mode": "RWO"}, "Write one of ReadWriteOnce", id="a short name"),
        pytest.param({"survive_node_loss": "perhaps"}, "neither true nor false", id="a switch that is none"),
        pytest.param({"replica": 3}, "workload has no replica. It has name, size", id="an unknown key"),
    ],
)
def test_what_makes_no_sense_is_refused(stated, says):
    with pytest.raises(EnginesError) as refused:
        Workload.parse(stated)
    assert says in str(refused.value)


def test_names_are_looked_up():
    known("engine", ["a"], ["a", "b"])
    with pytest.raises(EnginesError, match=r'engine "c" is not known\. Known are a, b'):
        known("engine", ["a", "c"], ["a", "b"])
