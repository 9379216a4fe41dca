# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.api.access import Access, url
from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import ClusterError


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def kubeconfig(**user):
    return {
        "current-context": "microk8s",
        "contexts": [{"name": "microk8s", "context": {"cluster": "microk8s-cluster", "user": "admin"}}],
        "clusters": [
            {"name": "microk8s-cluster", "cluster": {"server": "https://10.0.0.11:16443", "certificate-authority-data": encoded("CA")}}
        ],
        "users": [
            {"name": "admin", "user": user or {"client-certificate-data": encoded("CERTIFICATE"), "client-key-data": encoded("KEY")}}
        ],
    }


@pytest.mark.parametrize(
    ("server", "result"),
    [
        ("https://10.0.0.11:16443", "https://10.0.0.11:16443"),
        ("https://10.0.0.11:16443/", "https://10.0.0.11:16443"),
        ("10.0.0.11", "https://10.0.0.11:16443"),
        ("10.0.0.11:443", "https://10.0.0.11:443"),
        ("fd00::11", "https://[fd00::11]:16443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_url(server, result):
    assert url(server) == result


def test_embedded_credentials():
    access = Access.of(kubeconfig(), ["10.0.0.12", "10.0.0.11"])
    assert access.servers == ("https://10.0.0.11:16443", "https://10.0.0.12:16443")
    assert (access.authority, access.certificate, access.key, access.token) == ("CA", "CERTIFICATE", "KEY", None)
    assert access.only("10.0.0.12").servers == ("https://10.0.0.12:16443",)


def test_credentials_in_files(tmp_path):
    (tmp_path / "key").write_text("KEY")
    access = Access.of(kubeconfig(**{"client-key": str(tmp_path / "key"), "token": "T"}))
    assert (access.key, access.token) == ("KEY", "T")


def without(part):
    config = kubeconfig()
    config[part] = []
    return config


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param("/etc/kubeconfig", "no mapping", id="a path"),
        pytest.param({}, "no context None", id="empty"),
        pytest.param(without("clusters"), "no cluster 'microk8s-cluster'", id="no cluster"),
        pytest.param(without("users"), "no user 'admin'", id="no user"),
        pytest.param(kubeconfig(exec={"command": "aws"}), "credentials from another program", id="exec"),
        pytest.param(kubeconfig(**{"client-key": "/does/not/exist"}), "client-key of the kubeconfig cannot be read", id="no file"),
        pytest.param(kubeconfig(**{"client-key-data": "!"}), "client-key of the kubeconfig cannot be read", id="no base64"),
    ],
)
def test_refused(config, words):
    with pytest.raises(ClusterError, match=words) as problem:
        Access.of(config)
    assert problem.value.reason == "BadKubeconfig"
    assert "microk8s_kubeconfig" in str(problem.value)
