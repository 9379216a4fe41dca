# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, restart, services
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.apply import Apply
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.tests.unit import microk8s_trees as trees

NOTHING = {"arguments": {}, "environment": {}, "files": {}, "registries": {}, "extra_sans": None, "restart": True, "timeout": 30}
PODS = {"arguments": {"kubelet": {"--max-pods": 60}}}


class Node:
    """A node whose services are restarted by a command, and whose clock runs by sleeping."""

    def __init__(self, tree, tmp_path):
        self.tree, self.now, self.ran, self.answer, self.killed = tree, 0.0, [], "ok", False
        self.forgiven = []
        self.notes = restart.Notes(str(tmp_path / "notes"))
        self.roles = "worker" if tree.files.exists(f"{paths.LOCKS}/{paths.LOCK_WORKER}") else "control_plane"
        self.since = "Mon 2020-01-01 00:00:00 UTC"

    def run(self, argv):
        if "reset-failed" in argv:
            self.forgiven += argv[2:]
            return 0, "", ""
        if argv[0] == "systemctl":
            wanted = services.expected(self.roles)
            blocks = []
            for name in services.NAMES:
                state = "active" if name in wanted else "inactive"
                blocks.append(f"LoadState=loaded\nActiveState={state}\nUnitFileState=enabled\nActiveEnterTimestamp={self.since}\n")
            return 0, "\n".join(blocks), ""
        assert argv[0] == "timeout"
        self.ran.append(" ".join(argv[3:]))
        if self.killed:
            raise KeyboardInterrupt
        if "restart" in argv:
            self.since = "Mon 2037-01-01 00:00:00 UTC"
        return 0, "", ""

    def apply(self, check=False, **options):
        self.ran = []
        apply = Apply(self.run, disk, check, self.tree.files, self.notes, lambda url: self.answer, self._sleep, lambda: self.now)
        return apply(**{**NOTHING, **options})

    def _sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def node(tmp_path):
    return Node(trees.control_plane(tmp_path / "root"), tmp_path)


def test_a_file_is_written_and_its_service_restarted_once(node):
    result = node.apply(**PODS, environment={"kubelite-env": {"GOGC": 50}})
    assert node.ran == ["snap restart microk8s.daemon-kubelite"]
    assert node.forgiven == ["snap.microk8s.daemon-kubelite.service"]
    assert (result["changed"], result["restarted"], result["restart_required"]) == (True, ["kubelite"], [])
    assert result["files"] == [f"{paths.ARGS}/kubelet", f"{paths.ARGS}/kubelite-env"]
    assert node.tree.read(f"{paths.ARGS}/kubelet") == f"{trees.KUBELET}--max-pods=60\n"
    assert result["diff"][0]["after"].endswith("--max-pods=60\n")
    again = node.apply(**PODS, environment={"kubelite-env": {"GOGC": 50}})
    assert (again["changed"], again["files"], again["restarted"], node.ran) == (False, [], [], [])


def test_check_mode_says_the_same_and_does_nothing(node):
    checked = node.apply(check=True, **PODS)
    assert node.ran == []
    assert node.tree.read(f"{paths.ARGS}/kubelet") == trees.KUBELET
    done = node.apply(**PODS)
    assert {key: checked[key] for key in ("changed", "files", "restarted", "diff")} == {
        key: done[key] for key in ("changed", "files", "restarted", "diff")
    }


def test_killed_between_writing_and_restarting_the_next_run_restarts(node):
    node.killed = True
    with pytest.raises(KeyboardInterrupt):
        node.apply(**PODS)
    node.killed = False
    assert node.apply(check=True, **PODS)["changed"]
    result = node.apply(**PODS)
    assert (result["changed"], result["files"], result["restarted"]) == (True, [], ["kubelite"])
    assert not node.apply(**PODS)["changed"]


def test_without_restart_it_stays_owed_until_somebody_restarts(node):
    first, second = (node.apply(**PODS, restart=False) for _call in range(2))
    assert [(result["changed"], result["restart_required"]) for result in (first, second)] == [(True, ["kubelite"]), (False, ["kubelite"])]
    node.since = "Mon 2037-01-01 00:00:00 UTC"
    assert node.apply(**PODS, restart=False)["restart_required"] == []


