# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import recognise
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.tokens import ADD_NODE, JoinUrl, choose, make, redact, urls
from hypothesis import given
from hypothesis import strategies as st

TOKEN = "0123456789abcdef0123456789abcdef"
CHECK = "89ab89ab89ab"
URLS = [f"{address}:25000/{TOKEN}/{CHECK}" for address in ("192.168.1.11", "10.0.0.11", "fd00::11")]
JSON = json.dumps({"token": f"{TOKEN}/{CHECK}", "urls": URLS}, indent=2)
YAML = f"token: {TOKEN}/{CHECK}\nurls:\n" + "".join(f"- {url}\n" for url in URLS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(JSON, URLS, id="json"),
        pytest.param(f"a warning of some wrapper\n{JSON}\n", URLS, id="json after a warning"),
        pytest.param(YAML, URLS, id="yaml"),
        pytest.param(f"token: x\nurls:\n  - '{URLS[0]}'\n", URLS[:1], id="yaml, indented and quoted"),
        pytest.param("", [], id="nothing"),
        pytest.param("{", [], id="half a document"),
        pytest.param("This MicroK8s deployment is acting as a node in a cluster.", [], id="a notice"),
    ],
)
def test_urls(text, found):
    assert urls(text) == found


@pytest.mark.parametrize(("address", "number"), [("192.168.1.11", 0), ("10.0.0.11", 1), ("fd00::11", 2)])
def test_choose(address, number):
    assert choose(URLS, address, "pi01") == URLS[number]


def test_no_other_address_is_taken_instead():
    with pytest.raises(MicroK8sError, match=r"pi01 has no address 10\.0\.0\.1 to join by; it has 192\.168\.1\.11, 10\.0\.0\.11") as problem:
        choose(URLS, "10.0.0.1", "pi01")
    assert TOKEN not in str(problem.value)
    assert TOKEN not in str(problem.value.facts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("pi01:25000/" + TOKEN, "takes only IPv4", id="a name"),
        pytest.param(f"[fd00::1]:25000/{TOKEN}", "takes only IPv4", id="IPv6"),
        pytest.param("10.0.0.1:25000", "not IP:PORT/TOKEN/CHECK", id="no token"),
        pytest.param("10.0.0.1:25000/short", "32 characters", id="short token"),
        pytest.param(f"10.0.0.1:25000/{TOKEN}/abc", "32 characters", id="short check"),
        pytest.param(f"10.0.0.1:70000/{TOKEN}", "32 characters", id="no port"),
        pytest.param("", "not IP:PORT/TOKEN/CHECK", id="empty"),
    ],
)
def test_what_join_would_refuse(text, words):
    with pytest.raises(MicroK8sError, match=words) as problem:
        JoinUrl.parse(text)
    assert TOKEN not in str(problem.value)


def test_a_url_comes_back_as_it_was_and_hides_itself():
    assert str(JoinUrl.parse(f" {URLS[1]}\n")) == URLS[1]
    assert str(JoinUrl.parse(f"10.0.0.1:25000/{TOKEN}")) == f"10.0.0.1:25000/{TOKEN}"
    assert TOKEN not in repr(JoinUrl.parse(URLS[1]))


@given(st.lists(st.sampled_from([*URLS, f"{TOKEN}/{CHECK}", TOKEN, "Contacting cluster at 10.0.0.11", "\n", " ", "x='"])).map(" ".join))
def test_redact(text):
    assert TOKEN not in redact(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Connecting to 10.0.0.11:25000 failed", "Connecting to 10.0.0.11:25000 failed"),
        (f"microk8s join {URLS[1]} --worker", "microk8s join 10.0.0.11:25000/******** --worker"),
        ("my-own-token-of-many-characters!", "********"),
    ],
)
def test_what_is_left(text, left):
    assert redact(text, "my-own-token-of-many-characters!", None) == left


@pytest.mark.parametrize(
    ("rc", "text", "outcome"),
    [
        (0, JSON, "done"),
        (0, YAML, "done"),
        (1, "Invalid token size. It should be 32 characters long.\n", "token_size"),
        (1, "microk8s is not running, try microk8s start\n", "stopped"),
        (1, "This MicroK8s deployment is acting as a node in a cluster. Please use the control plane node.", "worker"),
        (0, "This MicroK8s deployment is acting as a node in a cluster.", "worker"),
        (1, "Traceback", "unknown"),
    ],
)
def test_add_node(rc, text, outcome):
    assert recognise(ADD_NODE, rc, text).id == outcome


def test_a_token(node):
    node.installed().says("add-node --format json", 0, json.dumps({"urls": ["10.0.0.13:25000/t/c", "10.1.0.1:25000/t/c"]}))
    assert make(node.machine, "10.0.0.13", 0, False) == "10.0.0.13:25000/t/c"
    assert make(node.machine, "10.0.0.13", 60, False) == "10.0.0.13:25000/t/c"
    assert node.ran[1] == "add-node --format json --token-ttl 60"
    assert make(node.machine, "10.0.0.13", 0, True) is None


def test_no_token(node):
    node.installed().says("add-node", 0, "something")
    with pytest.raises(MicroK8sError, match="pi03 made no token: it ended with status 0 and said: something"):
        make(node.machine, "10.0.0.13", 0, False)
