# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from string import Formatter

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, UNCORDON
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import Held
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import HELD, NOT_APPLICABLE, plan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.precondition import REFUSED, WARNED
from ansible_collections.pikube.stateful.plugins.module_utils.failover.preconditions import PRECONDITIONS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undo
from ansible_collections.pikube.stateful.tests.unit.failover_situations import (
    NODES,
    NOW,
    UID,
    alone,
    both,
    budget,
    changed,
    lease,
    options,
    plus,
    pod,
    replicated,
    row,
    server,
    set_,
    standby,
    timelines,
    with_,
    without,
)

NOT_READY = [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]
TAINT = [{"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}]
DISK = [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}]
HOMELESS = {"hostPath": {"path": "/data"}}
PREFERRED = {"method": "any", "number": 1, "dataDurability": "preferred"}
TWO_OF_TWO = {"method": "any", "number": 2, "dataDurability": "required"}


def run(age, *entries):
    return Held("database", "20261130T210533Z-drain", "ann@desk:/home/ann", UID, "2026-11-30T21:05:33Z", age, entries, "u", "1")


FULL = both(*(changed("nodes", name, "status", "allocatable", {"memory": "100Mi"}) for name in NODES))
NO_IMAGES = both(*(changed("nodes", name, "status", "images", []) for name in NODES))
VERSION = [changed("nodes", "pi03", "status", "nodeInfo", {"kubeletVersion": text}) for text in ("v1.34.4", "v1.36.2")]
ALL_ON_ONE = both(*(changed("pods", name, "spec", "nodeName", "pi01") for name in ("main-2", "main-3")))
TWO_ON_ONE = changed("pods", "main-2", "spec", "nodeName", "pi01")
DNS = plus("pods", pod("coredns-5d", "pi01", {"k8s-app": "kube-dns"}, owner="ReplicaSet", namespace="kube-system"))
DEGRADED = both(changed("rows", "data-main-0", "healthy", False), changed("rows", "data-main-0", "in_sync", 2))


def case(name, code, make, kind, broken, word, **more):
    """make: a situation that is sound. broken: what is changed in it. word: of what is said. more: options."""
    return pytest.param(code, make, kind, broken, word, more, id=name)


SPEAKS = [
    case(
        "a node that is not Ready",
        "node-not-ready",
        replicated,
        "none",
        changed("nodes", "pi03", "status", "conditions", NOT_READY),
        "pi03",
    ),
    case(
        "a cordoned node", "node-cordoned", replicated, "drain", changed("nodes", "pi02", "spec", {"unschedulable": True}), "uncordon pi02"
    ),
    case("an out-of-service taint", "node-tainted", alone, "drain", changed("nodes", "pi02", "spec", {"taints": TAINT}), "out-of-service"),
    case(
        "disk pressure", "node-under-pressure", replicated, "crash", changed("nodes", "pi02", "status", "conditions", DISK), "DiskPressure"
    ),
    case("a pending reboot", "reboot-pending", replicated, "crash", with_(reboots=["pi02"]), "pi02"),
    case("nobody knows who votes", "voters-unknown", replicated, "crash", with_(voters=None), "voters"),
    case("the only voter", "too-few-voters", replicated, "power_off", with_(voters=["pi01"]), "pi01"),
    case("one of two voters", "too-few-voters", replicated, "partition", with_(voters=["pi01", "pi02"]), "of 2"),
    case("another voter is off", "quorum-lost", replicated, "crash", changed("nodes", "pi03", "status", "conditions", NOT_READY), "1 of 3"),
    case("the only API server that answers", "sole-api-server", replicated, "kubelite_stop", with_(servers=["10.0.0.11"]), "10.0.0.11"),
    case(
        "a kubelet silent for longer",
        "lease-stale",
        replicated,
        "none",
        both(without("leases", "pi02"), plus("leases", lease("pi02", 33))),
        "30 s",
    ),
    case("leases that could not be read", "leases-doubtful", replicated, "drain", with_(leases=[]), "leases"),
    case("clocks an hour apart", "leases-doubtful", replicated, "drain", with_(at=NOW + 3600), "3603 s"),
    case("a release that does not see lost nodes", "microk8s-loss-unseen", replicated, "crash", VERSION[0], "1.34.4"),
    case("a release whose nodes stay away", "microk8s-stays-not-ready", replicated, "partition", VERSION[1], "1.36.2"),
    case(
        "a directory of whatever node",
        "volume-without-home",
        alone,
        "pod_delete",
        changed("volumes", "pv-data-main-0", "spec", HOMELESS),
        "/data",
    ),
    case(
        "a server alone on a local volume, drained",
        "dies-with-node",
        alone,
        "drain",
        with_(rows=[row("data-main-0", "pi01", "main-0")]),
        "data-main-0",
    ),
    case(
        "a server alone on a local volume, power off",
        "dies-with-node",
        alone,
        "power_off",
        with_(rows=[row("data-main-0", "pi01", "main-0")]),
        "hostpath",
    ),
    case("a volume of an unknown engine", "volume-unknown", alone, "crash", changed("rows", "data-main-0", "known", False), "data-main-0"),
    case("a server without a claim", "volume-unknown", alone, "crash", with_(rows=[]), "main-0"),
    case(
        "one of two copies",
        "volume-loses-quorum",
        alone,
        "drain",
        with_(rows=[row("data-main-0", "pi01", "main-0", ["pi01", "pi02"])]),
        "1 left",
    ),
    case("a copy is out of sync", "volume-degraded", alone, "pod_delete", DEGRADED, "2 of 3"),
    case("no memory anywhere else", "nowhere-to-go", alone, "drain", FULL, "memory"),
    case("names are resolved on one node alone", "dns-lost", replicated, "partition", DNS, "only pi01 resolves"),
    case("no other node has the image", "image-absent", alone, "drain", NO_IMAGES, "pi02, pi03"),
    case(
        "two pods on one claim",
        "volume-shared",
        replicated,
        "none",
        changed("rows", "main-2", "pods", [{"name": "a"}, {"name": "b"}]),
        "a, b",
    ),
    case(
        "a budget that allows nothing",
        "eviction-forbidden",
        replicated,
        "drain",
        plus("pods", pod("own-1", "pi01", {"app": "own"})),
        "database/own",
    ),
    case(
        "a pod that nothing makes again", "unmanaged-pods", replicated, "drain", plus("pods", pod("bare", "pi01", {}, owner=None)), "bare"
    ),
    case("a pod with an emptyDir", "empty-directories", replicated, "drain", plus("pods", pod("cache", "pi01", {}, empty=True)), "cache"),
    case("settings that could not be read", "settings-unknown", replicated, "postmaster_kill", with_(settings=None), "database/main"),
    case("fsync off", "fsync-off", replicated, "pod_delete", set_(fsync="off"), "fsync"),
    case("full_page_writes off", "full-page-writes-off", alone, "crash", set_(full_page_writes="off"), "full_page_writes"),
    case("asynchronous standbys", "rpo-not-zero", replicated, "crash", set_(synchronous_standby_names=""), "synchronous_standby_names"),
    case("commits that wait for no standby", "rpo-not-zero", replicated, "drain", set_(synchronous_commit="local"), "local"),
    case(
        "durability that is preferred only",
        "rpo-not-zero",
        replicated,
        "drain",
        server("spec", "postgresql", "synchronous", PREFERRED),
        "preferred",
    ),
    case("a server alone that does not wait", "rpo-not-zero", alone, "crash", set_(synchronous_commit="off"), "synchronous_commit is off"),
    case("no checksums", "no-checksums", replicated, "crash", set_(data_checksums="off"), "pg_checksums"),
    case("no primary", "no-primary", replicated, "none", without("pods", "main-1"), "database/main"),
    case("no server at all", "no-primary", alone, "none", with_(server=None, pods=[]), "database/main"),
    case("an instance is missing", "not-whole", replicated, "pod_delete", without("pods", "main-3"), "2 of 3"),
    case("standbys that could not be asked", "standbys-unknown", replicated, "crash", with_(standbys=None), "could not be read"),
    case(
        "a standby that catches up",
        "standby-not-streaming",
        replicated,
        "crash",
        with_(standbys=[standby("main-2"), standby("main-3", "catchup")]),
        "catchup",
    ),
    case("a standby that is not connected", "standby-not-streaming", replicated, "crash", with_(standbys=[standby("main-2")]), "main-3"),
    case(
        "a standby far behind",
        "standby-lags",
        replicated,
        "crash",
        with_(standbys=[standby("main-2"), standby("main-3", lag=99 << 20)]),
        "99 MiB",
    ),
    case(
        "a standby on another timeline",
        "other-timeline",
        replicated,
        "crash",
        both(server("status", "instancesReportedState", timelines(2, 2, 1)), with_(standbys=[])),
        "timeline 1",
    ),
    case("a slot nobody uses", "slot-inactive", replicated, "crash", with_(slots=[{"name": "old", "active": False}]), "old"),
    case("all instances on one node", "no-survivor", replicated, "drain", ALL_ON_ONE, "3 servers"),
    case("two of three instances on one node", "promotion-blocked", replicated, "crash", TWO_ON_ONE, "1 of 2"),
    case(
        "both standbys have to acknowledge",
        "writes-stop",
        replicated,
        "drain",
        server("spec", "postgresql", "synchronous", TWO_OF_TWO),
        "2 standbys",
    ),
    case(
        "both standbys, one of them the victim",
        "writes-stop",
        replicated,
        "crash",
        server("spec", "postgresql", "synchronous", TWO_OF_TWO),
        "2 standbys",
        victim="pi03",
    ),
    case("a clock that is behind", "clock-skew", replicated, "none", with_(skew={"pi02": -2.5}), "2.5 s behind"),
    case("no backup", "no-backup", replicated, "drain", with_(backup_hours=None), "none that is known"),
    case("an old backup", "no-backup", replicated, "drain", with_(backup_hours=50.0), "50 h"),
    case("older than is asked for", "backup-too-old", replicated, "drain", with_(backup_hours=13.0), "13 h", backup_hours=12.0),
    case("is_off was not asked", "power-not-proven", replicated, "power_off", with_(power_proven=None), "was not asked"),
    case("is_off of another plug", "power-not-proven", replicated, "power_off", with_(power_proven=False), "says that it is off"),
    case("no commands on the victim", "no-commands", replicated, "partition", with_(reached=["pi02"]), "pi01"),
    case("the controller's own node", "victim-is-controller", replicated, "drain", with_(controller="pi01"), "pi01"),
    case("allowed for another cluster", "not-opted-in", replicated, "none", with_(cluster_uid="another"), "another"),
    case("a cluster without an UID", "not-opted-in", replicated, "none", with_(cluster_uid=""), "not known"),
    case("a run is under way", "other-run", replicated, "none", with_(runs=[run(5.0)]), "is verifying this cluster"),
    case("a run was left", "other-run", replicated, "none", with_(runs=[run(500.0, Undo("1", UNCORDON, "pi01", {}))]), "Restore first"),
    case("failures without a fault", "unsteady", replicated, "drain", with_(steady={"acked": 900, "failed": 2, "unknown": 0}), "2 failed"),
    case("nothing was acknowledged", "unsteady", replicated, "none", with_(steady={"acked": 0, "failed": 0, "unknown": 0}), "0 writes"),
]

# code, kind, options that are fine, options that are not, a word
ASKED = [
    pytest.param("not-opted-in", "none", {}, {"allow": ""}, "is empty", id="nothing allowed"),
    pytest.param("not-opted-in", "drain", {}, {"allow": "true"}, "names true", id="a word that is no UID"),
    pytest.param("no-power-commands", "power_off", {}, {"power": frozenset()}, "off, on, is_off", id="no commands for the power"),
    pytest.param("no-power-commands", "power_off", {}, {"power": frozenset(("off", "on"))}, "is_off", id="no proof of it"),
    pytest.param("backup-too-old", "crash", {"backup_hours": 3.0}, {"backup_hours": 2.0}, "of the last 2 h", id="a limit for backups"),
    pytest.param("baseline-short", "drain", {"steady_seconds": 60.0}, {"steady_seconds": 5.0}, "5 s", id="a short baseline"),
]

# The same of a server alone on a volume that stands still for 30 s when a copy vanishes.
OF_ONE = [pytest.param("load-impatient", "power_off", {"hang_seconds": 45.0}, {"hang_seconds": 10.0}, "after 10 s", id="hasty clients")]


def said(found, code):
    rows = [*found.refusals, *found.warnings]
    return [one.text for one in rows if one.code == code]


def sound(make, code):
    """A situation in which the thing could be wrong and is not."""
    return plus("budgets", budget("own", {"app": "own"}, 0))(make()) if code == "eviction-forbidden" else make()


@pytest.mark.parametrize(("code", "make", "kind", "broken", "word", "more"), SPEAKS)
def test_it_speaks_where_it_should_and_only_there(code, make, kind, broken, word, more):
    situation, wanted = sound(make, code), options(kind, **more)
    verdict = next(one.verdict for one in PRECONDITIONS if one.code == code)
    before, after = plan(situation, wanted), plan(broken(situation), wanted)
    assert said(before, code) == []
    assert (next(row[2] for row in before.preconditions if row[1] == code)) == HELD
    assert any(word in text for text in said(after, code)), said(after, code)
    assert (next(row[2] for row in after.preconditions if row[1] == code)) == verdict
    assert (code in [one.code for one in after.refusals]) == (verdict == REFUSED)


@pytest.mark.parametrize(("code", "kind", "fine", "wrong", "word"), ASKED)
def test_it_speaks_by_what_is_asked_for(code, kind, fine, wrong, word):
    assert said(plan(replicated(), options(kind, **fine)), code) == []
    assert any(word in text for text in said(plan(replicated(), options(kind, **wrong)), code))


@pytest.mark.parametrize(("code", "kind", "fine", "wrong", "word"), OF_ONE)
def test_it_speaks_of_a_server_alone(code, kind, fine, wrong, word):
    assert said(plan(alone(), options(kind, **fine)), code) == []
    found = plan(alone(), options(kind, **wrong))
    assert any(word in text for text in said(found, code))
    assert code not in [one.code for one in found.refusals]
    assert said(plan(alone(), options("pod_delete", **wrong)), code) == []
    assert said(plan(replicated(), options(kind, **wrong)), code) == []


@pytest.mark.parametrize("kind", ["power_off", "partition", "kubelite_stop"])
def test_a_server_alone_that_nothing_moves_is_told_as_such(kind):
    found = plan(alone(), options(kind))
    assert any("no writes until the fault is undone" in text for text in said(found, "never-moves"))
    assert "never-moves" not in [one.code for one in found.refusals]
    fenced, tainted = options("power_off", fence=True), options("power_off", taint=True)
    for situation, wanted in ((alone(), fenced), (alone(), tainted), (alone(), options("crash")), (replicated(), options(kind))):
        assert said(plan(situation, wanted), "never-moves") == []


def test_each_precondition_is_seen_to_speak():
    assert {one.code for one in PRECONDITIONS} == {row.values[0] for row in (*SPEAKS, *ASKED, *OF_ONE)} | {"never-moves"}


def test_codes_are_words_and_no_two_are_the_same():
    codes = [one.code for one in PRECONDITIONS]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)


