"""What the agent of the MicroK8s stand-in does for other nodes, and with archives of images."""

from __future__ import annotations

import json
import subprocess

import pytest
from microk8s import agent_routes, paths, sideload
from microk8s.agent import RefusedError, Request

ROUTE = "/cluster/api/v1.0/configure"


def request(token, *, body=b"", **service):
    content = body or json.dumps({"callback": token, "service": [service]}).encode()
    return Request(ROUTE, {"x-microk8s-callback-token": token}, content, "10.0.0.2")


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A node that belongs to a cluster; what it would do is in the list that comes with it."""
    done = []
    monkeypatch.setattr(agent_routes, "CALLBACK_TOKEN", tmp_path / "token")
    monkeypatch.setattr(paths, "ARGS", tmp_path / "args")
    monkeypatch.setattr(agent_routes.processes, "restart", lambda *daemons: done.append(daemons))
    monkeypatch.setattr(sideload, "FOLDER", tmp_path / "etc")
    monkeypatch.setattr(sideload, "SOURCES", (tmp_path / "absent", tmp_path / "images"))
    monkeypatch.setattr(sideload, "CONTAINERD_SOCKET", tmp_path / "token")
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "args").mkdir()
    (tmp_path / "args/kubelet").write_text("--cluster-dns=10.152.183.10\n--max-pods=110\n")
    return tmp_path, done


@pytest.mark.parametrize(
    ("service", "text", "restarts"),
    [
        pytest.param({"arguments_update": [{"--max-pods": "60"}]}, "--cluster-dns=10.152.183.10\n--max-pods=60\n", 1, id="changed"),
        pytest.param({"arguments_remove": ["--cluster-dns"]}, "--max-pods=110\n", 1, id="removed"),
        pytest.param({"arguments_update": [{"--max-pods": "110"}]}, "--cluster-dns=10.152.183.10\n--max-pods=110\n", 0, id="as it was"),
    ],
)
def test_configure(service, text, restarts, node):
    folder, done = node
    agent_routes.ROUTES[ROUTE](request("secret", name="kubelet", restart=True, **service))
    assert (folder / "args/kubelet").read_text() == text
    assert done == [("kubelite",)] * restarts


def test_a_wrong_token_is_refused(node):
    with pytest.raises(RefusedError, match="Invalid token"):
        agent_routes.configure(request("guess", name="kubelet", arguments_remove=["--max-pods"]))
    with pytest.raises(RefusedError, match="Invalid token"):
        agent_routes.import_images(request("", body=b"archive"))


def test_archives_are_copied_at_install_and_renamed_when_they_are_loaded(node, monkeypatch):
    folder = node[0]
    (folder / "images").mkdir()
    for name in ("a.tar", "broken.tar", "notes.txt"):
        (folder / "images" / name).touch()

    def ctr(*command, archive=None):
        if "broken" in command[-1]:
            raise subprocess.CalledProcessError(1, command, stderr=b"unexpected EOF")

    monkeypatch.setattr(sideload, "ctr", ctr)
    sideload.at_install()
    sideload.scan()
    sideload.scan()
    assert sorted(path.name for path in (folder / "etc").iterdir()) == ["a.tar.loaded", "broken.tar"]
