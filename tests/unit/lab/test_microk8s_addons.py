"""Add-ons of the MicroK8s stand-in: which are enabled, and what a command line asks for."""

from __future__ import annotations

import re
from pathlib import Path

import archives
import pytest
import yaml
from microk8s import addons
from microk8s.addons import Addon

SNAP = Path(__file__).parents[3] / "lab/microk8s/snap"
KNOWN = {"dns", "core/dns", "rbac", "openebs"}
ROWS = [
    "kube-system   pod/coredns-7f9c69c78c-xyz   0/1   ContainerCreating   0   1s",
    "default       service/kubernetes           ClusterIP   10.152.183.1",
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["dns"], [("dns", [])], id="a name"),
        pytest.param(["dns:8.8.8.8"], [("dns", ["8.8.8.8"])], id="name:argument"),
        pytest.param(["core/dns"], [("core/dns", [])], id="repository/name"),
        pytest.param(["openebs", "-j", "1"], [("openebs", ["-j", "1"])], id="flags pass through"),
        pytest.param(["dns", "rbac"], [("dns", []), ("rbac", [])], id="several"),
        pytest.param(["dns:1.1.1.1,2.2.2.2", "rbac"], [("dns", ["1.1.1.1,2.2.2.2"]), ("rbac", [])], id="several with an argument"),
        pytest.param(["nosuch"], [("nosuch", [])], id="unknown names are not judged here"),
        pytest.param(["dns:"], [("dns", [])], id="an empty argument is none"),
    ],
)
def test_split_arguments(given, expected):
    assert addons.split_arguments(given, KNOWN) == expected


def test_text_and_flag_arguments_do_not_mix():
    with pytest.raises(ValueError, match="Can't pass string arguments and flag arguments"):
        addons.split_arguments(["dns:8.8.8.8", "--flag"], KNOWN)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        pytest.param("pod/coredns", True, id="substring of a row, whatever the pod does"),
        pytest.param("pod/corednsx", False, id="in no row"),
        pytest.param("${SNAP_DATA}/there", True, id="a file that is there"),
        pytest.param("${SNAP_DATA}/absent", False, id="a file that is not"),
        pytest.param("", False, id="nothing to look for"),
    ],
)
def test_is_enabled(check, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(addons, "SNAP_DATA", tmp_path)
    (tmp_path / "there").touch()
    assert addons.is_enabled(Addon("core", "x", check_status=check), ROWS) is expected


@pytest.fixture
def repositories(tmp_path, monkeypatch):
    """What a node has after its installation."""
    monkeypatch.setattr(addons, "REPOSITORIES", tmp_path)
    monkeypatch.setattr(addons, "BUNDLED", SNAP / "addons")
    addons.install_repository("core")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "community", "code", "stdout", "stderr"),
    [
        pytest.param("nosuch", False, 1, "", "Addon nosuch was not found in any repository\n", id="unknown"),
        pytest.param("core/nosuch", False, 0, "Addon core/nosuch not found\n", "", id="unknown with its repository: a trap"),
        pytest.param(
            "openebs",
            False,
            1,
            "To use the community maintained flavor enable the respective repository:\n\n    microk8s enable community\n\n",
            "Addon openebs was not found in any repository\n",
            id="of a repository that is not enabled",
        ),
        pytest.param("openebs", True, None, "", "Infer repository community for addon openebs\n", id="of one that is"),
        pytest.param("core/dns", False, None, "", "", id="with its repository nothing is inferred"),
    ],
)
def test_find(name, community, code, stdout, stderr, repositories, capsys):
    if community:
        addons.install_repository("community")
    found = addons.find(name, addons.catalogue())
    assert found == code if code is not None else found.name == name.rpartition("/")[2]
    assert capsys.readouterr() == (stdout, stderr)


def test_listing_is_sorted_and_versions_are_text(repositories, monkeypatch):
    monkeypatch.setattr(addons, "rows", lambda: ROWS)
    monkeypatch.setattr(addons, "SNAP", repositories / "none")
    monkeypatch.setattr(addons, "SNAP_DATA", repositories / "none")
    addons.install_repository("community")
    enabled, disabled = addons.listing()
    assert [addon.title for addon in enabled] == ["core/dns"]
    assert [addon.title for addon in disabled] == sorted(addon.title for addon in disabled)
    assert {type(addon.version) for addon in disabled} == {str}


@pytest.mark.parametrize(
    ("program", "manifest"), [("coredns", "dns/coredns.yaml"), ("metrics-server", "metrics-server/metrics-server.yaml")]
)
def test_images_are_those_that_the_lab_builds(program, manifest):
    images = re.findall(r"image: (\S+)", (SNAP / "addons/core/addons" / manifest).read_text())
    assert images == [archives.reference(program)]


def test_manifests_are_yaml_once_their_names_are_put_in():
    for path in SNAP.glob("addons/*/addons/*/*.yaml"):
        documents = list(yaml.safe_load_all(re.sub(r"@\w+@", "10.0.0.1", path.read_text())))
        assert all("kind" in document for document in documents)