def test_each_number_is_there():
    assert list(dict.fromkeys(one.id for one in PRECONDITIONS)) == [f"P{number}" for number in range(1, 17)]


@pytest.mark.parametrize("fault", [pytest.param(fault, id=kind) for kind, fault in FAULTS.items() if kind != "none"])
def test_what_a_fault_names_as_its_interlocks_is_judged(fault):
    look = Look(replicated(), options(fault.kind), fault)
    judged = {one.id for one in PRECONDITIONS if one.applies(look)}
    assert set(fault.interlocks) <= judged


@pytest.mark.parametrize("one", PRECONDITIONS, ids=[one.code for one in PRECONDITIONS])
def test_texts_are_a_sentence_each_without_its_end(one):
    assert one.verdict in (REFUSED, WARNED)
    assert not one.because.endswith(".")
    assert not one.cure.endswith(".")
    assert all(name is None or name.isidentifier() for _text, name, _spec, _how in Formatter().parse(one.because + one.cure))


@pytest.mark.parametrize("make", [replicated, alone], ids=["cluster", "single"])
@pytest.mark.parametrize("kind", FAULTS)
def test_nothing_speaks_against_what_is_sound(make, kind):
    found = plan(make(), options(kind))
    endless = found.predicted is not None and found.predicted.high is None
    assert (found.refusals, [row.code for row in found.warnings]) == ((), ["never-moves"] if endless else [])
    assert {verdict for _id, _code, verdict in found.preconditions} == {HELD, NOT_APPLICABLE, *([WARNED] if endless else [])}


