# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import socketserver
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
STORE = {
    "name": "microk8s",
    "version": "v1.34.4",
    "revision": "8612",
    "channel": "1.34/stable",
    "tracking-channel": "1.34/stable",
    "base": "core22",
    "status": "active",
    "install-date": "2026-11-01T08:00:00.123456789+01:00",
}
OLD = {**STORE, "version": "v1.33.9", "revision": "8500", "status": "installed"}
FILE = {**STORE, "revision": "x1", "channel": "", "tracking-channel": ""}


class Answers:
    """snapd, answering from a table of paths; a path that is not there is its error."""

    def __init__(self, snaps=(), system=None, **more):
        self.table = {
            "/v2/system-info": {"version": "2.63", "architecture": "arm64", **(system or {})},
            "/v2/snaps?select=all": list(snaps),
            **more,
        }
        self.asked = []

    def __call__(self, path):
        self.asked.append(path)
        for start, answer in self.table.items():
            if path.startswith(start):
                if isinstance(answer, Exception):
                    raise answer
                return answer
        raise snapd.SnapdError("not here", "not-found")


def test_a_snap_of_the_store():
    found = snapd.read(Answers([OLD, STORE]), NOW)
    assert found["snapd"] == {"installed": True, "version": "2.63", "architecture": "arm64", "hold": None}
    assert found["snap"] == {
        "version": "v1.34.4",
        "minor": "1.34",
        "revision": "8612",
        "channel": "1.34/stable",
        "base": "core22",
        "active": True,
        "install_date": "2026-11-01T07:00:00+00:00",
        "previous_revisions": ["8500"],
    }


def test_a_snap_from_a_file_has_no_channel():
    assert snapd.read(Answers([FILE]), NOW)["snap"]["channel"] is None
    # An assertion vouches for this one: it follows what it is told to, and nothing until then.
    assert snapd.read(Answers([{**STORE, "tracking-channel": ""}]), NOW)["snap"]["channel"] is None


def test_no_snap_and_no_snapd():
    assert snapd.read(Answers(), NOW)["snap"] is None

    def silent(path):
        raise snapd.SnapdError("no such file")

    assert snapd.read(silent, NOW) == {"snapd": {"installed": False, "version": None, "architecture": None, "hold": None}, "snap": None}


def test_a_snapd_that_refuses_is_an_error():
    def refuses(path):
        raise snapd.SnapdError("access denied", "login-required")

    with pytest.raises(MicroK8sError, match="access denied"):
        snapd.read(refuses, NOW)


@pytest.mark.parametrize(
    ("own", "system", "hold"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param("2318-03-05T10:00:00Z", None, "forever", id="snap refresh --hold microk8s"),
        pytest.param(None, "2318-03-05T10:00:00Z", "forever", id="snap refresh --hold, of all snaps"),
        pytest.param("2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z", "2026-12-24T00:00:00+00:00", id="the longer one"),
        pytest.param("2026-11-22T00:00:00Z", None, None, id="one that is over"),
    ],
)
def test_hold(own, system, hold):
    rows = [{**STORE, **({"hold": own} if own else {})}]
    found = snapd.read(Answers(rows, {"refresh": {"hold": system}} if system else {}), NOW)
    assert found["snapd"]["hold"] == hold


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T19:02:03.185310545Z", datetime(2026, 11, 23, 19, 2, 3, tzinfo=timezone.utc)),
        ("2026-11-23T19:02:03+02:00", datetime(2026, 11, 23, 17, 2, 3, tzinfo=timezone.utc)),
        ("0001-01-01T00:00:00Z", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_moment(text, moment):
    assert snapd.moment(text) == moment


def test_forever_as_a_word():
    assert snapd.hold_words("forever", NOW) == "forever"
    assert snapd.hold_words((NOW + timedelta(days=90)).isoformat(), NOW) == "2027-02-21T12:00:00+00:00"


@pytest.mark.parametrize(("text", "numbers"), [("2.57.6-1+deb12u1+b2", (2, 57, 6)), ("2.63", (2, 63)), (None, ()), ("unknown", ())])
def test_version_numbers(text, numbers):
    assert snapd.version_numbers(text) == numbers


def test_changes_tell_the_step_that_is_done():
    tasks = [
        {"status": "Done", "summary": "Download"},
        {"status": "Doing", "summary": "Run install hook"},
        {"status": "Do", "summary": "Start"},
    ]
    row = {"id": "7", "kind": "install-snap", "summary": 'Install "microk8s" snap', "tasks": tasks}
    found = snapd.changes(Answers(**{"/v2/changes": [row]}))
    assert found == [{"id": "7", "kind": "install-snap", "summary": 'Install "microk8s" snap', "step": "Run install hook"}]


def test_a_setting_that_is_not_set():
    assert snapd.setting(Answers(**{"/v2/snaps/system/conf": snapd.SnapdError("no", "option-not-found")}), "refresh.hold") is None
    assert snapd.setting(Answers(**{"/v2/snaps/system/conf": {"refresh.hold": "x"}}), "refresh.hold") == "x"
    with pytest.raises(MicroK8sError):
        snapd.setting(Answers(**{"/v2/snaps/system/conf": snapd.SnapdError("no", "login-required")}), "refresh.hold")


def test_channels_of_the_store_are_none_where_it_is_out_of_reach():
    row = {"channels": {"1.34/stable": {}, "1.33/stable": {}}}
    assert snapd.store_channels(Answers(**{"/v2/find": [row]})) == ["1.33/stable", "1.34/stable"]
    assert snapd.store_channels(Answers()) == []


def test_names_of_installed_snaps():
    assert snapd.installed_names(Answers(**{"/v2/snaps": [{"name": "core22"}]})) == {"core22"}


class _Server(socketserver.ThreadingUnixStreamServer):
    def get_request(self):
        request, _address = super().get_request()
        return request, ("", 0)


@pytest.fixture
def socket_path(tmp_path):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            good = self.path == "/v2/good"
            result = {"x": 1} if good else {"message": "snap not installed", "kind": "snap-not-found"}
            body = json.dumps({"type": "sync" if good else "error", "result": result}).encode()
            self.send_response(200 if good else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    path = str(tmp_path / "s")
    server = _Server(path, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield path
    server.shutdown()
    server.server_close()


def test_the_socket(socket_path):
    ask = snapd.Socket(socket_path)
    assert ask("/v2/good") == {"x": 1}
    with pytest.raises(snapd.SnapdError, match="snap not installed") as caught:
        ask("/v2/bad")
    assert caught.value.kind == "snap-not-found"


def test_a_socket_that_is_not_there(tmp_path):
    with pytest.raises(snapd.SnapdError, match="does not answer") as caught:
        snapd.Socket(str(tmp_path / "none"))("/v2/good")
    assert caught.value.kind == ""
