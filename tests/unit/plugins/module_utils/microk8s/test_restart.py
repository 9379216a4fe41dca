# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import restart
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import Service

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def since(seconds):
    return Service(True, True, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("running", "owed"),
    [
        pytest.param({"kubelite": since(-60)}, ["kubelite"], id="started before the note"),
        pytest.param({"kubelite": since(0)}, ["kubelite"], id="in the same second, once too often"),
        pytest.param({"kubelite": since(5)}, [], id="started since"),
        pytest.param({"kubelite": Service(False, True, None)}, ["kubelite"], id="does not run"),
        pytest.param({}, ["kubelite"], id="not known"),
    ],
)
def test_owed(running, owed):
    assert restart.owed({"kubelite": NOW}, running) == owed
    assert restart.owed({}, running) == []


def test_notes(tmp_path):
    notes = restart.Notes(str(tmp_path / "notes"))
    assert notes.read() == {}
    for name in ("kubelite", "containerd", "kubelite"):
        notes.add(name)
    (tmp_path / "notes" / "nonsense").touch()
    assert set(notes.read()) == {"containerd", "kubelite"}
    notes.clear("kubelite")
    notes.clear("kubelite")
    assert list(notes.read()) == ["containerd"]


@pytest.mark.parametrize(
    ("role", "stopped", "found"),
    [("control_plane", False, ["kubelite", "k8s-dqlite"]), ("worker", False, ["kubelite"]), ("worker", True, []), ("none", False, [])],
)
def test_only_what_runs_in_the_role_is_restarted(role, stopped, found):
    assert restart.restartable(["k8s-dqlite", "kubelite", "etcd"], role, stopped) == found


def test_what_has_to_answer():
    assert set(restart.probes("control_plane", False)) == {"kubelet", "API server"}
    assert restart.probes("control_plane", False, 6443)["API server"] == "https://127.0.0.1:6443/readyz"
    assert set(restart.probes("worker", False)) == {"kubelet"}
    assert restart.probes("worker", True) == restart.probes("none", False) == {}
    assert restart.api_port({"kube-apiserver": {"--secure-port": "6443"}}) == 6443
    assert restart.api_port({}) == 16443


def test_ailments():
    well = {"kubelite": since(0)}
    assert restart.ailments(well, ["kubelite"], {"kubelet": "u"}, lambda url: "ok") == []
    assert restart.ailments(well, ["kubelite"], {"kubelet": "u"}, lambda url: "refused") == ["the kubelet does not answer ok (refused)"]
    assert restart.ailments({}, ["kubelite"], {"kubelet": "u"}, lambda url: "ok") == ["kubelite does not run"]


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response({"/ok": 200, "/forbidden": 403}.get(self.path, 500))
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments):
            pass

    found = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


def test_probe(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert restart.probe(f"{server}/ok") == "ok"
    assert restart.probe(f"{server}/forbidden") == "ok"
    assert restart.probe(f"{server}/x") == "answers 500"
    assert "refused" in restart.probe("http://127.0.0.1:1/")
    assert restart.probe("https://127.0.0.1:1/", ca="/not/there")
