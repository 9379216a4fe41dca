# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Injector, Options, Target
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal
from ansible_collections.pikube.stateful.tests.unit.failover_hands import World, node, pod

RUN = "20261130T210533Z-fault"


class Scene:
    def __init__(self, kind, **options):
        self.world = World(node(), pod("main-1", owner="Cluster", uid="uid-main"))
        self.registered, self.began = [], []
        self.journal = Journal(RUN, "uid", None, (self._kept,))
        target = Target("database", "main-1", "uid-main", "pi02", peers=["10.0.0.13"])
        self.injector = Injector(kind, target, RUN, self.world.hands, self.journal, Options(**options), self.began.append)

    def _kept(self, entries):
        # What had been done by then: nothing, or an undo would come too late.
        self.registered.append([entry.kind for entry in entries])
        self.world.log.append("registered")
        self.harmed_before = [call[0] for call in self.world.api.calls if call[0] in ("patch", "delete", "evict", "execute")]


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_undone_is_registered_before_the_harm(kind):
    scene = Scene(kind)
    found = scene.injector.inject()
    assert [entry.kind for entry in scene.journal.open] == list(FAULTS[kind].undo)
    assert scene.registered == [] or scene.harmed_before == []
    assert scene.began == [found.at]
    assert found.at <= found.done_at
    if scene.registered:
        harm = next((place for place, word in enumerate(scene.world.log) if word in ("off", "pikube_partition", "pikube_stop")), 99)
        assert scene.world.log.index("registered") < harm


@pytest.mark.parametrize("kind", [kind for kind, fault in FAULTS.items() if fault.undo])
def test_no_harm_if_it_cannot_be_registered(kind):
    scene = Scene(kind)

    def keep(entries):
        raise FailoverError("the Lease was deleted")

    scene.journal.keep = (keep,)
    with pytest.raises(FailoverError, match="was deleted"):
        scene.injector.inject()
    assert not scene.began
    assert not [word for word in scene.world.log if word != "pikube_asked_from"]
    assert not [call for call in scene.world.api.calls if call[0] not in ("get", "list")]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        pytest.param("none", {}, id="none"),
        pytest.param("pod_delete", {"pod": "main-1", "uid": "uid-main"}, id="pod_delete"),
        pytest.param("drain", {"cordoned": True, "evicted": ["database/main-1"], "left": [], "alone": []}, id="drain"),
        pytest.param("postmaster_kill", {"signal": "SIGKILL", "pid": 27}, id="postmaster_kill"),
        pytest.param("kubelite_stop", {"dead_man_seconds": 1800}, id="kubelite_stop"),
        pytest.param(
            "partition",
            {"tool": "nft", "devices": ["eth0", "wlan0"], "controllers": ["10.0.0.1"], "dead_man_seconds": 1800},
            id="partition",
        ),
        pytest.param("crash", {"boot_id": "0000-boot", "crashes_after_seconds": 1}, id="crash"),
        pytest.param("power_off", {"proven_off": True, "proven_off_at": 1_000_000}, id="power_off"),
    ],
)
def test_facts(kind, facts):
    assert Scene(kind).injector.inject().facts == facts


@pytest.mark.parametrize("kind", ["partition", "kubelite_stop"])
def test_armed_before_the_harm(kind):
    scene = Scene(kind)
    scene.injector.inject()
    assert scene.world.log[-3:-1] == ["registered", "pikube_arm"]


def test_a_partition_without_a_known_controller_is_refused_before_anything():
    scene = Scene("partition")
    scene.world.answers["pikube_asked_from\n"] = ""
    with pytest.raises(FailoverError, match="cut the controller off"):
        scene.injector.inject()
    assert not scene.journal.entries
    assert scene.world.log == ["pikube_asked_from"]


@pytest.mark.parametrize(("answer", "text"), [("", "but: nothing"), ("cute", "but: cute")])
def test_a_node_that_did_not_say_it_is_cut(answer, text):
    scene = Scene("partition")
    scene.world.answers["pikube_partition\n"] = answer
    with pytest.raises(FailoverError, match=text):
        scene.injector.inject()
    assert scene.journal.open