def test_a_loss_that_is_accepted_is_a_warning():
    found = plan(set_(synchronous_standby_names="")(replicated()), options("crash", accept_async=True))
    assert (found.refusals, [one.code for one in found.warnings]) == ((), ["rpo-not-zero"])
    assert ("P10", "rpo-not-zero", WARNED) in found.preconditions


def test_a_local_volume_is_fine_where_only_the_pod_goes():
    situation = with_(rows=[row("data-main-0", "pi01", "main-0")])(alone())
    assert plan(situation, options("pod_delete")).refusals == ()


def test_a_datastore_that_is_on_none_of_the_nodes():
    assert plan(with_(voters=[])(replicated()), options("power_off")).refusals == ()


def test_a_victim_that_does_not_vote_needs_no_third_voter():
    assert plan(with_(voters=["pi02"])(replicated()), options("power_off", victim="pi03")).refusals == ()


def test_the_operators_own_budget_gives_the_primary_up_only_if_another_can_take_over():
    assert plan(replicated(), options("drain")).refusals == ()
    codes = [one.code for one in plan(ALL_ON_ONE(replicated()), options("drain")).refusals]
    assert "eviction-forbidden" in codes


def test_a_name_of_a_load_balancer_is_on_no_node():
    assert plan(with_(servers=["api.example.org"])(replicated()), options("crash")).refusals == ()


def test_a_run_that_ended_and_left_nothing_stands_in_nobodys_way():
    assert plan(with_(runs=[run(500.0)])(replicated()), options("drain")).refusals == ()
