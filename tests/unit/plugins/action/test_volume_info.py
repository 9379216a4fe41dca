# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action as it runs on the controller, with real client libraries and a server that plays an API server."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.action import volume_info
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.modules import volume_info as module
from ansible_collections.pikube.stateful.tests.unit.api_server import Server
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.test_cluster import kubeconfig
from ansible_collections.pikube.stateful.tests.unit.volumes_world import JIVA_SERVICE, claim, hostpath, jiva, served


@pytest.fixture
def act(monkeypatch):
    monkeypatch.setattr(volume_info, "PAUSE", 0.0)
    servers, said = [], []

    def run(bed, check=False, then=None, **options):
        servers.append(Server(served(bed)))
        action = volume_info.ActionModule.__new__(volume_info.ActionModule)
        action._task = SimpleNamespace(args=options, check_mode=check)
        action.host = "localhost"

        def waits(subject, name, what, usual=None, goes_on=False):
            said.append(f"{subject}: {name} {what}")
            if then:
                servers[-1].answers = served(then)

        action.progress = SimpleNamespace(waits=waits)
        defaults = {key: spec.get("default") for key, spec in volume_info.ARGUMENTS.items()}
        return action.outcome({**defaults, "kubeconfig": kubeconfig(servers[-1].url), **options})

    run.servers, run.said = servers, said
    yield run
    for server in servers:
        server.close()


def says(*modes):
    return {"data": [{"address": f"tcp://10.1.1.{number}:9502", "mode": mode} for number, mode in enumerate(modes, 1)]}


def test_options_are_documented_as_they_are():
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    for option, spec in volume_info.ARGUMENTS.items():
        if option in ("kubeconfig", "servers"):  # by a fragment
            continue
        for key in ("type", "default", "elements"):
            assert documented[option].get(key) == spec.get(key), option
    assert set(documented["wait_for"]["suboptions"]) == set(volume_info.ARGUMENTS["wait_for"]["options"])


def test_results_are_documented_as_they_are(act):
    result = act(jiva().put(claim("new", of=None, phase="Pending")))
    documented = yaml.safe_load(module.RETURN)
    assert set(result) - {"changed"} == set(documented) - {"missing"}
    assert set(result["claims"][0]) == set(documented["claims"]["contains"]) == set(documented["claims"]["sample"][0])
    assert set(result["unbound"][0]) == set(documented["unbound"]["sample"][0])
    assert result["changed"] is False


def test_an_engine_is_asked_and_need_not_be(act):
    bed = jiva(("RW", "RW", None)).answer(JIVA_SERVICE, says("RW", "RW", "RW"))
    named = {"claims": ["database/data"]}
    assert act(bed, **named)["claims"][0]["in_sync"] == 3
    assert act(bed, ask_engines=False, **named)["claims"][0]["in_sync"] == 2
    assert not any("/proxy/" in path for _verb, path, _body in act.servers[-1].seen)


def test_an_engine_that_does_not_answer_costs_no_patience(act):
    bed = jiva().answer(JIVA_SERVICE, trouble="no endpoints available")
    before = time.monotonic()
    row = act(bed, claims=["database/data"])["claims"][0]
    assert time.monotonic() - before < 5
    assert any("did not answer" in part["says"] for part in row["evidence"])


def test_it_waits_until_all_copies_are_in_sync(act):
    bed = jiva().answer(JIVA_SERVICE, says("RW", "RW", "WO"))
    then = jiva().answer(JIVA_SERVICE, says("RW", "RW", "RW"))
    result = act(bed, then=then, wait_for={"copies_in_sync": True, "seconds": 60})
    assert "failed" not in result
    assert act.said == [
        "openebs: cluster waits for all copies to be in sync (database/data: 2 of 3 copies in sync (n3: WO))",
    ]


def test_it_does_not_wait_for_ever(act):
    bed = jiva().answer(JIVA_SERVICE, says("RW", "RW", "WO"))
    result = act(bed, wait_for={"copies_in_sync": True, "seconds": 0})
    assert result["failed"] is True
    assert result["msg"].startswith("not all copies are in sync after 0 s: database/data: 2 of 3 copies in sync (n3: WO). See")
    assert result["missing"] == {"database/data": "2 of 3 copies in sync (n3: WO)"}
    assert "n3 (not in sync)" in result["text"]
    assert "failed" not in act(bed, check=True, wait_for={"copies_in_sync": True, "seconds": 0})


def test_an_api_that_does_not_answer_is_waited_for_and_an_error_without(act, monkeypatch):
    away = ClusterError("no answer", passing=True)
    looks = [away, away]
    look = volume_info.ActionModule.look

    def broken(self, *arguments):
        if looks:
            raise looks.pop()
        return look(self, *arguments)

    monkeypatch.setattr(volume_info.ActionModule, "look", broken)
    assert act(hostpath(), wait_for={"copies_in_sync": True, "seconds": 60})["claims"]
    assert "API: it does not answer" in act.said[0]
    looks.append(away)
    result = act(hostpath())
    assert (result["failed"], result["msg"]) == (True, "no answer")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param({"claims": ["data"]}, "write it as NAMESPACE/NAME", id="a claim without its namespace"),
        pytest.param({"claims": ["database/x"]}, "does not exist; in its namespace there are: database/data", id="a claim that is none"),
        pytest.param({"nodes_lost": ["n9"]}, "the cluster has no node n9", id="a node that is none"),
    ],
)
def test_wrong_options(act, options, text):
    result = act(hostpath(), **options)
    assert result["failed"] is True
    assert text in result["msg"]


def test_namespaces(act):
    assert [row["name"] for row in act(jiva(), namespaces=["database"])["claims"]] == ["data"]
