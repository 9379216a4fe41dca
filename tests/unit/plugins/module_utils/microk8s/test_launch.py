# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import builtins

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import launch
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

TOKEN = "0123456789abcdef0123456789abcdef"
FULL = {
    "version": "0.2.0",
    "persistentClusterToken": TOKEN,
    "addonRepositories": [{"name": "community", "url": "https://example.org/addons", "reference": "main"}],
    "addons": [{"name": "dns"}, {"name": "rbac", "disable": True}, {"name": "core/metrics-server", "args": ["--x"]}],
    "extraKubeletArgs": {"--cluster-dns": "10.152.183.10", "--cluster-domain": "cluster.local", "--max-pods": 60, "--v": None, "--x": True},
    "extraSANs": ["10.0.0.9"],
    "containerdRegistryConfigs": {"docker.io": 'server = "https://docker.io"\n[host."http://u:p@m"]\n'},
    "extraConfigFiles": {"audit.yaml": "kind: Policy\nrules:\n- level: None\n"},
    "extraCNIEnv": {"IPv4_CLUSTER_CIDR": "10.1.0.0/16"},
}


def test_a_full_configuration_is_written_as_yaml_with_texts_for_arguments():
    found = yaml.safe_load(launch.render(FULL))
    assert found.pop("extraKubeletArgs") == {
        "--cluster-dns": "10.152.183.10",
        "--cluster-domain": "cluster.local",
        "--max-pods": "60",
        "--v": None,
        "--x": "true",
    }
    assert found == {key: value for key, value in FULL.items() if key != "extraKubeletArgs"}


def test_several_documents():
    text = launch.render([{"version": "0.1.0"}, {"version": "0.2.0", "extraSANs": []}])
    assert text == '---\nversion: "0.1.0"\n---\nversion: "0.2.0"\nextraSANs: []\n'
    assert launch.parse(text) == [{"version": "0.1.0"}, {"version": "0.2.0", "extraSANs": []}]


def test_the_default_of_the_snap_is_accepted():
    arguments = "extraKubeletArgs:\n  --cluster-domain: cluster.local\n  --cluster-dns: 10.152.183.10\n"
    text = f"---\nversion: 0.1.0\naddons:\n  - name: dns\n{arguments}"
    assert launch.warnings(launch.parse(text)) == []


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param({}, '"version" is missing', id="no version"),
        pytest.param({"version": "3"}, "version 3 is not known", id="a version of the future"),
        pytest.param({"version": "0.1.0", "addon": []}, '"addon" is not a key', id="a typing error, which MicroK8s would pass over"),
        pytest.param({"version": "0.1.0", "addons": ["dns"]}, r"addons\[1\]: each entry is a mapping", id="a name instead of an entry"),
        pytest.param({"version": "0.1.0", "addons": {"name": "dns"}}, "a list is wanted, this is a mapping", id="no list"),
        pytest.param({"version": "0.1.0", "addons": [{"name": "x", "arguments": []}]}, "arguments is not known", id="an unknown part"),
        pytest.param({"version": "0.1.0", "extraKubeletArgs": ["--x=1"]}, "a mapping is wanted, this is a list", id="arguments in a list"),
        pytest.param({"version": "0.1.0", "extraKubeletArgs": {"--x": [1]}}, "a text is wanted, this is a list", id="a list as a value"),
        pytest.param({"version": "0.1.0", "extraConfigFiles": {"x": None}}, "a text is wanted, this is empty", id="no text of a file"),
        pytest.param({"version": "0.1.0", "persistentClusterToken": "short"}, "fewer than 32 characters", id="a short token"),
        pytest.param({"version": "0.1.0", "join": {"url": "x"}}, "leave it out", id="a join"),
        pytest.param({"version": "0.1.0", "extraSANs": "x"}, "a list is wanted, this is a text", id="a name instead of names"),
        pytest.param([], "Nothing of it would be applied", id="nothing"),
        pytest.param(["x"], "document 1: a mapping is wanted", id="a text"),
        pytest.param([{"version": "0.1.0"}, {}], "document 2", id="the second document"),
    ],
)
def test_what_would_break_the_installation_is_refused(document, text):
    with pytest.raises(MicroK8sError, match=text):
        launch.check(document)


def test_secrets_are_all_found():
    assert set(launch.secrets([FULL])) == {TOKEN, FULL["containerdRegistryConfigs"]["docker.io"], FULL["extraConfigFiles"]["audit.yaml"]}


def test_what_is_not_yaml_is_said_without_quoting_it():
    with pytest.raises(MicroK8sError, match="line 3: this is not YAML") as caught:
        launch.parse(f"version: 0.1.0\npersistentClusterToken: {TOKEN}\n  bad: indent\n")
    assert TOKEN not in str(caught.value)


def test_without_dns_pods_do_not_resolve_names():
    (found,) = launch.warnings([{"version": "0.1.0", "addons": [{"name": "rbac"}]}])
    assert "add-on dns is not listed" in found
    (found,) = launch.warnings([{"version": "0.1.0", "addons": [{"name": "core/dns"}]}])
    assert "--cluster-dns" in found


def test_without_pyyaml_a_text_is_not_checked(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name == "yaml":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert launch.parse("anything: at all") is None
