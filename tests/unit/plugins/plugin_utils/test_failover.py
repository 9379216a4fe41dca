# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import sys
import threading
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import WRITABLE
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import changes
from ansible_collections.pikube.stateful.plugins.plugin_utils import failover as subject
from ansible_collections.pikube.stateful.plugins.plugin_utils.failover import Node, database, doors, of, power, run_power
from ansible_collections.pikube.stateful.tests.unit.failover_bed import Api

# Power


def test_commands_of_power_are_words_with_the_name_of_the_node():
    options = {"power_off": "plug --off '{node} in the hall'", "power_on": "plug on {node}", "power_is_off": None}
    found = power(options, "pi02")
    assert (found.off, found.on, found.is_off) == (["plug", "--off", "pi02 in the hall"], ["plug", "on", "pi02"], [])


def test_no_commands_are_none():
    assert power({"power_off": "", "power_on": None}, "pi02") is None


def test_a_command_line_that_cannot_be_read():
    with pytest.raises(FailoverError, match="verify_power_off, _on, _is_off: No closing quotation"):
        power({"power_on": "plug 'on"}, "pi02")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("print('as told')", (0, "as told\n"), id="it works"),
        pytest.param("import sys; print('no'); sys.exit(3)", (3, "no\n"), id="it fails"),
        pytest.param("import sys; sys.stderr.write('why')", (0, "why"), id="errors are said as well"),
        pytest.param("import time; time.sleep(30)", (-1, "it was not through after 1 s"), id="it hangs"),
        pytest.param("print(input())", (1, None), id="it is asked nothing"),
        pytest.param("import sys; sys.stdout.buffer.write(b'\\xff' + b'x' * 3000)", (0, "x" * subject.CUT), id="the end of much"),
    ],
)
def test_a_command_of_the_user(command, expected):
    code, said = run_power([sys.executable, "-c", command], 1.0)
    assert (code, said if expected[1] else None) == expected


def test_a_command_that_is_not_there():
    with pytest.raises(FailoverError, match=r"^/no/plug: No such file or directory\. Give a program"):
        run_power(["/no/plug"], 1.0)


def test_a_command_is_no_line_of_a_shell():
    assert run_power([sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); x"], 5.0)[1] == "$(id); x\n"


# The node


def answer(rc=0, stdout="", stderr=""):
    return {"rc": rc, "stdout": stdout, "stderr": stderr}


def test_a_script_on_the_node():
    asked, resets = [], []
    node = Node(lambda script: asked.append(script) or answer(stdout="clean\n"), lambda: resets.append(1))
    assert node("a script", 5.0) == "clean\n"
    assert (asked, resets) == (["a script"], [])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param(answer(2, "out", "err\n"), "a command on the node ended with 2, and said: err", id="by its errors"),
        pytest.param(answer(2, "out\n"), "a command on the node ended with 2, and said: out", id="by what else it said"),
        pytest.param(answer(2), "a command on the node ended with 2, and said: nothing", id="without a word"),
        pytest.param({}, "a command on the node ended with 1, and said: nothing", id="nobody knows how"),
    ],
)
def test_a_script_that_fails(said, text):
    with pytest.raises(FailoverError) as caught:
        Node(lambda script: said, pytest.fail)("a script", 5.0)
    assert str(caught.value) == text


def test_a_node_that_went_away_without_a_word_holds_up_nobody():
    resets, over = [], threading.Event()
    before = time.monotonic()
    with pytest.raises(FailoverError, match="the node did not answer in 0 s"):
        Node(lambda script: over.wait(30), lambda: resets.append(1))("a script", 0.1)
    over.set()
    assert time.monotonic() - before < 5
    assert resets == [1]


def test_a_node_that_cannot_be_asked():
    resets = []

    def run(script):
        raise ConnectionError("no route to host")

    def reset():
        resets.append(1)
        raise ConnectionError("there is none to reset")

    with pytest.raises(FailoverError, match="the node could not be asked: no route to host"):
        Node(run, reset)("a script", 5.0)
    assert resets == [1]


# The database


def secret(name, **data):
    content = {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "metadata": {"name": name, "namespace": "database"}, "data": content}


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setattr(changes, "kept", lambda server: {"database": "app", "owner": "app"})
    api = Api()
    spec = {"type": "NodePort", "ports": [{"port": 5432, "nodePort": 30432}]}
    api.add(
        {"kind": "Service", "metadata": {"name": "main-outside", "namespace": "database"}, "spec": spec},
        secret("main-owner", password="geheim"),
        secret("main-ca", ca_crt="PEM"),
    )
    return api


