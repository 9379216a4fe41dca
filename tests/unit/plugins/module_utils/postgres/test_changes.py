# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import changes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.single_objects import server
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import settings
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes


def storage_class(name, default=False, grows=False):
    return {"name": name, "default": default, "allow_volume_expansion": grows}


HOSTPATH, FAST, GROWS = storage_class("hostpath", default=True), storage_class("fast"), storage_class("grows", grows=True)
CLASSES = [HOSTPATH, FAST, GROWS]


def wishes(**given):
    return Wishes.parse({"storage_class": "hostpath", **given}, 3)


def there(**given):
    asked = wishes(**given)
    made = server if asked.topology == "single" else lambda *parts: [cluster(*parts)]
    return changes.kept(made(asked, settings(None, None, None))[-1])


@pytest.mark.parametrize(
    ("asked", "classes", "found"),
    [
        pytest.param("", CLASSES, "hostpath", id="the default one"),
        pytest.param("fast", CLASSES, "fast", id="one that is named"),
        pytest.param("slow", CLASSES, 'no class "slow". There are fast, grows, hostpath', id="one that is missing"),
        pytest.param("", [FAST], "no class is the default one. Name one. There are fast", id="none is the default one"),
        pytest.param("", [HOSTPATH, storage_class("b", default=True)], "b and hostpath are the default ones", id="two are"),
        pytest.param("", [], "There are none: run playbooks/install_openebs.yml", id="no class at all"),
    ],
)
def test_the_class(asked, classes, found):
    if " " not in found:
        assert changes.with_class(wishes(storage_class=asked), None, classes).storage_class == found
        return
    with pytest.raises(PostgresError, match=found):
        changes.with_class(wishes(storage_class=asked), None, classes)


def test_the_class_of_what_is_there_is_kept_when_another_one_becomes_the_default():
    assert changes.with_class(wishes(storage_class=""), there(storage_class="fast"), CLASSES).storage_class == "fast"


def test_what_is_there_is_read_from_its_object():
    values = {"version": 17, "size": "5Gi", "storage_class": "hostpath", "database": "app", "owner": "app"}
    assert there() == {"topology": "cluster", **values}
    assert there(topology="single") == {"topology": "single", **values}
    assert changes.kept(None) is None


@pytest.mark.parametrize(
    ("before", "asked", "says"),
    [
        pytest.param({}, {}, None, id="the same"),
        pytest.param({}, {"size": "5120Mi"}, None, id="the same size in other words"),
        pytest.param({"storage_class": "grows"}, {"storage_class": "grows", "size": "6Gi"}, None, id="a class that grows"),
        pytest.param({}, {"instances": 2}, None, id="fewer instances"),
        pytest.param({}, {"size": "6Gi"}, "of class hostpath do not grow beyond the 5 GiB", id="one that does not"),
        pytest.param({}, {"size": "4Gi"}, "does not shrink", id="smaller"),
        pytest.param({}, {"version": 18}, "playbooks/backup.yml", id="a newer major version"),
        pytest.param({}, {"version": 16}, "does not go back", id="an older one"),
        pytest.param({}, {"storage_class": "fast"}, "A volume does not change its class", id="another class"),
        pytest.param({}, {"database": "shop"}, '"shop" is asked for, and database/main was made with "app"', id="another database"),
        pytest.param({}, {"owner": "me"}, "postgres_owner", id="another owner"),
        pytest.param({}, {"topology": "single"}, "single is asked for, and database/main is cluster", id="another topology"),
        pytest.param({"topology": "single"}, {"topology": "single"}, None, id="the same server alone"),
        pytest.param({"topology": "single"}, {"topology": "single", "version": 18}, "playbooks/backup.yml", id="alone, a newer version"),
        pytest.param(
            {"topology": "single", "storage_class": "grows"},
            {"topology": "single", "storage_class": "grows", "size": "6Gi"},
            "does not let its claim of 5 GiB grow",
            id="alone, larger",
        ),
    ],
)
def test_what_cannot_be_made_of_what_is_there(before, asked, says):
    if says is None:
        changes.check(wishes(**asked), there(**before), CLASSES)
        return
    with pytest.raises(PostgresError, match=says):
        changes.check(wishes(**asked), there(**before), CLASSES)


