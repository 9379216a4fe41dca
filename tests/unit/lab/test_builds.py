"""What the lab's MicroK8s is made of: keys, versions and archives follow from the files in this checkout alone."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import archives
import artefacts
import binaries
import pytest
import snaps
from machine import LabError
from tracks import RELEASES


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(artefacts, "FOLDER", tmp_path)
    monkeypatch.setattr(artefacts, "SCRATCH", tmp_path / "scratch")
    return tmp_path


def test_key_tells_parts_apart():
    keys = {artefacts.key("ab", "c"), artefacts.key("a", "bc"), artefacts.key("abc"), artefacts.key("c", "ab")}
    assert len(keys) == 4
    assert artefacts.key("ab") == artefacts.key(b"ab")


def test_kept_builds_once_and_empties_the_scratch_folder(cache):
    built = []

    def build(target):
        (target.parent / "go-cache").mkdir()
        built.append(target)
        target.write_text("content")

    first = artefacts.kept("binaries", "etcd", "etcd-1", build)
    assert first == artefacts.kept("binaries", "etcd", "etcd-1", build) == cache / "binaries" / "etcd-1" / "etcd"
    assert first.read_text() == "content"
    assert len(built) == 1
    assert not artefacts.SCRATCH.exists()


def test_a_failure_leaves_the_scratch_folder_and_no_artefact(cache):
    def build(target):
        target.write_text("half")
        raise LabError("no")

    with pytest.raises(LabError):
        artefacts.kept("binaries", "etcd", "etcd-1", build)
    assert artefacts.SCRATCH.exists()
    assert artefacts.kept("binaries", "etcd", "etcd-1", lambda target: target.write_text("whole")).read_text() == "whole"


def test_blocks_within_a_block_share_the_scratch_folder(cache):
    with artefacts.building():
        with artefacts.building():
            pass
        assert artefacts.SCRATCH.exists()
    assert not artefacts.SCRATCH.exists()


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_module_file_of_a_release_agrees_with_the_table(release):
    assert binaries.version("kubelite", release) == release.kubernetes
    assert release.kubernetes.startswith(f"{release.track}.")
    text = binaries.module_file("kubelite", release).read_text()
    # The modules that Kubernetes keeps in its own tree carry its version with a 0 for the 1.
    replaced = [line.split() for line in text.splitlines() if " => " in line]
    assert len(replaced) > 25
    assert {line[-1] for line in replaced} == {f"v0{release.kubernetes[1:]}"}
    assert release.base in snaps.BASE_SNAPS


@pytest.mark.parametrize("name", binaries.PROGRAMS)
def test_every_program_has_a_module_file_with_its_version(name):
    release = RELEASES["1.34"] if binaries.PROGRAMS[name].per_release else None
    assert bool(binaries.version(name, release)) == bool(binaries.PROGRAMS[name].module)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("go version go1.26.8 linux/amd64", (1, 26, 8)), ("go version go1.9 linux/arm64", (1, 9)), ("", (0,))],
)
def test_go_version(printed, expected, monkeypatch):
    monkeypatch.setattr(binaries, "run", lambda *command, **options: printed)
    assert binaries.go_version("go") == expected


def test_a_program_that_is_built_for_a_release_asks_for_one():
    with pytest.raises(LabError, match=r"1\.33, 1\.34"):
        binaries.binary("kubelite")
    with pytest.raises(LabError, match="there is no program"):
        binaries.binary("kubectl")


def test_layer_has_folders_first_and_the_same_bytes_each_time():
    content = archives.layer({"bin/busybox": b"program", "etc/passwd": b"root"}, {"bin/sh": "busybox"}, {"bin/busybox"})
    assert content == archives.layer({"etc/passwd": b"root", "bin/busybox": b"program"}, {"bin/sh": "busybox"}, {"bin/busybox"})
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        entries = {entry.name: entry for entry in tar}
    assert list(entries) == ["bin", "bin/busybox", "bin/sh", "etc", "etc/passwd", "root", "tmp"]
    assert entries["bin"].isdir()
    assert (entries["bin/sh"].issym(), entries["bin/sh"].linkname) == (True, "busybox")
    assert {name: entry.mode for name, entry in entries.items() if entry.isreg()} == {"bin/busybox": 0o755, "etc/passwd": 0o644}
    assert entries["tmp"].mode == 0o1777
    assert {(entry.mtime, entry.uid, entry.gid) for entry in entries.values()} == {(0, 0, 0)}


def test_archive_names_what_it_holds(tmp_path):
    below, layer = archives.layer({"etc/hostname": b"x"}, {}, set()), archives.layer({"pause": b"program"}, {}, {"pause"})
    archives.write(tmp_path / "pause.tar", archives.IMAGES["pause"], "registry.k8s.io/pause:3.10", [below, layer])
    with tarfile.open(tmp_path / "pause.tar") as tar:
        content = {entry.name: tar.extractfile(entry).read() for entry in tar}
    (manifest,) = json.loads(content["manifest.json"])
    assert manifest["RepoTags"] == ["registry.k8s.io/pause:3.10"]
    config = content[manifest["Config"]]
    assert manifest["Config"] == f"{hashlib.sha256(config).hexdigest()}.json"
    assert json.loads(config)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(part).hexdigest()}" for part in (below, layer)]
    assert [content[name] for name in manifest["Layers"]] == [below, layer]
    assert json.loads(config)["config"]["Entrypoint"] == ["/pause"]


def test_references_carry_the_versions_of_the_module_files():
    assert archives.reference("coredns") == f"docker.io/coredns/coredns:{binaries.version('coredns')}"
    assert archives.reference("pause") == "registry.k8s.io/pause:3.10"


def test_pack_refuses_a_folder_that_is_no_snap(tmp_path):
    with pytest.raises(LabError, match=r"no meta/snap\.yaml"):
        snaps.pack(tmp_path, tmp_path / "x.snap")
