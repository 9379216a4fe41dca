# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script itself runs here, in a folder in the place of the volume."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from socket import create_server

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import authority, single_guard

ME = "11111111-me"
OTHER = "22222222-other"
BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
FAKE_DD = """#!/bin/sh
case "$*" in *of=*) echo "dd: failed to open: {said}" >&2; exit 1 ;; esac
exec /bin/dd "$@"
"""
FAKE_OPENSSL = """#!/bin/sh
echo "$*" >>"{folder}/arguments"
cat >>"{folder}/request"
printf 'HTTP/1.1 200 OK\\r\\n'
"""


class Pod:
    def __init__(self, folder):
        self.folder = folder
        for name in ("volume", "state", "account", "gone", "bin", "data"):
            (folder / name).mkdir()
        (folder / "account" / "token").write_text("SECRET-TOKEN")
        (folder / "guard").write_text(single_guard.script())
        self.holder = folder / "volume" / "pikube-holder"
        self.environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "VOLUME": str(folder / "volume"), "PGDATA": str(folder / "data"), "STATE": str(folder / "state"),
            "ACCOUNT": str(folder / "account"), "GONE": str(folder / "gone"), "POD_UID": ME, "POD_NAME": "main-0",
            "NAMESPACE": "database", "NODE_NAME": "pi01", "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1",
        }  # fmt: skip

    def held_by(self, uid, node="pi02", boot="another", state="held", count=7):
        self.holder.write_text(f"{uid} {node} {boot} {state} {count}".ljust(4095) + "\n")

    def program(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text.format(folder=self.folder, said="Read-only file system") if "{" in text else text)
        path.chmod(0o755)

    def run(self, part, **more):
        command = ["sh", str(self.folder / "guard"), part]
        done = subprocess.run(command, env={**self.environment, **more}, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self):
        command = ["sh", str(self.folder / "guard"), "keep"]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def words(self):
        return self.holder.read_text().split()


@pytest.fixture
def pod(tmp_path, monkeypatch):
    for name in ("BEAT_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(single_guard, name, 1)
    monkeypatch.setattr(single_guard, "WATCH_SECONDS", 2)
    return Pod(tmp_path)


def until(look, seconds=20):
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("holder", "says"),
    [
        pytest.param(None, "the volume is new", id="nobody before"),
        pytest.param({"uid": OTHER, "state": "released"}, "pi02 gave the volume back", id="a server that stopped in order"),
        pytest.param({"uid": ME}, "the volume is this pod's", id="the same pod once more"),
        pytest.param({"uid": OTHER, "node": "pi01"}, "started anew since", id="this node before its restart"),
        pytest.param({"uid": "gone-1"}, "was proven off", id="a node that was proven off"),
    ],
)
def test_where_nobody_else_can_write_it_is_taken_at_once(pod, holder, says):
    (pod.folder / "gone" / "uids").write_text("gone-0\ngone-1\n")
    if holder:
        pod.held_by(**holder)
    begin = time.monotonic()
    code, text = pod.run("claim")
    assert (code, says in text) == (0, True), text
    assert time.monotonic() - begin < 1
    assert pod.words == [ME, "pi01", BOOT, "held", "0"]
    assert len(pod.holder.read_bytes()) == 4096


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param({"uid": OTHER}, id="another node, of which nothing is proven"),
        pytest.param({"uid": OTHER, "node": "pi01", "boot": BOOT}, id="another pod of this node, since it started"),
    ],
)
def test_a_holder_that_was_silent_for_long_enough_is_gone(pod, holder):
    pod.held_by(**holder)
    begin = time.monotonic()
    code, text = pod.run("claim")
    assert (code, "it was silent" in text) == (0, True), text
    assert time.monotonic() - begin >= 2
    assert pod.words[0] == ME


def test_a_holder_that_writes_is_left_alone(pod):
    pod.held_by(OTHER)
    timer = threading.Timer(0.5, pod.held_by, (OTHER,), {"count": 8})
    timer.start()
    code, text = pod.run("claim")
    timer.join()
    assert (code, f"not started: pod {OTHER} on pi02 writes to the volume" in text) == (1, True), text
    assert pod.words[0] == OTHER


def test_a_holder_that_gives_back_meanwhile_need_not_be_watched_any_longer(pod, monkeypatch):
    monkeypatch.setattr(single_guard, "WATCH_SECONDS", 300)
    (pod.folder / "guard").write_text(single_guard.script())
    pod.held_by(OTHER)
    timer = threading.Timer(0.5, pod.held_by, (OTHER,), {"count": 8, "state": "released"})
    timer.start()
    assert pod.run("claim")[0] == 0
    assert pod.words[0] == ME