def test_nothing_speaks_against_a_first_one():
    changes.check(wishes(), None, CLASSES)


def service(namespace, name, *ports):
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"ports": [{"nodePort": port} for port in ports]}}


def test_a_port_that_another_service_has():
    asked = wishes(node_port=30432)
    changes.check_node_port(asked, "main-outside", [service("database", "main-outside", 30432), service("web", "shop", 30080)])
    changes.check_node_port(wishes(), "main-outside", [service("web", "shop", 30432, None)])
    with pytest.raises(PostgresError, match="30432 is taken by service web/shop"):
        changes.check_node_port(asked, "main-outside", [service("web", "shop", 30431, 30432)])


def quota(**rows):
    keys = {
        "storage": "requests.storage",
        "claims": "persistentvolumeclaims",
        "fast": "hostpath.storageclass.storage.k8s.io/requests.storage",
    }
    status = {part: {keys[name]: value[number] for name, value in rows.items()} for number, part in enumerate(("hard", "used"))}
    return {"metadata": {"name": "limits"}, "status": status}


def limit(kind="PersistentVolumeClaim", most="4Gi"):
    return {"metadata": {"name": "limits"}, "spec": {"limits": [{"type": kind, "max": {"storage": most}}]}}


@pytest.mark.parametrize(
    ("claims", "quotas", "ranges", "says"),
    [
        pytest.param([], [], [], None, id="no quota"),
        pytest.param([], [quota(storage=("15Gi", "0"))], [], None, id="just enough"),
        pytest.param(
            [], [quota(storage=("15Gi", "1Gi"))], [], "3 volumes of 5Gi .* requests.storage has 14 GiB left of 15 GiB", id="too little"
        ),
        pytest.param(["main-1", "main-3"], [quota(storage=("15Gi", "10Gi"))], [], None, id="two are there"),
        pytest.param(["main-1", "main-1-wal-x", "other-1"], [quota(storage=("15Gi", "6Gi"))], [], "2 volumes", id="others are there"),
        pytest.param(["main-1", "main-2", "main-3"], [quota(storage=("1Gi", "15Gi"))], [], None, id="all are there"),
        pytest.param([], [quota(claims=("2", "0"))], [], "persistentvolumeclaims has 2 left of 2", id="too few claims"),
        pytest.param([], [quota(fast=("10Gi", "0"))], [], "hostpath.storageclass.*10 GiB left", id="of the class"),
        pytest.param([], [], [limit()], r"5Gi is asked for, and a claim .* may have 4 GiB \(LimitRange limits\)", id="a claim too large"),
        pytest.param([], [], [limit(most="5Gi"), limit(kind="Container")], None, id="a claim just not too large"),
    ],
)
def test_volumes_that_the_namespace_may_not_have(claims, quotas, ranges, says):
    if says is None:
        changes.check_room(wishes(), claims, quotas, ranges)
        return
    with pytest.raises(PostgresError, match=says):
        changes.check_room(wishes(), claims, quotas, ranges)


@pytest.mark.parametrize(("claims", "fits"), [([], False), (["data-main-0"], True), (["main-1", "data-other-0"], False)])
def test_a_server_alone_has_one_claim(claims, fits):
    asked = wishes(topology="single")
    if fits:
        changes.check_room(asked, claims, [quota(storage=("5Gi", "5Gi"))], [])
        return
    with pytest.raises(PostgresError, match="1 volumes of 5Gi"):
        changes.check_room(asked, claims, [quota(storage=("5Gi", "5Gi"))], [])
