"""Launch configurations of the MicroK8s stand-in: what is read, what warns, and what fails an installation."""

from __future__ import annotations

import pytest
from microk8s import launch, paths

FULL = """
---
version: 0.1.0
extraKubeletArgs:
  --max-pods: 60
  --fail-swap-on: false
  --obsolete:
  --quoted: "true"
addons:
  - name: dns
    args: [10.0.0.1]
  - name: rbac
    disable: true
join:
  url: 10.0.0.1:25000/0123/4567
  worker: true
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("version: 0.1.0", {"version": "0.1.0"}, id="nothing but a version"),
        pytest.param(
            FULL,
            {
                "version": "0.1.0",
                "extraKubeletArgs": {"--max-pods": "60", "--fail-swap-on": "false", "--obsolete": None, "--quoted": "true"},
                "addons": [{"name": "dns", "args": ["10.0.0.1"]}, {"name": "rbac", "disable": True}],
                "join": {"url": "10.0.0.1:25000/0123/4567", "worker": True},
            },
            id="values of maps are text as written, null deletes",
        ),
        pytest.param("version: 0.2.0\nextraSANs: []", {"version": "0.2.0", "extraSANs": []}, id="an empty list is not null"),
        pytest.param("version: 0.2.0\nextraSANs:", {"version": "0.2.0", "extraSANs": None}, id="null is not an empty list"),
        pytest.param("version: 0.1.5\nnonsense: [1]", {"version": "0.1.5"}, id="an unknown key is left out"),
    ],
)
def test_parse(text, expected):
    assert launch.parse(text).documents == [expected]


def test_documents_and_warnings():
    configuration = launch.parse("version: 0.1.0\nnonsense: 1\n---\nversion: 0.1.0\naddons: [{name: dns, size: 2}]\n")
    assert len(configuration.documents) == 2
    assert configuration.warnings == [
        "line 2: unknown key nonsense in document is ignored",
        "line 5: unknown key size in addons is ignored",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "no document", id="empty file"),
        pytest.param("addons: []", "semantic version", id="no version"),
        pytest.param("version: 0.1", "semantic version", id="half a version"),
        pytest.param("version: 0.0.9", "between", id="too old"),
        pytest.param("version: 0.2.1", "between", id="too new"),
        pytest.param("version: 0.1.0\n---\naddons: []", "semantic version", id="a second document without a version"),
        pytest.param("version: 0.1.0\nextraKubeletArgs: [--max-pods=60]", "line 2: extraKubeletArgs must be a map", id="list for map"),
        pytest.param("version: 0.1.0\naddons: {name: dns}", "line 2: addons must be a list", id="map for list"),
        pytest.param("version: 0.1.0\naddons: [dns]", "addons must be a map", id="a bare name of an addon"),
        pytest.param("version: 0.1.0\naddons: [{name: dns, disable: 'true'}]", "true or false", id="text for a switch"),
        pytest.param("version: 0.1.0\nextraKubeletArgs: {--a: [1]}", "--a must be text", id="list for text"),
        pytest.param("version: 0.1.0\nversion: 0.1.0", "twice", id="a key twice"),
        pytest.param("version: [0.1.0\n", "not YAML", id="not YAML"),
        pytest.param("just text", "must be a map", id="no map"),
    ],
)
def test_refused(text, reason):
    with pytest.raises(launch.LaunchError, match=reason):
        launch.parse(text)


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A node's folders, empty."""
    monkeypatch.setattr(paths, "ARGS", tmp_path / "args")
    monkeypatch.setattr(launch, "ARGS", tmp_path / "args")
    monkeypatch.setattr(launch, "CREDENTIALS", tmp_path / "credentials")
    monkeypatch.setattr(launch, "LAUNCHER", tmp_path / "launcher")
    monkeypatch.setattr(launch, "CANDIDATES", tuple(tmp_path / name for name in ("etc.yaml", "root.yaml", "default.yaml")))
    monkeypatch.setattr(launch.certificates, "set_extra_sans", lambda _sans: False)
    (tmp_path / "args").mkdir()
    (tmp_path / "args" / "kubelet").write_text("--max-pods=110\n--old=1\n")
    (tmp_path / "default.yaml").write_text("version: 0.1.0\naddons: [{name: dns}]\n")
    return tmp_path


