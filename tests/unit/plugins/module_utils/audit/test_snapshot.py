# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot, is_database, title
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w


def look(world, **more):
    return Snapshot(world, world.facts, world.rows, **more)


def test_namespaces_that_are_judged():
    world = w.clean().put("PersistentVolumeClaim", *(w.claim("x", one) for one in ("kube-system", "openebs", "shop")))
    assert {claim["metadata"]["namespace"] for claim in look(world).claims} == {"database", "shop"}
    assert {claim["metadata"]["namespace"] for claim in look(world, namespaces=["openebs"]).claims} == {"openebs"}


def test_facts_are_found_by_the_name_that_the_node_has():
    world = w.clean()
    world.facts = {"first": w.facts("pi01"), "pi02": w.facts("other")}
    assert sorted(look(world).facts) == ["pi01", "pi02"]
    assert look(world).without_facts == ["pi03"]


def test_engines_that_share_a_provisioner_are_told_apart():
    device = w.storage_class()
    device["metadata"]["annotations"]["cas.openebs.io/config"] = '- name: StorageType\n  value: "device"\n'
    assert Snapshot.engine_of_class(device).name == "device"
    assert Snapshot.engine_of_class(w.storage_class()).name == "hostpath"
    assert Snapshot.engine_of_class({"provisioner": "example.com/other"}) is None


def test_what_is_installed():
    assert [engine.name for engine in look(w.replicated()).installed] == ["hostpath", "jiva"]


def test_a_database_by_its_image():
    assert is_database(w.pod(image="ghcr.io/cloudnative-pg/postgresql:16"))
    assert not is_database(w.pod(image="ghcr.io/cloudnative-pg/postgres-operator:1"))


def test_titles():
    assert title({"kind": "Pod", **w.pod()}) == "Pod database/db-0"
    assert title({"kind": "Node", **w.node("pi01")}) == "Node pi01"
