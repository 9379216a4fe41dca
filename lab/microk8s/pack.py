"""The snap of the stand-in: this folder's snap/, the binaries of a release, and a snap.yaml."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import artefacts
import binaries
import snaps
from machine import run
from tracks import RELEASES, Release

SOURCE = Path(__file__).parent / "snap"
SUBCOMMANDS = (
    "add-node",
    "addons",
    "config",
    "ctr",
    "dbctl",
    "disable",
    "enable",
    "helm",
    "helm3",
    "images",
    "inspect",
    "istioctl",
    "join",
    "kubectl",
    "leave",
    "linkerd",
    "refresh-certs",
    "remove-node",
    "reset",
    "start",
    "status",
    "stop",
    "version",
    "dashboard-proxy",
)
# Daemon -> further lines of its entry in snap.yaml. A restart of containerd leaves the containers alone.
DAEMONS = {
    "containerd": ("daemon: notify", "start-timeout: 5m", "stop-mode: sigterm", "restart-condition: always"),
    "k8s-dqlite": ("daemon: simple",),
    "kubelite": ("daemon: simple", "after: [daemon-containerd]"),
    "cluster-agent": ("daemon: simple",),
    "apiserver-kicker": ("daemon: simple",),
    "apiserver-proxy": ("daemon: simple",),
    "etcd": ("daemon: simple",),
    "flanneld": ("daemon: simple",),
}
BINARIES = ("etcd", "helm")
HOOKS = ("install", "configure", "post-refresh", "remove")


def snap_yaml(release: Release) -> str:
    lines = [
        "name: microk8s",
        f"version: v{release.kubernetes}",
        "title: MicroK8s (stand-in)",
        "summary: Kubernetes for the lab's virtual Raspberry Pis",
        "description: A stand-in for MicroK8s, which behaves like it where somebody looks. Not for real clusters.",
        f"architectures: [{binaries.architecture()}]",
        f"base: {release.base}",
        "confinement: classic",
        "grade: stable",
        "assumes: [snapd2.52]",
        "hooks:",
        *(f"  {hook}: {{}}" for hook in HOOKS),
        "apps:",
        "  microk8s:",
        "    command: bin/microk8s",
    ]
    for name in SUBCOMMANDS:
        lines += [f"  {name}:", f"    command: bin/microk8s {name}"]
    for name, further in DAEMONS.items():
        lines += [f"  daemon-{name}:", f"    command: bin/daemon {name}", *(f"    {line}" for line in further)]
    return "\n".join(lines) + "\n"


def _sources() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def build(track: str) -> Path:
    """Return the path of the snap of a track (a key of tracks.RELEASES), which is built when it is absent."""
    release = RELEASES[track]
    programs = {"kubelite": binaries.binary("kubelite", release), **{name: binaries.binary(name) for name in BINARIES}}
    digest = hashlib.sha256(snap_yaml(release).encode())
    for path in _sources():
        digest.update(f"{path.relative_to(SOURCE)} {path.stat().st_mode & 0o111}\n".encode() + path.read_bytes())
    for program in programs.values():
        digest.update(str(program).encode())
    name = f"microk8s_v{release.kubernetes}_{binaries.architecture()}.snap"
    return artefacts.kept("snaps", name, f"microk8s-{track}-{digest.hexdigest()[:12]}", lambda target: _pack(release, programs, target))


def _pack(release: Release, programs: dict[str, Path], target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="snap-") as name:
        folder = Path(name) / "snap"
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        folder.chmod(0o755)
        (folder / "meta/snap.yaml").write_text(snap_yaml(release))
        for program, path in programs.items():
            shutil.copy2(path, folder / "bin" / program)
            (folder / "bin" / program).chmod(0o755)
        (folder / "bin/kubectl").symlink_to("kubelite")
        # Spares every call the compilation where the host's Python is of this machine's version.
        options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/snap/microk8s/current")
        run("python3", "-m", "compileall", *options, str(folder / "lib"))
        snaps.pack(folder, target)
