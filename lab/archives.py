"""Container images of static programs, some on Debian packages, as docker-archive files that containerd imports. Equal in, equal out."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import artefacts
import debian
import image
from binaries import architecture, binary, version
from machine import run, run_long
from tracks import Release


@dataclass(frozen=True)
class Image:
    """What an image holds: programs (a path in it -> the name of a binary), links, texts, how it runs, and further names that it has.

    packages: of Debian, in a layer below, without certain paths. path: folders for PATH before the usual ones. scripts: a path in it ->
    that of a file here. writable: folders that any user may write to. stop_signal: by which it is asked to end.
    """

    reference: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    programs: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    user: str = ""
    aliases: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    path: str = ""
    scripts: dict[str, str] = field(default_factory=dict)
    writable: tuple[str, ...] = ()
    stop_signal: str = ""


USERS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
}
POSTGRES_PACKAGES = ("postgresql-15", "libc-bin", "dash", "coreutils")
# Just-in-time compilation is left out by the server where its library is not there.
POSTGRES_WITHOUT = ("usr/lib/postgresql/15/lib/bitcode*", "usr/lib/postgresql/15/lib/llvmjit*", "usr/lib/*/libLLVM*", "usr/lib/*/libz3*")
IMAGES = {
    "pause": Image("registry.k8s.io/pause:3.10", ("/pause",), programs={"pause": "pause"}, user="65535:65535"),
    "coredns": Image("docker.io/coredns/coredns:{coredns}", ("/coredns",), programs={"coredns": "coredns"}),
    "metrics-server": Image(
        "registry.k8s.io/metrics-server/metrics-server:v{metrics-server}",
        ("/metrics-server",),
        programs={"metrics-server": "metrics-server"},
        user="65534",
    ),
    # MicroK8s's own list names this version. The program is that of Debian.
    "busybox": Image(
        "docker.io/library/busybox:1.28.4",
        command=("sh",),
        programs={"bin/busybox": "busybox"},
        files=USERS,
    ),
    # One program for the provisioners of all charts, and for the kubectl that their hooks call. BusyBox has the probe's pgrep.
    "openebs-localpv": Image(
        "docker.io/openebs/provisioner-localpv:4.6.0",
        ("/usr/local/bin/provisioner-localpv",),
        programs={"bin/busybox": "busybox", "usr/local/bin/provisioner-localpv": "localpv"},
        links={"bin/kubectl": "../usr/local/bin/provisioner-localpv"},
        files=USERS,
        aliases=(
            "docker.io/openebs/provisioner-localpv:4.5.0",
            "docker.io/openebs/provisioner-localpv:3.3.0",
            "docker.io/openebs/kubectl:1.25.15",
            "docker.io/bitnami/kubectl:latest",
        ),
    ),
    # The helper of the provisioner, and what of OpenEBS 3.3 runs here and does nothing.
    "openebs-helper": Image(
        "docker.io/openebs/linux-utils:4.6.0",
        command=("sh",),
        programs={"bin/busybox": "busybox"},
        files=USERS,
        aliases=(
            "docker.io/openebs/linux-utils:4.5.0",
            "docker.io/openebs/linux-utils:3.3.0",
            "docker.io/openebs/node-disk-manager:2.0.0",
            "docker.io/openebs/node-disk-operator:2.0.0",
            "docker.io/openebs/cspc-operator:3.3.0",
            "docker.io/openebs/cstor-csi-driver:3.3.0",
            "docker.io/openebs/cstor-webhook:3.3.0",
            "docker.io/openebs/cvc-operator:3.3.0",
            "docker.io/openebs/jiva-csi:3.3.0",
            "docker.io/openebs/jiva-operator:3.3.0",
        ),
    ),
    "cnpg": Image(
        "ghcr.io/cloudnative-pg/cloudnative-pg:{cnpg}",
        ("/manager",),
        programs={f"operator/manager_{architecture()}": "cnpg"},
        links={"manager": f"operator/manager_{architecture()}"},
        user="10001:10001",
    ),
    # The operator puts its own program in the place of the entrypoint.
    "postgresql": Image(
        "ghcr.io/cloudnative-pg/postgresql:15-system-bookworm",
        command=("postgres",),
        files={
            "etc/passwd": "root:x:0:0:root:/root:/bin/sh\npostgres:x:26:26:PostgreSQL:/var/lib/postgresql:/bin/sh\n",
            "etc/group": "root:x:0:\npostgres:x:26:\n",
        },
        links={"bin/sh": "dash"},
        user="26",
        packages=POSTGRES_PACKAGES,
        without=POSTGRES_WITHOUT,
        path="/usr/lib/postgresql/15/bin",
    ),
    # What the documentation of PostgreSQL's official image promises: its variables, its user, its signal, an empty folder that gets filled.
    "postgres-official": Image(
        "docker.io/library/postgres:15-bookworm",
        ("docker-entrypoint.sh",),
        command=("postgres",),
        files={
            "etc/passwd": "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh\n",
            "etc/group": "root:x:0:\npostgres:x:999:\n",
        },
        scripts={"usr/local/bin/docker-entrypoint.sh": "postgres/entrypoint"},
        writable=("var/run/postgresql", "var/lib/postgresql"),
        links={"bin/sh": "dash"},
        packages=POSTGRES_PACKAGES,
        without=POSTGRES_WITHOUT,
        path="/usr/lib/postgresql/15/bin",
        stop_signal="SIGINT",
    ),
}
# What runs in every cluster. metrics-server comes with an add-on and takes minutes to build.
BASE = ("pause", "coredns", "busybox")
# What the charts of OpenEBS want for volumes in a folder of a node.
OPENEBS = ("openebs-localpv", "openebs-helper")
POSTGRES = ("cnpg", "postgresql")
HERE = Path(__file__).resolve().parent
FOLDERS = ("etc", "root", "tmp")


def reference(name: str) -> str:
    return IMAGES[name].reference.format(**{program: version(program) for program in ("cnpg", "coredns", "metrics-server")})


def image_archives(release: Release | str, *further: str) -> list[Path]:
    """Return the archives of the images that every cluster of a release runs, and of further ones by name. All releases share them."""
    return [archive(name) for name in (*BASE, *further)]


def archive(name: str) -> Path:
    """Return the path of the archive of one image, which is made when it is absent."""
    image_ = IMAGES[name]
    programs = {path: busybox() if program == "busybox" else binary(program) for path, program in image_.programs.items()}
    below = [debian.layer(image_.packages[0], image_.packages, image_.without)] if image_.packages else []
    scripts = {path: (HERE / script).read_bytes() for path, script in image_.scripts.items()}
    key = artefacts.key(repr((image_, scripts)), reference(name), architecture(), *(str(path) for path in (*programs.values(), *below)))

    def build(target: Path) -> None:
        content = {path: program.read_bytes() for path, program in programs.items()}
        content |= {path: text.encode() for path, text in image_.files.items()}
        content |= scripts
        shell = applets(programs["bin/busybox"]) if "bin/busybox" in programs else []
        links = {f"bin/{applet}": "busybox" for applet in shell} | image_.links
        own = layer(content, links, {*programs, *scripts}, image_.writable)
        write(target, image_, reference(name), [*(path.read_bytes() for path in below), own])

    return artefacts.kept("images", f"{name}.tar", f"{name}-{key}", build)


def layer(files: dict[str, bytes], links: dict[str, str], executable: set[str], writable: tuple[str, ...] = ()) -> bytes:
    """The tar file of a layer: folders before what is in them, everything root's and of 1970."""
    entries: dict[str, tarfile.TarInfo] = {}
    for path in (*FOLDERS, *writable, *files, *links):
        for folder in _parents(path if path not in (*FOLDERS, *writable) else f"{path}/x"):
            entries[folder] = _entry(folder, tarfile.DIRTYPE, 0o1777 if folder in ("tmp", *writable) else 0o755)
    for path, content in files.items():
        entries[path] = _entry(path, tarfile.REGTYPE, 0o755 if path in executable else 0o644, size=len(content))
    for path, target in links.items():
        entries[path] = _entry(path, tarfile.SYMTYPE, 0o777, linkname=target)
    return _tar([(entries[path], files.get(path)) for path in sorted(entries)])


