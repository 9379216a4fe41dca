# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import changes, planned
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

ROOM = {"metadata": {"name": "pikube-postgres"}, "spec": {"hard": {"requests.storage": "20Gi", "persistentvolumeclaims": "4"}}}


def claim(name, size="5Gi", storage_class="fast"):
    return {"metadata": {"name": name}, "spec": {"storageClassName": storage_class, "resources": {"requests": {"storage": size}}}}


def test_what_is_there_counts():
    found = planned.usage([claim("a"), claim("b", "1Gi", None)])
    assert found["requests.storage"] == 6 * 1024**3
    assert found["persistentvolumeclaims"] == 2
    assert found["fast.storageclass.storage.k8s.io/persistentvolumeclaims"] == 1


def test_a_quota_that_is_to_be_takes_the_place_of_the_one_there():
    old = {**ROOM, "status": {"hard": {"requests.storage": "1Gi"}, "used": {}}}
    other = {"metadata": {"name": "other"}, "status": {"hard": {}, "used": {}}}
    found = planned.quotas([old, other], [ROOM], [claim("a")])
    assert [item["metadata"]["name"] for item in found] == ["other", "pikube-postgres"]
    assert found[1]["status"]["hard"]["requests.storage"] == "20Gi"
    changes.check_room(Wishes.parse({"storage_class": "fast"}, 3), [], found, [])
    assert planned.quotas([old], [], []) == [old]


def test_ranges_likewise():
    old, new = ({"metadata": {"name": "x"}, "spec": {"limits": []}, "of": number} for number in (1, 2))
    assert planned.ranges([old], [new]) == [new]
