# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import snap_change, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.snap_decision import Action, SnapFile

INSTALL = Action("install 1.34/stable", ("snap", "install", "--classic", "--channel=1.34/stable", "microk8s"))
HOLD = Action("hold", ("snap", "refresh", "--hold", "microk8s"))
GOOD = (0, "", "")


class Runs:
    def __init__(self, *answers):
        self.answers, self.argv, self.slept, self.prepared = list(answers), [], [], 0

    def run(self, argv):
        self.argv.append(" ".join(argv))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def prepare(self):
        self.prepared += 1
        assert not any("--classic" in argv for argv in self.argv)

    def carry_out(self, *actions, ask=lambda path: []):
        return snap_change.carry_out(actions, self.run, ask, self.prepare, self.slept.append)


def test_the_launch_configuration_is_there_before_the_installation():
    runs = Runs(GOOD, GOOD, GOOD)
    words = runs.carry_out(Action("install core22", ("snap", "install", "/c.snap")), INSTALL, HOLD)
    assert (words, runs.prepared) == (["install core22", "install 1.34/stable", "hold"], 1)


def test_a_store_out_of_reach_is_tried_again():
    error = (1, "", 'error: cannot install "microk8s": Post "https://api.snapcraft.io/v2/snaps/refresh": dial tcp: lookup api.snapcraft.io')
    runs = Runs(error, error, GOOD)
    assert runs.carry_out(INSTALL) == ["install 1.34/stable"]
    assert runs.slept == [5, 15]


def test_what_time_does_not_mend_fails_at_once_and_says_what_was_done():
    text = 'error: requested a non-existing branch on 9.99/stable for snap "microk8s": x'
    runs = Runs(GOOD, (1, "", text))
    channels = {"1.33/stable": {}, "1.34/stable": {}, "1.9/stable": {}, "1.34/edge": {}}
    with pytest.raises(
        MicroK8sError, match=r"the store has no such channel\. It has 1\.9/stable, 1\.33/stable, 1\.34/stable\. snap said"
    ) as caught:
        runs.carry_out(Action("ack /x.assert", ("snap", "ack", "/x.assert")), INSTALL, ask=lambda path: [{"channels": channels}])
    assert caught.value.facts["reason"] == "channel"
    assert caught.value.facts["actions"] == ["ack /x.assert"]
    assert runs.slept == []


def test_words_that_nobody_has_seen_are_passed_on():
    with pytest.raises(MicroK8sError, match="hold: error: something new"):
        Runs((1, "", "error: something new")).carry_out(HOLD)


def test_no_snap_command():
    with pytest.raises(MicroK8sError, match="apt install snapd"):
        Runs(FileNotFoundError("snap")).carry_out(HOLD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "name: microk8s\nversion: v1.34.4\narchitectures: [arm64]\nbase: core22\ndescription: |\n  a: b\n",
            SnapFile("/x", "microk8s", "v1.34.4", ("arm64",), "core22"),
            id="as snapcraft packs it, in a line",
        ),
        pytest.param(
            "name: core22\nversion: '20'\narchitectures:\n- arm64\n- amd64\n",
            SnapFile("/x", "core22", "20", ("arm64", "amd64")),
            id="a list",
        ),
        pytest.param("name: a\nversion: 1.10\n", SnapFile("/x", "a", "1.10", ()), id="for all"),
        pytest.param(
            "name: a\nversion: 1\narchitectures:\n- build-on: x\n  run-on: arm64\n", SnapFile("/x", "a", "1", ("arm64",)), id="long form"
        ),
    ],
)
def test_parse_snap_yaml(text, expected):
    assert snap_change.parse_snap_yaml("/x", text) == expected


@pytest.mark.parametrize("text", ["", "- a", "name: x\n"])
def test_what_is_no_snap(text):
    with pytest.raises(MicroK8sError, match="is not a snap"):
        snap_change.parse_snap_yaml("/x", text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MicroK8sError, match="is not there"):
        snap_change.snap_file(None, str(tmp_path / "x.snap"))


def test_a_file_that_unsquashfs_does_not_read(tmp_path):
    (tmp_path / "x.snap").write_text("no squashfs")
    with pytest.raises(MicroK8sError, match="is not a snap: Can't find a SQUASHFS superblock"):
        snap_change.snap_file(lambda argv: (1, "", "Can't find a SQUASHFS superblock"), str(tmp_path / "x.snap"))

    def missing(argv):
        raise FileNotFoundError(argv[0])

    with pytest.raises(MicroK8sError, match="unsquashfs is not there"):
        snap_change.snap_file(missing, str(tmp_path / "x.snap"))


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def busy(times):
    row = {"id": "7", "kind": "install-snap", "summary": 'Install "microk8s" snap', "tasks": [{"status": "Doing", "summary": "Copy data"}]}

    def ask(path):
        times[0] -= 1
        return [row] if times[0] >= 0 else []

    return ask


def test_a_change_under_way_is_waited_for():
    clock = Clock()
    assert snap_change.wait_until_idle(busy([3]), 60, clock, clock.sleep) == ['Install "microk8s" snap']
    assert clock.now == 9


def test_a_change_that_does_not_end():
    clock = Clock()
    with pytest.raises(MicroK8sError, match=r"change 7, Copy data\)\. Nothing was changed"):
        snap_change.wait_until_idle(busy([1000]), 60, clock, clock.sleep)


SNAP = {"version": "v1.34.4", "active": True}


def test_judged_by_what_there_is():
    snap_change.judge({"snap": SNAP}, True, True)
    snap_change.judge({"snap": None}, False, False)
    for found, present, data, text in (
        ({"snap": None}, True, False, "not installed after"),
        ({"snap": SNAP}, False, True, "still installed"),
        ({"snap": {**SNAP, "active": False}}, True, True, "not active"),
        ({"snap": SNAP}, True, False, "install hook did not run"),
    ):
        with pytest.raises(MicroK8sError, match=text):
            snap_change.judge(found, present, data)


def test_cohort():
    text = "cohorts:\n  microk8s:\n    cohort-key: MSBNZ0xSd2tX=\n"
    assert snap_change.new_cohort(lambda argv: (0, text, "")) == "MSBNZ0xSd2tX="
    with pytest.raises(MicroK8sError, match="printed no key"):
        snap_change.new_cohort(lambda argv: (0, "", ""))
    with pytest.raises(MicroK8sError, match="Only the store makes one"):
        snap_change.new_cohort(lambda argv: (1, "", "error: dial tcp"))

    def no_command(argv):
        raise FileNotFoundError(argv[0])

    with pytest.raises(MicroK8sError, match="apt install snapd"):
        snap_change.new_cohort(no_command)


def test_snapd_errors_are_known_by_kind():
    assert snapd.SnapdError("x").kind == ""