def test_the_way_in_of_the_owner(api):
    door = database(api, "database", "main")
    assert (door.way.hosts, door.way.port) == (("10.0.0.11", "10.0.0.12", "10.0.0.13"), 30432)
    assert (door.way.database, door.way.owner, door.password, door.authority) == ("app", "app", "geheim", "PEM")
    assert "geheim" not in repr(door)


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        pytest.param("Service", "main-outside", "there is no service database/main-outside, by which", id="no way in from here"),
        pytest.param("Secret", "main-owner", "there is no Secret database/main-owner", id="no password"),
        pytest.param("Secret", "main-ca", "there is no Secret database/main-ca", id="nobody knows who answers"),
    ],
)
def test_a_way_in_that_is_not_whole(api, kind, name, text):
    del api.objects[kind, "database", name]
    with pytest.raises(FailoverError, match=text):
        database(api, "database", "main")


# The doors


KUBECONFIG = {
    "clusters": [{"name": "a", "cluster": {"server": "https://10.0.0.11:16443", "certificate-authority-data": "x"}}],
    "users": [{"name": "u"}],
}


def wanted(servers):
    return {"kubeconfig": KUBECONFIG, "servers": servers, "namespace": "database", "name": "main", "addresses": []}


def test_the_same_kubeconfig_by_another_server():
    found = of(KUBECONFIG, "https://10.0.0.12:16443")
    assert found["clusters"][0]["cluster"] == {"server": "https://10.0.0.12:16443", "certificate-authority-data": "x"}
    assert found["users"] == KUBECONFIG["users"]
    assert KUBECONFIG["clusters"][0]["cluster"]["server"] == "https://10.0.0.11:16443"
    assert of({}, "x") == {"clusters": []}


@pytest.mark.parametrize(
    ("victim", "first"),
    [
        pytest.param("pi01", "https://10.0.0.12:16443", id="the victim is not asked first"),
        pytest.param("pi02", "https://10.0.0.11:16443", id="another one is"),
        pytest.param("", "https://10.0.0.11:16443", id="without a victim the first one is"),
    ],
)
def test_who_is_asked_while_the_victim_is_away(monkeypatch, api, victim, first):
    made = []

    def cluster(kubeconfig, servers=()):
        made.append((kubeconfig, list(servers)))
        return api

    monkeypatch.setattr(subject, "Cluster", cluster)
    found = doors(wanted(["10.0.0.12"]), None, None)
    assert found.away(victim) is api
    kubeconfig, servers = made[-1]
    assert kubeconfig["clusters"][0]["cluster"]["server"] == first
    # The victim's own is asked when no other one answers.
    assert f"https://{'10.0.0.11' if victim == 'pi01' else '10.0.0.12'}:16443" not in servers[:1]
    assert servers[-1] == "10.0.0.12"


def test_servers_are_asked_in_their_containers(monkeypatch, api):
    asked = []

    def execute(pod, namespace, container, command, *, target, source, silence):
        asked.append((pod, namespace, container, source.read().decode(), silence))
        target.write(b"t\n")

    monkeypatch.setattr(api, "execute", execute)
    found = doors(wanted(()), None, None)
    assert found.ask(api)("main-1", WRITABLE) == "t"
    assert asked == [("main-1", "database", "postgres", WRITABLE, subject.ASK_SECONDS)]


def test_an_engine_is_asked_once_and_not_for_long(monkeypatch, api):
    made = []

    def cluster(kubeconfig, servers=(), **more):
        made.append(more)
        return api

    monkeypatch.setattr(subject, "Cluster", cluster)
    monkeypatch.setattr(api, "raw", lambda path: f"said under {path}", raising=False)
    assert doors(wanted(()), None, None).engines("/a/path") == "said under /a/path"
    assert made == [{"timeout": subject.ENGINE_SECONDS, "patience": 0.0}]


def test_the_hands_of_a_door(api):
    node, powers = Node(lambda script: answer(stdout="x"), lambda: None), power({"power_off": "true"}, "pi01")
    hands = doors(wanted(()), node, powers).hands(api)
    assert (hands.api, hands.on_node("script", 1.0, "pi01"), hands.on_power("off", 5.0, "pi01")) == (api, "x", (0, ""))
    without = doors(wanted(()), None, None).hands(api)
    with pytest.raises(FailoverError, match="no way is known to run commands on it"):
        without.on_node("script", 1.0, "pi01")
    with pytest.raises(FailoverError, match="there is no command for power on"):
        without.on_power("on", 1.0, "pi01")
