# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.times import condition_since, moment, written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("1970-01-01T00:01:00Z", 60.0, id="seconds"),
        pytest.param("1970-01-01T00:01:00.500000Z", 60.5, id="a MicroTime, as leases have it"),
        pytest.param("1970-01-01T02:01:00+02:00", 60.0, id="another zone"),
        pytest.param("1970-01-01T00:01:00", 60.0, id="without a zone it is UTC"),
        pytest.param("soon", None, id="no time"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_moment(text, seconds):
    assert moment(text) == seconds


def test_written():
    item = {
        "metadata": {
            "managedFields": [
                {"time": "1970-01-01T00:01:00Z", "fieldsV1": {"f:spec": {}}},
                {"time": "1970-01-01T00:02:00Z", "fieldsV1": {"f:status": {}}},
                {"time": "1970-01-01T00:03:00Z", "subresource": "status", "fieldsV1": {}},
                {"fieldsV1": {"f:status": {}}},
            ]
        }
    }
    assert (written(item), written(item, "status"), written(item, "spec"), written(item, "pools")) == (180, 180, 60, None)
    assert written({"metadata": {}}) is None


def test_condition_since():
    item = {"status": {"conditions": [{"type": "Ready", "lastTransitionTime": "1970-01-01T00:01:00Z"}]}}
    assert (condition_since(item, "Ready"), condition_since(item, "Other"), condition_since({}, "Ready")) == (60, None, None)
