# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import addons
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.addons import (
    ADDONS,
    CHANGE,
    check,
    ignored_arguments,
    qualified,
    repositories,
    words,
)
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import recognise

INFER = "Infer repository core for addon dns\n"


@pytest.mark.parametrize(
    ("rc", "text", "outcome", "good"),
    [
        pytest.param(
            0, "Enabling DNS\nUsing host configuration from /etc/resolv.conf\nApplying manifest\nDNS is enabled\n", "done", True, id="done"
        ),
        pytest.param(0, INFER + "Addon core/dns is already enabled\n", "already", True, id="already enabled"),
        pytest.param(0, "Addon core/dns is already disabled\n", "already", True, id="already disabled"),
        pytest.param(0, "Addon core/nothing not found\n", "unknown_addon", False, id="unknown with its repository: status 0"),
        pytest.param(1, "Addon nothing was not found in any repository\n", "unknown_addon", False, id="unknown"),
        pytest.param(
            1,
            "Addon openebs was not found in any repository\nTo use the community maintained flavor enable the respective repository:\n\n"
            "    microk8s enable community\n",
            *("unknown_addon", False),
            id="of the community",
        ),
        pytest.param(
            0,
            "iscsid is not available or enabled. Please refer to the documentation\n",
            "iscsid",
            False,
            id="openebs without iscsid: status 0",
        ),
        pytest.param(
            1, "Can't pass string arguments and flag arguments simultaneously!\n", "mixed_arguments", False, id="both kinds of arguments"
        ),
        pytest.param(
            1, "Failed to reach node.\nHTTPSConnectionPool(host='10.0.0.12', port=25000)\n", "node_down", False, id="a node is down"
        ),
        pytest.param(
            1,
            'Error: looks like "https://openebs.github.io/charts" is not a valid chart repository or cannot be reached: dial tcp: lookup',
            *("chart_repository", False),
            id="no Internet",
        ),
        pytest.param(
            1, "Error: INSTALLATION FAILED: cannot re-use a name that is still in use\n", "half_installed", False, id="interrupted before"
        ),
        pytest.param(
            1,
            "The connection to the server 127.0.0.1:16443 was refused - did you specify the right host or port?",
            *("api_down", False),
            id="API server restarts",
        ),
        pytest.param(
            1, "subprocess.CalledProcessError: Command 'microk8s-kubectl.wrapper get all'", "api_down", False, id="traceback of kubectl"
        ),
        pytest.param(1, "sudo: a password is required\n", "sudo", False, id="observed: a user without sudo, half done"),
        pytest.param(1, "microk8s is not running, try microk8s start", "stopped", False, id="stopped"),
        pytest.param(1, "This MicroK8s deployment is acting as a node in a cluster.", "worker", False, id="worker"),
        pytest.param(1, "boom", "unknown", False, id="anything else"),
    ],
)
def test_recognise(rc, text, outcome, good):
    found = recognise(CHANGE, rc, text)
    assert (found.id, found.good) == (outcome, good)


CORE = """microk8s-addons:
  description: "Core addons of the MicroK8s project"
  revision: 1
  addons:
    - name: "dns"
      description: "CoreDNS"
      version: "1.13.1"
      check_status: "pod/coredns"
      supported_architectures:
        - amd64
        - arm64

    - name: "community"
      description: "The community addons repository"
      version: ""
"""
THERE = {"core": ["dns", "community", "helm3"], "mine": ["dns", "special"]}


def test_repositories():
    assert repositories({"core": CORE, "broken": "nothing"}) == {"broken": [], "core": ["dns", "community"]}


@pytest.mark.parametrize(
    ("name", "full"),
    [("helm3", "core/helm3"), ("special", "mine/special"), ("mine/special", "mine/special"), ("dns", "core/dns"), ("mine/dns", "mine/dns")],
)
def test_qualified(name, full):
    assert qualified(name, THERE, "pi01") == full


@pytest.mark.parametrize(
    ("name", "there", "text"),
    [
        pytest.param(
            "nothing",
            THERE,
            "pi01: no repository has an add-on nothing. There is core: community, dns, helm3; mine: dns, special",
            id="unknown",
        ),
        pytest.param("core/special", THERE, "no repository has an add-on core/special", id="of another repository"),
        pytest.param("openebs", THERE, "Enable the add-on community before it.", id="of the community"),
        pytest.param(
            "special", {"a": ["special"], "b": ["special"]}, "in several repositories .a, b.. Write REPOSITORY/special", id="twice"
        ),
        pytest.param("dns", {}, "There is no repository", id="no repository"),
    ],
)
def test_unknown(name, there, text):
    with pytest.raises(MicroK8sError, match=text):
        qualified(name, there, "pi01")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], ["core/dns"]),
        (["8.8.8.8,1.1.1.1"], ["core/dns:8.8.8.8,1.1.1.1"]),
        (["8.8.8.8", "10.152.183.11"], ["core/dns:8.8.8.8:10.152.183.11"]),
        (["--reclaim-policy", "Retain"], ["core/dns", "--reclaim-policy", "Retain"]),
        (["-j", "2"], ["core/dns", "-j", "2"]),
    ],
)
def test_words(arguments, found):
    assert words("core/dns", arguments) == found


def test_values_and_flags_at_once():
    with pytest.raises(MicroK8sError, match="takes one kind"):
        words("core/dns", ["8.8.8.8", "--flag"])


@pytest.mark.parametrize(
    ("name", "state", "arguments", "text"),
    [
        ("ha-cluster", "absent", [], "resets the cluster"),
        ("core/ha-cluster", "present", [], "left as it is"),
        ("hostpath-storage", "absent", [], r"erases the data.*\[destroy-storage\]"),
    ],
)
def test_what_must_not_be_asked_for(name, state, arguments, text):
    with pytest.raises(MicroK8sError, match=text):
        check(name, state, arguments)


def test_what_may():
    check("hostpath-storage", "absent", ["destroy-storage"])
    check("hostpath-storage", "present", [])
    check("something", "absent", [])


COREFILE = """.:53 {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
    }
    forward . 8.8.8.8 8.8.4.4 {
    }
    cache 30
}
"""


@pytest.mark.parametrize(
    ("name", "arguments", "corefile", "text"),
    [
        pytest.param("dns", [], COREFILE, None, id="none given"),
        pytest.param("dns", ["8.8.4.4,8.8.8.8"], COREFILE, None, id="the same"),
        pytest.param("core/dns", ["10.0.0.1"], COREFILE, "forwards to 8.8.8.8, 8.8.4.4, not to 10.0.0.1", id="others"),
        pytest.param("dns", ["10.0.0.1"], None, "ignores arguments", id="not known"),
        pytest.param("openebs", ["-j", "2"], None, r"ignores arguments of an enabled add-on \(-j 2\)", id="another add-on"),
    ],
)
def test_ignored_arguments(name, arguments, corefile, text):
    found = ignored_arguments(name, arguments, corefile)
    assert found is None if text is None else re.search(text, found)


def test_each_is_proved_by_something():
    assert all(addon.evidence and addon.repository in ("core", "community") for addon in ADDONS)
    assert set(addons.BY_NAME) >= {"dns", "helm3", "helm", "community", "metrics-server", "rbac", "hostpath-storage", "openebs"}
