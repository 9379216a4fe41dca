# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.effect import Effect
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError


@pytest.fixture
def said():
    return []


def coredns(available):
    return {
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {"replicas": 1},
        "status": {"availableReplicas": available, "updatedReplicas": available},
    }


SERVICE = {"kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}, "spec": {"clusterIP": "10.152.183.10"}}
CONFIG = {
    "kind": "ConfigMap",
    "metadata": {"name": "coredns", "namespace": "kube-system"},
    "data": {"Corefile": "    forward . 8.8.8.8 {\n"},
}
ROW = {"name": "core/dns", "changed": True, "outcome": "done"}


@pytest.fixture
def effect(look, clock, said):
    def of(name="dns", state="present", arguments=()):
        wanted = {"name": name, "state": state, "arguments": list(arguments)}
        return Effect(look, wanted, lambda text, usual: said.append(text), clock, clock.sleep)

    return of


def test_an_addon_that_works_is_left_alone(effect, look):
    for item in (coredns(1), SERVICE, CONFIG):
        look.put(item)
    one = effect()
    assert one.before() == {"name": "core/dns", "state": "present", "changed": False, "outcome": "there", "seconds": 0}
    assert one.warnings == []


def test_other_arguments_are_warned_of(effect, look):
    for item in (coredns(1), SERVICE, CONFIG):
        look.put(item)
    one = effect(arguments=["10.0.0.1"])
    one.before()
    assert "forwards to 8.8.8.8, not to 10.0.0.1" in one.warnings[0]


def test_enabled_is_not_working(effect, look, clock, said):
    look.put(coredns(0))
    one = effect()
    assert one.before() is None
    one.began()
    clock.then = {20: lambda: (look.put(coredns(1)), look.put(SERVICE))}
    assert one.after(ROW) == {"name": "core/dns", "state": "present", "changed": True, "outcome": "done", "seconds": 20}
    assert said[0] == "enables add-on dns"
    assert said[1] == "enabled add-on dns, waiting for it to work: Deployment kube-system/coredns: 0 of 1 pods work".replace(
        "dns,", "core/dns,"
    )


def test_no_effect(effect):
    one = effect()
    one.began()
    with pytest.raises(
        MicroK8sError, match=r"add-on core/dns was enabled, and does not work after 300 s: no Deployment kube-system/coredns"
    ) as problem:
        one.after(ROW)
    assert problem.value.facts["missing"] == ["no Deployment kube-system/coredns", "no address of Service kube-system/kube-dns"]


def test_what_check_mode_says(effect, look):
    one = effect()
    already = {**ROW, "changed": False, "outcome": "already"}
    assert one.foretold(ROW) == ROW
    assert one.foretold(already)["missing"] == ["no Deployment kube-system/coredns", "no address of Service kube-system/kube-dns"]
    for item in (coredns(1), SERVICE):
        look.put(item)
    assert one.foretold(already) == already


def test_absent(effect, look, clock):
    assert effect(state="absent").before()["outcome"] == "gone"
    look.put(coredns(1))
    one = effect(state="absent")
    assert one.before() is None
    one.began()
    clock.then = {6: lambda: look.drop("Deployment", "coredns", "kube-system")}
    assert one.after(ROW)["seconds"] == 6


def test_the_api_may_go_away_meanwhile(effect, look, passing_error):
    for item in (coredns(1), SERVICE):
        look.put(item)
    one = effect("rbac")
    look.fails = [passing_error()]
    one.began()
    assert one.after({**ROW, "name": "core/rbac"})["changed"]


def test_files_are_the_nodes_to_tell(effect):
    one = effect("helm3")
    assert one.before() is None
    assert one.after({"name": "core/helm3", "changed": False, "outcome": "already"})["outcome"] == "already"
    assert one.warnings == []


def test_what_nobody_can_prove(effect):
    one = effect("special")
    assert one.before() is None
    one.after({"name": "mine/special", "changed": True, "outcome": "done"})
    assert "nothing here knows how to prove it" in one.warnings[0]