def write(target: Path, image_: Image, reference: str, layers: list[bytes]) -> None:
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    config = {
        "architecture": architecture(),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "Entrypoint": list(image_.entrypoint) or None,
            "Cmd": list(image_.command) or None,
            "Env": [f"PATH={f'{image_.path}:' if image_.path else ''}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "User": image_.user,
            "WorkingDir": "/",
            **({"StopSignal": image_.stop_signal} if image_.stop_signal else {}),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "the lab of pikube.stateful"}] * len(layers),
    }
    encoded = json.dumps(config, sort_keys=True).encode()
    config_name = f"{hashlib.sha256(encoded).hexdigest()}.json"
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": config_name, "RepoTags": [reference, *image_.aliases], "Layers": names}]).encode()
    members = [(config_name, encoded), *zip(names, layers), ("manifest.json", manifest)]
    target.write_bytes(_tar([(_entry(name, tarfile.REGTYPE, 0o644, size=len(content)), content) for name, content in members]))


def _parents(path: str) -> list[str]:
    parents = []
    while path := posixpath.dirname(path):
        parents.append(path)
    return parents


def _entry(path: str, kind: bytes, mode: int, size: int = 0, linkname: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, size, linkname
    return entry


def _tar(members: list[tuple[tarfile.TarInfo, bytes | None]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for entry, content in members:
            tar.addfile(entry, io.BytesIO(content) if content is not None else None)
    return stream.getvalue()


def applets(busybox: Path) -> list[str]:
    return [name for name in run(str(busybox), "--list").split() if name != "busybox"]


def busybox() -> Path:
    """Return the path of Debian's static BusyBox, fetched when it is absent."""

    def build(target: Path) -> None:
        folder = target.with_suffix(".root")
        shutil.rmtree(folder, ignore_errors=True)
        package = "busybox-static"
        command = ["mmdebstrap", "--variant=extract", f"--architectures={architecture()}", f"--include={package}"]
        run_long(
            f"fetching Debian's {package}, about ten seconds, once",
            [*command, image.SUITE, str(folder), *image.mirror()],
            artefacts.FOLDER / "busybox.log",
        )
        (folder / "bin" / "busybox").replace(target)
        shutil.rmtree(folder)

    return artefacts.kept("binaries", "busybox", f"busybox-{artefacts.key(image.SUITE, architecture())}", build)