def test_it_gives_the_volume_back_when_the_server_has_stopped_and_not_before(pod):
    (pod.folder / "data" / "postmaster.pid").write_text("1")
    pod.run("claim")
    keeper = pod.start()
    until(lambda: int(pod.words[4]) >= 2)
    assert pod.run("ready") == (0, "")
    keeper.send_signal(signal.SIGTERM)
    time.sleep(1.5)
    assert (keeper.poll(), pod.words[3]) == (None, "held")
    (pod.folder / "data" / "postmaster.pid").unlink()
    assert keeper.wait(10) == 0
    assert pod.words[3] == "released"


def test_a_volume_that_went_read_only_is_told_and_the_pod_deletes_itself(pod):
    pod.run("claim")
    pod.program("dd", FAKE_DD)
    pod.program("openssl", FAKE_OPENSSL)
    keeper = pod.start()
    request = pod.folder / "request"
    until(lambda: request.exists() and request.read_text().endswith("}"))
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(10) == 0
    assert "this pod was deleted" in keeper.stdout.read()
    code, text = pod.run("ready")
    assert (code, "Read-only file system" in text) == (1, True)
    head, _blank, body = request.read_bytes().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "DELETE /api/v1/namespaces/database/pods/main-0 HTTP/1.1"
    body = body[: int(re.search(r"Content-Length: (\d+)", head.decode())[1])]
    assert json.loads(body)["preconditions"] == {"uid": ME}
    assert "Authorization: Bearer SECRET-TOKEN" in lines
    assert "SECRET" not in (pod.folder / "arguments").read_text()


def test_without_a_way_to_the_api_it_says_what_to_do_by_hand(pod):
    pod.program("dd", FAKE_DD)
    code, text = pod.run("claim")
    assert code == 1
    assert "kubectl --namespace=database delete pod main-0 --wait=false" in text


def test_other_errors_of_the_disk_are_waited_out(pod):
    pod.program("dd", FAKE_DD.replace("{said}", "Input/output error"))
    pod.program("openssl", FAKE_OPENSSL)
    keeper = pod.start()
    until(lambda: pod.run("ready")[0] == 1 and "Input/output" in pod.run("ready")[1])
    time.sleep(3)
    assert not (pod.folder / "request").exists()
    (pod.folder / "bin" / "dd").unlink()
    until(lambda: pod.run("ready")[0] == 0)
    keeper.kill()
    keeper.wait()


def test_a_server_whose_volume_another_one_took_must_not_go_on(pod):
    pod.run("claim")
    pod.program("openssl", FAKE_OPENSSL)
    pod.held_by(OTHER)
    keeper = pod.start()
    until((pod.folder / "request").exists)
    keeper.kill()
    keeper.wait()
    assert pod.words[0] == OTHER
    assert f"pod {OTHER} on pi02 has taken the volume" in pod.run("ready")[1]


def test_silence_is_not_ready(pod, monkeypatch):
    assert pod.run("ready")[0] == 1
    last = pod.folder / "state" / "last"
    last.touch()
    assert pod.run("ready")[0] == 0
    os.utime(last, (time.time() - single_guard.SILENT_SECONDS - 2,) * 2)
    assert pod.run("ready")[0] == 1


@pytest.mark.parametrize("trusted", [True, False])
def test_it_speaks_to_an_api_server_of_its_own_authority_only(pod, trusted):
    made, strange = (authority.made(["kubernetes", "localhost"], datetime.now(timezone.utc)) for _time in range(2))
    (pod.folder / "cert").write_text(made.certificate)
    (pod.folder / "key").write_text(made.key)
    (pod.folder / "account" / "ca.crt").write_text((made if trusted else strange).authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pod.folder / "cert", pod.folder / "key")
    heard = []

    def serve():
        try:
            with context.wrap_socket(server.accept()[0], server_side=True) as one:
                while b"}}" not in b"".join(heard):
                    heard.append(one.recv(4096))
                one.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        except (ssl.SSLError, ConnectionError):
            pass

    with create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        pod.program("dd", FAKE_DD)
        code, text = pod.run("claim", KUBERNETES_SERVICE_PORT=str(server.getsockname()[1]))
        thread.join(5)
    assert (code, "this pod was deleted" in text) == (1, trusted), text
    assert (b"SECRET-TOKEN" in b"".join(heard)) is trusted


def test_no_time_above_the_volume_is_shorter_than_its_stall():
    assert single_guard.WATCH_SECONDS > single_guard.STALL_SECONDS + single_guard.BEAT_SECONDS
    assert single_guard.SILENT_SECONDS > single_guard.STALL_SECONDS + single_guard.BEAT_SECONDS


def test_the_account_may_delete_its_own_pod_and_nothing_else():
    items = single_guard.account("main", "database", {})
    rules = next(item for item in items if item["kind"] == "Role")["rules"]
    assert rules == [{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["main-0"], "verbs": ["delete"]}]
    assert {item["metadata"]["name"] for item in items} == {"main"}
