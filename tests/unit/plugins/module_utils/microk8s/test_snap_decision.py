# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.snap_decision import FAR, SnapFile, Wanted, decide

SNAP = SnapFile("/var/tmp/m.snap", "microk8s", "v1.34.4", ("arm64",), "core22")
BASE = SnapFile("/var/tmp/core22.snap", "core22", "20260101", ("arm64",))
SNAPD = SnapFile("/var/tmp/snapd.snap", "snapd", "2.63", ("arm64",))


def found(version=None, channel="1.34/stable", revision="8612", hold="forever", snapd="2.63", active=True):
    """A node with MicroK8s of a version, or without."""
    minor = ".".join(version[1:].split(".")[:2]) if version else None
    snap = {"version": version, "minor": minor, "revision": revision, "channel": channel, "active": active} if version else None
    return {"snapd": {"installed": True, "version": snapd, "architecture": "arm64", "hold": hold}, "snap": snap}


def commands(wanted, there, setting=None, free=50000, present=()):
    return [" ".join(action.argv) for action in decide(wanted, there, setting, free, present)]


HOLD = "snap refresh --hold microk8s"
CASES = [
    pytest.param(
        Wanted(channel="1.34/stable"),
        found(hold=None),
        ["snap install --classic --channel=1.34/stable microk8s", HOLD],
        id="installed from the store and held",
    ),
    pytest.param(Wanted(channel="1.34/stable"), found("v1.34.4"), [], id="all is as wanted"),
    pytest.param(Wanted(channel="1.34"), found("v1.34.4"), [], id="a track alone is its stable risk"),
    pytest.param(Wanted(channel="1.34/stable"), found("v1.34.4", hold=None), [HOLD], id="held later"),
    pytest.param(Wanted(channel="1.34/stable"), found("v1.34.4", hold="2027-01-01T00:00:00+00:00"), [HOLD], id="held for ever"),
    pytest.param(Wanted(channel="1.34/stable", hold=False), found("v1.34.4"), ["snap refresh --unhold microk8s"], id="no longer held"),
    pytest.param(Wanted(channel="1.34/stable", hold=False), found("v1.34.4", hold=None), [], id="never held"),
    pytest.param(
        Wanted(channel="1.34/candidate"), found("v1.34.4"), ["snap switch --channel=1.34/candidate microk8s"], id="another risk: no refresh"
    ),
    pytest.param(
        Wanted(channel="1.34/stable", cohort="KEY"),
        found(hold="forever"),
        ["snap install --classic --channel=1.34/stable --cohort=KEY microk8s"],
        id="with a cohort",
    ),
    pytest.param(
        Wanted(channel="1.35/stable", refresh=True),
        found("v1.34.4"),
        ["snap refresh --channel=1.35/stable microk8s"],
        id="the next release, when told to",
    ),
    pytest.param(
        Wanted(channel="1.33/stable", refresh=True, any_release=True),
        found("v1.34.4"),
        ["snap refresh --channel=1.33/stable microk8s"],
        id="back, when told twice",
    ),
    pytest.param(
        Wanted(file=SNAP, bases=(SNAPD, BASE), assertions=("/var/tmp/m.assert",), channel="1.34/stable"),
        found(hold=None),
        [
            "snap ack /var/tmp/m.assert",
            "snap install /var/tmp/snapd.snap",
            "snap install /var/tmp/core22.snap",
            "snap install --classic /var/tmp/m.snap",
            "snap switch --channel=1.34/stable microk8s",
            HOLD,
        ],
        id="from files that assertions vouch for",
    ),
    pytest.param(
        Wanted(file=SNAP, bases=(BASE,), unsigned=True),
        found(hold=None),
        ["snap install --dangerous /var/tmp/core22.snap", "snap install --classic --dangerous /var/tmp/m.snap"],
        id="from files of one's own: never refreshed, so not held",
    ),
    pytest.param(
        Wanted(file=SNAP, unsigned=True), found("v1.34.4", channel=None, revision="x1", hold=None), [], id="the same file once more"
    ),
    pytest.param(
        Wanted(file=SNAP, unsigned=True),
        found("v1.34.2", channel=None, revision="x1", hold=None),
        [],
        id="a newer file of the release waits for a refresh",
    ),
    pytest.param(
        Wanted(file=SNAP, unsigned=True, refresh=True),
        found("v1.33.9", channel=None, revision="x1", hold=None),
        ["snap install --classic --dangerous /var/tmp/m.snap"],
        id="refresh by a file",
    ),
    pytest.param(
        Wanted(file=SNAP), found("v1.34.4", channel=None, hold=None), [HOLD], id="a file with an assertion would follow latest: held"
    ),
    pytest.param(Wanted(), found("v1.30.1"), [], id="whatever is installed"),
    pytest.param(Wanted(), found("v1.34.4", active=False), ["snap enable microk8s"], id="left disabled by a change that was undone"),
    pytest.param(Wanted(state="absent"), found(), [], id="absent already"),
    pytest.param(Wanted(state="absent"), found("v1.34.4"), ["snap remove microk8s"], id="removed with a snapshot"),
    pytest.param(Wanted(state="absent", purge=True), found("v1.34.4"), ["snap remove --purge microk8s"], id="removed for good"),
]


