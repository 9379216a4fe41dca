# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
import json

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import snapd, state
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.apply import Apply
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.restart import Notes
from ansible_collections.pikube.stateful.tests.unit import microk8s_trees as trees
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.microk8s.test_kubeconfig import CLIENT_CONFIG
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.microk8s.test_snapd import FILE, STORE, Answers

MODULES = "ansible_collections.pikube.stateful.plugins.modules"
NAMES = ("microk8s_info", "microk8s_snap", "microk8s_args", "microk8s_kubeconfig")
CLIENT = "/var/snap/microk8s/current/credentials/client.config"


class Called:
    """A module run as Ansible runs it, in this process, on a tree and with a snapd of the test's own."""

    def __init__(self, capsys, monkeypatch, tmp_path):
        self.capsys, self.monkeypatch, self.tmp_path = capsys, monkeypatch, tmp_path
        self.ran, self.warned = [], []
        self.tree, self.snapd = None, Answers()

    def __call__(self, name, *, check=False, runs=(), **options):
        module = importlib.import_module(f"{MODULES}.{name}")
        answers = list(runs)

        def run(module, argv, **_options):
            self.ran.append(" ".join(argv))
            return answers.pop(0)() if answers else (0, "", "")

        self.monkeypatch.setattr(module.AnsibleModule, "run_command", run)
        # Ansible keeps warnings for the whole process, so that they would show in later tests too.
        self.monkeypatch.setattr(module.AnsibleModule, "warn", lambda module, text, **options: self.warned.append(text))
        if hasattr(module, "Files"):
            self.monkeypatch.setattr(module, "Files", lambda: self.tree.files)
        if hasattr(module, "snapd"):
            self.monkeypatch.setattr(module.snapd, "Socket", lambda: self.snapd)
        given = {**options, "_ansible_check_mode": check, "_ansible_remote_tmp": str(self.tmp_path)}
        with patch_module_args(given), pytest.raises(SystemExit):
            module.main()
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    return Called(capsys, monkeypatch, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_documented_as_it_is(name):
    module = importlib.import_module(f"{MODULES}.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    # Options of the action plugin alone are documented with it.
    assert set(documented) - set(getattr(module, "CONTROLLER", ())) == set(module.ARGUMENTS)
    for option, spec in module.ARGUMENTS.items():
        for key in ("type", "default", "choices", "elements", "required"):
            assert documented[option].get(key) == spec.get(key), option


def test_info_of_a_control_plane(call, tmp_path):
    call.tree, call.snapd = trees.control_plane(tmp_path / "root"), Answers([STORE])
    facts = call("microk8s_info", controller_time=1.0)["ansible_facts"]["pikube_microk8s"]
    assert (facts["role"], facts["snap"]["version"], facts["clock"]["ahead_seconds"] > 1) == ("control_plane", "v1.34.4", True)
    assert [argv.split()[0] for argv in call.ran] == ["systemctl"]


def test_info_documents_every_fact(call, tmp_path):
    module = importlib.import_module(f"{MODULES}.microk8s_info")
    documented = yaml.safe_load(module.RETURN)["ansible_facts"]["contains"]["pikube_microk8s"]["contains"]
    call.tree = trees.Tree(tmp_path / "root")
    facts = call("microk8s_info")["ansible_facts"]["pikube_microk8s"]
    assert set(facts) == set(documented)
    assert call.ran == []
    call.tree, call.snapd = trees.control_plane(tmp_path / "other"), Answers([STORE])
    facts = call("microk8s_info")["ansible_facts"]["pikube_microk8s"]
    assert set(facts["snap"]) == set(documented["snap"]["sample"])
    assert set(facts["snapd"]) == set(documented["snapd"]["sample"])
    assert set(facts) >= set(state.absent())


def test_kubeconfig(call, tmp_path):
    call.tree = trees.control_plane(tmp_path / "root")
    call.tree.write(CLIENT, CLIENT_CONFIG)
    found = call("microk8s_kubeconfig", address="10.0.0.11")
    assert (found["server"], found["ca_sha256"]) == ("https://10.0.0.11:16443", trees.CA_SHA256)
    assert call.warned == []
    call("microk8s_kubeconfig", address="10.0.0.99")
    assert "not valid for 10.0.0.99" in call.warned[0]


def test_a_worker_has_no_kubeconfig(call, tmp_path):
    call.tree = trees.worker(tmp_path / "root")
    call.tree.write(CLIENT, CLIENT_CONFIG)
    assert "is a worker" in call("microk8s_kubeconfig", address="10.0.0.11")["msg"]


class Installs(Answers):
    """snapd, which has the snap once it was installed."""

    def __init__(self, row=None):
        super().__init__([], **{"/v2/snaps/system/conf": {}, "/v2/changes": []})
        self.row = row or STORE

    def installed(self):
        self.table["/v2/snaps?select=all"] = [self.row]
        return 0, "", ""

    def held(self):
        self.table["/v2/snaps?select=all"] = [{**self.row, "hold": "2318-03-05T10:00:00Z"}]
        return 0, "", ""


@pytest.fixture
def etc(monkeypatch, tmp_path):
    path = tmp_path / "microk8s.yaml"
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.microk8s_snap").paths, "LAUNCH_CONFIGURATION", str(path))
    return path


def snapd_with_snaps(there):
    there.table["/v2/snaps"] = [{"name": "core22"}]
    return there


def test_an_installation_and_the_same_again(call, tmp_path, etc):
    call.tree = trees.fresh(tmp_path / "root")
    call.snapd = snapd_with_snaps(Installs())
    options = {"channel": "1.34/stable", "launch_configuration": "version: 0.1.0\n"}
    checked = call("microk8s_snap", check=True, **options)
    assert (checked["changed"], checked["actions"], etc.exists()) == (True, ["install 1.34/stable", "hold"], False)
    first = call("microk8s_snap", runs=[call.snapd.installed, call.snapd.held], **options)
    assert (first["changed"], first["actions"], first["version"], first["held"]) == (
        True,
        ["install 1.34/stable", "hold"],
        "v1.34.4",
        "forever",
    )
    assert (etc.read_text(), etc.stat().st_mode & 0o777) == ("version: 0.1.0\n", 0o600)
    etc.unlink()
    second = call("microk8s_snap", **options)
    assert (second["changed"], second["actions"], second["channel"], etc.exists()) == (False, [], "1.34/stable", False)


def test_an_installation_that_did_nothing_is_an_error(call, tmp_path, etc):
    call.tree, call.snapd = trees.Tree(tmp_path / "root"), snapd_with_snaps(Installs())
    failed = call("microk8s_snap", channel="1.34/stable")
    assert failed["failed"]
    assert "reported no error" in failed["msg"]


def test_a_refresh_that_finds_nothing_newer_is_no_change(call, tmp_path):
    call.tree, call.snapd = trees.fresh(tmp_path / "root"), snapd_with_snaps(Installs())
    call.snapd.held()
    found = call("microk8s_snap", channel="1.34/stable", refresh=True)
    assert (found["changed"], found["actions"], call.ran) == (False, [], ["snap refresh --channel=1.34/stable microk8s"])


def test_a_snap_of_a_file_is_never_refreshed(call, tmp_path):
    call.tree, call.snapd = trees.fresh(tmp_path / "root"), snapd_with_snaps(Installs(FILE))
    call.snapd.installed()
    found = call("microk8s_snap")
    assert (found["changed"], found["held"], found["channel"]) == (False, "never_refreshed", None)


def test_a_wrong_launch_configuration_stops_it_without_showing_its_secrets(call, tmp_path, etc):
    call.tree, call.snapd = trees.Tree(tmp_path / "root"), snapd_with_snaps(Installs())
    text = "version: 0.1.0\npersistentClusterToken: 0123456789abcdef\n"
    failed = call("microk8s_snap", channel="1.34/stable", launch_configuration=text)
    assert "fewer than 32 characters" in failed["msg"]
    assert "0123456789abcdef" not in json.dumps(failed)
    assert (call.ran, etc.exists()) == ([], False)


def test_removal(call, tmp_path):
    call.tree, call.snapd = trees.fresh(tmp_path / "root"), snapd_with_snaps(Installs())
    call.snapd.installed()

    def gone():
        call.snapd.table["/v2/snaps?select=all"] = []
        return 0, "", ""

    assert call("microk8s_snap", state="absent", purge=True, runs=[gone])["actions"] == ["remove and purge"]
    assert call("microk8s_snap", state="absent", purge=True)["changed"] is False


def test_without_snapd(call, tmp_path):
    def silent(path):
        raise snapd.SnapdError("no socket")

    call.tree, call.snapd = trees.Tree(tmp_path / "root"), silent
    assert "Install it first" in call("microk8s_snap", channel="1.34/stable")["msg"]
    foretold = call("microk8s_snap", channel="1.34/stable", check=True)
    assert (foretold["changed"], foretold["actions"], foretold["version"]) == (True, ["install 1.34/stable", "hold"], None)
    assert call("microk8s_snap", state="absent")["changed"] is False


def test_a_cohort(call):
    found = call("microk8s_snap", state="cohort", runs=[lambda: (0, "cohorts:\n  microk8s:\n    cohort-key: KEY\n", "")])
    assert (found["cohort"], found["changed"]) == ("KEY", False)


def test_args_without_microk8s(call):
    failed = call("microk8s_args", arguments={"kubelet": {"--max-pods": 60}})
    assert failed["failed"]
    assert "MicroK8s is not installed" in failed["msg"]


def test_a_proxy_s_password_is_nowhere_in_the_answer(call, tmp_path, monkeypatch):
    module = importlib.import_module(f"{MODULES}.microk8s_args")
    tree = trees.fresh(tmp_path / "root")
    monkeypatch.setattr(module, "Apply", lambda run, disk, check: Apply(run, disk, True, tree.files, Notes(str(tmp_path / "notes"))))
    found = call("microk8s_args", environment={"containerd-env": {"HTTPS_PROXY": "http://u:geheim@proxy", "GOGC": 1}}, restart=False)
    assert (found["changed"], found["invocation"]["module_args"]["restart"]) == (True, False)
    assert "geheim" not in json.dumps(found)