def test_first_file_wins_and_the_others_are_ignored(node):
    (node / "etc.yaml").write_text("version: 0.1.0\nextraKubeletArgs: {--max-pods: 60, --old: }\npersistentClusterToken: abc\n")
    (node / "root.yaml").write_text("not: [yaml")
    launch.pre_init()
    assert (node / "launcher" / "install.yaml").read_text() == (node / "etc.yaml").read_text()
    assert (node / "args" / "kubelet").read_text() == "--max-pods=60\n"
    assert (node / "credentials" / "persistent-cluster-tokens.txt").read_text() == "abc\n"


def test_a_broken_file_fails_the_install(node):
    (node / "etc.yaml").write_text("version: 1.0.0\n")
    with pytest.raises(launch.LaunchError, match=r"etc\.yaml: version 1\.0\.0 is not between"):
        launch.pre_init()


def test_applied_file_is_renamed_and_a_failing_one_is_tried_again(node, monkeypatch):
    launch.pre_init()
    calls = []

    def command(*words):
        calls.append(words)
        if len(calls) == 1:
            raise launch.LaunchError("the API does not answer")

    monkeypatch.setattr(launch, "_microk8s", command)
    launch.apply_pending()
    assert [path.name for path in (node / "launcher").iterdir()] == ["install.yaml"]
    launch.apply_pending()
    assert [path.name for path in (node / "launcher").iterdir()] == ["install.yaml.applied"]
    assert calls == [("enable", "dns")] * 2


@pytest.mark.parametrize(("cidr", "refused"), [("10.1.0.0/16", False), ("10.2.0.0/16", True)])
def test_another_pod_network_is_refused(cidr, refused, node, monkeypatch):
    monkeypatch.setattr(launch, "SNAP", node)
    for folder in ("default-args", "args"):
        (node / folder).mkdir(exist_ok=True)
        (node / folder / "cni-env").write_text("IPv4_SUPPORT=true\nIPv4_CLUSTER_CIDR=10.1.0.0/16\n")
    (node / "etc.yaml").write_text(f"version: 0.1.0\nextraCNIEnv: {{IPv4_CLUSTER_CIDR: {cidr}}}\n")
    if not refused:
        return launch.pre_init()
    with pytest.raises(launch.LaunchError, match="not known to this stand-in"):
        launch.pre_init()
    return None


def test_order_of_a_document(node, monkeypatch):
    calls = []
    monkeypatch.setattr(launch, "_microk8s", lambda *words: calls.append(words))
    monkeypatch.setattr(launch.processes, "restart", lambda *daemons: calls.append(("restart", *daemons)))
    monkeypatch.setattr(launch.processes, "restart_later", lambda *daemons: calls.append(("later", *daemons)))
    launch.LAUNCHER.mkdir()
    (launch.LAUNCHER / "x.yaml").write_text(
        "version: 0.1.0\njoin: {url: u, worker: true}\naddons: [{name: a, args: ['1']}, {name: b, disable: true}]\n"
        "addonRepositories: [{name: r, url: v, reference: main}]\nextraKubeletArgs: {--max-pods: 60}\nextraContainerdEnv: {A: b}\n"
        "extraMicroK8sClusterAgentArgs: {--timeout: 10}\n"
    )
    launch.apply_pending()
    assert calls == [
        ("addons", "repo", "add", "r", "v", "--reference", "main", "--force"),
        ("restart", "containerd", "kubelite"),
        ("later", "cluster-agent"),
        ("enable", "a", "1"),
        ("disable", "b"),
        ("join", "u", "--worker"),
    ]
    assert (node / "args" / "containerd-env").read_text() == "A=b\n"


def test_snap_set_counts_when_it_is_not_what_was_applied_last(node):
    launch.snap_set("version: 0.1.0\n")
    waiting = node / "launcher" / "snap-set.yaml"
    assert waiting.exists()
    waiting.rename(waiting.with_name("snap-set.yaml.applied"))
    launch.snap_set("version: 0.1.0\n")
    assert not waiting.exists()
    launch.snap_set("version: 0.2.0\n")
    assert waiting.exists()