@pytest.mark.parametrize(("wanted", "there", "expected"), CASES)
def test_what_is_done(wanted, there, expected):
    assert commands(wanted, there) == expected


def test_bases_that_are_there_are_not_installed_again():
    assert commands(Wanted(file=SNAP, bases=(BASE,), unsigned=True), found(hold=None), present=["core22"]) == [
        "snap install --classic --dangerous /var/tmp/m.snap"
    ]


@pytest.mark.parametrize(
    ("hold", "setting", "expected"),
    [
        (True, None, [f"snap set system refresh.hold={FAR}"]),
        (True, FAR, []),
        (False, FAR, ["snap unset system refresh.hold"]),
        (False, "2026-11-23T19:02:03Z", []),
    ],
)
def test_an_old_snapd_holds_all_snaps(hold, setting, expected):
    there = found("v1.34.4", snapd="2.57.6-1+deb12u1", hold="2027-02-01T00:00:00+00:00")
    assert commands(Wanted(channel="1.34/stable", hold=hold), there, setting) == expected


@pytest.mark.parametrize(
    ("wanted", "there", "text"),
    [
        pytest.param(Wanted(channel="1.35/stable"), found("v1.34.4"), "use playbooks/upgrade.yml", id="another release by the way"),
        pytest.param(Wanted(channel="1.36/stable", refresh=True), found("v1.34.4"), "skips releases", id="two releases at once"),
        pytest.param(Wanted(channel="1.33/stable", refresh=True), found("v1.34.4"), "goes back", id="back"),
        pytest.param(Wanted(channel="1.34/stabel"), found(), "is not a channel", id="a typing error"),
        pytest.param(Wanted(), found(), "neither channel nor file", id="nothing to install"),
        pytest.param(Wanted(file=SNAP._replace(architectures=("amd64",))), found(), "is built for amd64", id="another architecture"),
        pytest.param(Wanted(file=BASE), found(), 'is the snap "core22"', id="another snap"),
        pytest.param(Wanted(file=SNAP), found("v1.33.9", channel=None), "use playbooks/upgrade.yml", id="a file of another release"),
    ],
)
def test_what_is_refused(wanted, there, text):
    with pytest.raises(MicroK8sError, match=text):
        decide(wanted, there, None, 50000)


def test_a_full_disk_is_refused_before_anything_is_done():
    with pytest.raises(MicroK8sError, match="900 MiB free, and an installation needs 4096"):
        decide(Wanted(channel="1.34/stable"), found(), None, 900)
    assert decide(Wanted(channel="1.34/stable"), found("v1.34.4"), None, 900) == []


def test_a_snap_for_all_architectures_is_taken():
    assert commands(Wanted(file=SNAP._replace(architectures=("all",)), unsigned=True), found(hold=None))