def test_another_pod_of_the_same_name_is_not_deleted():
    scene = Scene("pod_delete")
    scene.world.api.add(pod("main-1", uid="uid-new"))
    with pytest.raises(FailoverError, match="not the one that was planned for"):
        scene.injector.inject()
    assert ("Pod", "database", "main-1") in scene.world.api.objects


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        pytest.param(ClusterError("it was cut off", reason="Interrupted"), False, id="the container ended with its server"),
        pytest.param(ClusterError("ended with 137", reason="CommandFailed", code=137, said=""), False, id="or killed the command"),
        pytest.param(ClusterError("ended with 1", reason="CommandFailed", code=1, said="process 27 lives on"), True, id="it lives on"),
    ],
)
def test_postmaster_kill(error, raised):
    scene = Scene("postmaster_kill")
    scene.world.api.failing[("execute",)] = [error]
    if raised:
        with pytest.raises(ClusterError):
            scene.injector.inject()
    else:
        assert scene.injector.inject().facts["pid"] == 27


def test_postmaster_kill_that_said_nothing_killed_nothing():
    scene = Scene("postmaster_kill")

    def execute(*_words, **_more):
        raise ClusterError("it was cut off", reason="Interrupted")

    scene.world.api.execute = execute
    with pytest.raises(ClusterError):
        scene.injector.inject()


@pytest.mark.parametrize(
    ("options", "is_off", "deleted", "tainted"),
    [
        pytest.param({}, [0], False, False, id="as asked: power alone"),
        pytest.param({"taint": True}, [0], False, True, id="with the taint"),
        pytest.param({"fence": True}, [1, 1, 0], True, True, id="with the fence, once it is off"),
        pytest.param({"taint": True, "fence": True}, [1], False, False, id="nothing while it is on"),
        pytest.param({"taint": True, "fence": True}, [255], False, False, id="nothing while nobody knows"),
    ],
)
def test_power_off(options, is_off, deleted, tainted):
    scene = Scene("power_off", **options)
    scene.world.codes["is_off"] = is_off
    found = scene.injector.inject()
    assert found.facts["proven_off"] is (is_off[-1] == 0)
    assert (("Pod", "database", "main-1") not in scene.world.api.objects) is deleted
    assert taints.has(scene.world.api.get("Node", "pi02"), RUN) is tainted
    assert not deleted or ("delete", "Pod", "main-1", 0) in scene.world.api.calls


@pytest.mark.parametrize(
    ("noticed_after", "options", "noticed"),
    [
        pytest.param(40, {"fence": True}, True, id="the fence waits until the node is missed"),
        pytest.param(40, {"taint": True}, True, id="so does the taint"),
        pytest.param(10**6, {"fence": True}, False, id="and goes on where that never comes"),
    ],
)
def test_a_server_alone_is_moved_when_another_node_may_mount_its_volume(noticed_after, options, noticed):
    scene = Scene("power_off", **options)
    scene.injector._target = Target("database", "main-1", "uid-main", "pi02", alone="main", grace_seconds=50.0)
    api, read = scene.world.api, scene.world.api.get

    def get(kind, name, *place):
        found = read(kind, name, *place)
        if kind == "Node" and scene.world.hands.clock() >= noticed_after * 1e6:
            found["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
        return found

    applied = []
    api.get, api.apply = get, applied.append
    found = scene.injector.inject()
    assert found.facts["noticed"] is noticed
    assert found.done_at >= (40 if noticed else 80) * 1e6
    # What the next pod looks for: the one that is surely gone.
    assert [(body["metadata"]["name"], body["data"]) for body in applied] == [("main-gone", {"uids": "uid-main\n"})]


def test_a_command_that_cannot_switch_off():
    scene = Scene("power_off", fence=True)
    scene.world.codes["off"] = [3]
    with pytest.raises(FailoverError, match="switches pi02 off ended with 3: as told"):
        scene.injector.inject()
    assert ("Pod", "database", "main-1") in scene.world.api.objects


def test_an_unknown_fault():
    with pytest.raises(FailoverError, match='no fault "earthquake"'):
        Scene("earthquake").injector.inject()
