# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import status
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.status import Addon, Member, parse

YAML = """\
microk8s:
  running: True
high-availability:
  enabled: True
  nodes:
    - address: 10.0.0.11:19001
      role: voter
    - address: 10.0.0.12:19001
      role: voter
    - address: 10.0.0.13:19001
      role: voter
    - address: 10.0.0.14:19001
      role: standby
    - address: 10.0.0.15:19001
      role: spare
addons:
  - name: dns
    repository: core
    description: CoreDNS
    version: 1.13.1
    status: enabled
  - name: openebs
    repository: community
    description: OpenEBS: storage for stateful apps
    version: 5.0
    status: disabled
  - name: rbac
    repository: core
    description: Role-Based Access Control for authorisation
    version:\x20\x20
    status: disabled
"""
YAML_NOT_READY = """\
microk8s:
  running: False
high-availability:
  enabled: True
  nodes:
    - address: 10.0.0.11:19001
      role: voter
  message: microk8s is not running. Use microk8s inspect for a deeper inspection.
"""
YAML_NO_MEMBERS = "microk8s:\n  running: True\nhigh-availability:\n  enabled: True\n  nodes:\naddons:\n"
YAML_ETCD = "microk8s:\n  running: True\nhigh-availability:\n  enabled: False\naddons:\n"
PRETTY = """\
microk8s is running
high-availability: no
  datastore master nodes: 127.0.0.1:19001
  datastore standby nodes: none
addons:
  enabled:
    dns                  # (core) CoreDNS
    ha-cluster           # (core) Configure high availability on the current node
  disabled:
    rbac                 # (core) Role-Based Access Control for authorisation
    a-name-of-more-than-twenty # (community) Long
"""
PRETTY_HA = """\
microk8s is running
high-availability: yes
  datastore master nodes: 10.0.0.11:19001 10.0.0.12:19001 10.0.0.13:19001
  datastore standby nodes: 10.0.0.14:19001
addons:
  enabled:
  disabled:
"""
SHORT = "microk8s is running\naddons:\ncore/dns: enabled\ncore/rbac: disabled\n"
WORKER = "This MicroK8s deployment is acting as a node in a cluster.\nPlease use the control plane node.\n"
STOPPED = "microk8s is not running, try microk8s start\n"
NOT_READY = "microk8s is not running. Use microk8s inspect for a deeper inspection.\n"
NO_RIGHTS = "Insufficient permissions to access MicroK8s.\nYou can either try again with sudo or add the user pi to the 'microk8s' group:\n"


def test_yaml_of_five_control_planes():
    found = parse(YAML)
    assert (found.state, found.ha_enabled, found.survives_a_loss) == (status.READY, True, True)
    assert found.voters == ["10.0.0.11:19001", "10.0.0.12:19001", "10.0.0.13:19001"]
    assert [(member.address, member.role) for member in found.members[3:]] == [("10.0.0.14:19001", "standby"), ("10.0.0.15:19001", "spare")]
    assert found.addon("dns") == Addon("dns", "core", True, "1.13.1", "CoreDNS")
    assert found.addon("community/openebs").version == "5.0"
    assert found.addon("openebs").description == "OpenEBS: storage for stateful apps"
    assert found.addon("rbac").version is None
    assert found.addon("nonsense") is None


@pytest.mark.parametrize("text", [PRETTY, PRETTY_HA, SHORT, YAML])
def test_ready_in_each_format(text):
    assert parse(text).state == status.READY


def test_pretty_of_a_node_by_itself():
    found = parse(PRETTY)
    assert found.members == (Member("127.0.0.1:19001", "voter"),)
    assert not found.survives_a_loss
    assert [(addon.name, addon.repository, addon.enabled) for addon in found.addons] == [
        ("dns", "core", True),
        ("ha-cluster", "core", True),
        ("rbac", "core", False),
        ("a-name-of-more-than-twenty", "community", False),
    ]


def test_pretty_of_a_highly_available_cluster():
    assert parse(PRETTY_HA).survives_a_loss
    assert parse(PRETTY_HA).addresses("standby") == ["10.0.0.14:19001"]


def test_short_has_addons_only():
    found = parse(SHORT)
    assert [(addon.name, addon.repository, addon.enabled) for addon in found.addons] == [("dns", "core", True), ("rbac", "core", False)]
    assert (found.members, found.ha_enabled) == ((), None)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        pytest.param(WORKER, status.WORKER, id="a worker, with exit status 0"),
        pytest.param(STOPPED, status.STOPPED, id="stopped, with exit status 0"),
        pytest.param(NOT_READY, status.NOT_READY, id="not ready"),
        pytest.param(YAML_NOT_READY, status.NOT_READY, id="not ready in YAML"),
        pytest.param(NO_RIGHTS, status.NO_PERMISSION, id="without rights"),
        pytest.param("This node does not have enough RAM: low memory guard\n", status.LOW_MEMORY, id="too little memory"),
        pytest.param("Traceback (most recent call last):\nsubprocess.CalledProcessError: ...\n", status.UNKNOWN, id="a traceback"),
        pytest.param("", status.UNKNOWN, id="nothing"),
        pytest.param("Infer repository core for addon dns\n" + YAML, status.READY, id="another line before it"),
    ],
)
def test_state(text, state):
    assert parse(text).state == state


def test_not_ready_keeps_what_is_known():
    found = parse(YAML_NOT_READY)
    assert found.voters == ["10.0.0.11:19001"]
    assert found.message.startswith("microk8s is not running")


def test_nodes_and_addons_may_be_null():
    assert parse(YAML_NO_MEMBERS) == status.Status(status.READY, True)
    assert parse(YAML_ETCD).ha_enabled is False