def test_services_that_do_not_get_well_are_an_error_each_time(node):
    node.answer = "connection refused"
    for _call in range(2):
        with pytest.raises(MicroK8sError, match=r"the kubelet does not answer ok \(connection refused\)") as caught:
            node.apply(**PODS)
        assert "journalctl -u snap.microk8s.daemon-kubelite.service" in str(caught.value)
    node.answer = "ok"
    assert node.apply(**PODS)["restarted"] == []
    assert node.notes.read() == {}


def test_services_are_seen_well_on_request(node):
    node.answer = "etcd failed"
    assert node.apply()["waited_seconds"] == 0
    with pytest.raises(MicroK8sError, match=r"MicroK8s is not well on this node: .*API server does not answer ok \(etcd failed\)"):
        node.apply(see_well=True)
    node.answer = "ok"
    assert not node.apply(see_well=True)["changed"]


def test_a_restart_that_fails(node):
    for status, text in ((1, "error: snap broken"), (124, "no end after 180 s")):
        node.run = lambda argv, status=status: (status, "", "error: snap broken") if "restart" in argv else (0, "", "")
        with pytest.raises(MicroK8sError, match=f"kubelite could not be restarted: {text}"):
            node.apply(**PODS)


def test_a_worker_restarts_only_what_it_runs(tmp_path):
    node = Node(trees.worker(tmp_path / "root"), tmp_path)
    result = node.apply(arguments={"k8s-dqlite": {"--x": 1}, "apiserver-proxy": {"--refresh-interval": "30s"}})
    assert (result["restarted"], node.ran) == (["apiserver-proxy"], ["snap restart microk8s.daemon-apiserver-proxy"])
    assert node.notes.read() == {}


def test_a_stopped_node_is_not_started(node):
    node.tree.lock(paths.LOCK_STOPPED)
    result = node.apply(**PODS)
    assert (result["changed"], result["restarted"], node.ran) == (True, [], [])


def test_registries_need_no_restart_and_are_hidden(node):
    result = node.apply(registries={"docker.io": 'server = "https://u:secret@mirror"\n'})
    assert (result["restarted"], node.ran) == ([], [])
    assert "secret" not in str(result)
    assert result["diff"][0]["after"] == "(hidden)\n"
    assert "secret" in node.tree.read(f"{paths.REGISTRIES}/docker.io/hosts.toml")


def test_passwords_of_proxies_are_hidden_in_diffs(node):
    result = node.apply(environment={"containerd-env": {"HTTPS_PROXY": "http://u:secret@proxy"}})
    assert "secret" not in str(result)
    assert result["restarted"] == ["containerd"]


def test_names_that_the_certificate_has_already_need_no_new_one(node):
    result = node.apply(extra_sans=["k8s.example.org"])
    assert (result["files"], result["certificate_renewed"], node.ran) == ([paths.SAN_TEMPLATE], False, [])


def test_a_new_name_needs_a_new_certificate(node):
    with pytest.raises(MicroK8sError, match=r"not made anew for other\.example\.org"):
        node.apply(extra_sans=["other.example.org"])
    assert node.ran == ["/snap/bin/microk8s refresh-certs -e server.crt"]
    assert node.apply(check=True, extra_sans=["other.example.org"])["certificate_renewed"]


def test_new_files_are_like_their_neighbours(node):
    kubelet = node.tree.files.path(f"{paths.ARGS}/kubelet")
    kubelet.chmod(0o660)
    node.apply(files={"kubelet-config.yaml": "a: b\n"})
    made = node.tree.files.path(f"{paths.ARGS}/kubelet-config.yaml").stat()
    assert (made.st_mode & 0o777, made.st_uid) == (0o660, os.geteuid())
    assert node.apply(files={"kubelet-config.yaml": None})["files"] == [f"{paths.ARGS}/kubelet-config.yaml"]
    assert not node.tree.files.exists(f"{paths.ARGS}/kubelet-config.yaml")


def test_without_microk8s(tmp_path):
    with pytest.raises(MicroK8sError, match="MicroK8s is not installed"):
        Node(trees.Tree(tmp_path / "root"), tmp_path).apply(**PODS)
