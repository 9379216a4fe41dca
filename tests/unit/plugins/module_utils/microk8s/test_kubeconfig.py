# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.kubeconfig import authority_of, kubeconfig, names_server
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import CA, CA_SHA256, SERVER

AUTHORITY = base64.b64encode(CA.encode()).decode()
CLIENT_CONFIG = f"""\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {AUTHORITY}
    server: https://127.0.0.1:16443
  name: microk8s-cluster
contexts:
- context:
    cluster: microk8s-cluster
    user: admin
  name: microk8s
current-context: microk8s
kind: Config
preferences: {{}}
users:
- name: admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
"""


def test_the_address_takes_the_place_of_the_loopback():
    found = kubeconfig(CLIENT_CONFIG, "10.0.0.11")
    assert found["clusters"][0]["cluster"] == {"certificate-authority-data": AUTHORITY, "server": "https://10.0.0.11:16443"}
    assert found["users"][0]["user"] == {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"}
    assert authority_of(found) == CA_SHA256


def test_an_older_cluster_has_a_token():
    text = CLIENT_CONFIG.replace("    client-certificate-data: Q0VSVA==\n    client-key-data: S0VZ\n", "    token: abc\n")
    assert kubeconfig(text, "fd00::1", 6443)["clusters"][0]["cluster"]["server"] == "https://[fd00::1]:6443"
    assert kubeconfig(text, "x")["users"][0]["user"] == {"token": "abc"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is not there"),
        ("", "has no clusters"),
        (CLIENT_CONFIG.replace("users:", "people:"), "has no users"),
        (CLIENT_CONFIG.replace("client-certificate-data: Q0VSVA==", "x: y"), "no credentials"),
    ],
)
def test_what_opens_nothing(text, words):
    with pytest.raises(MicroK8sError, match=words):
        kubeconfig(text, "10.0.0.11")


def test_the_names_of_the_server():
    assert [names_server(SERVER, name) for name in ("10.0.0.11", "10.0.0.12", "K8S.example.org", "fd00:0::11", "x")] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert names_server(None, "x") is None
