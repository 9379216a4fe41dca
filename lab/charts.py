"""The charts of OpenEBS that the lab's chart repository carries: templates of our own below openebs/charts, packed for each release."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import artefacts
import binaries
from machine import LabError, run

SOURCES = Path(__file__).parent / "openebs" / "charts"


@dataclass(frozen=True)
class Chart:
    """A release of the umbrella chart: the folder of its generation, the path of its repository, and the versions of what is in it."""

    version: str
    folder: str
    repository: str
    parts: dict[str, str]


# Versions of parts: release notes of OpenEBS. MicroK8s' add-on asks for 3.3.x.
CHARTS = {
    chart.version: chart
    for chart in (
        Chart("3.3.1", "3", "charts", {"app": "3.3.0", "ndm": "2.0.0"}),
        Chart(
            "4.5.0",
            "4",
            "openebs",
            {"localpv": "4.5.0", "helper": "4.5.0", "lvm": "1.9.1", "zfs": "2.10.1", "rawfile": "0.14.1", "mayastor": "2.11.1"},
        ),
        Chart(
            "4.6.1",
            "4",
            "openebs",
            {"localpv": "4.6.0", "helper": "4.6.0", "lvm": "1.10.1", "zfs": "2.11.1", "rawfile": "0.15.1", "mayastor": "2.12.1"},
        ),
    )
}
HOST = "openebs.github.io"
# What charts of one folder share, by the file that wants it: template of the chart -> file of shared/.
SHARED = {
    "files/workloads.yaml": "workloads.yaml",
    "files/definitions.yaml": "definitions.yaml",
    "templates/rbac.yaml": "provisioner-rules.yaml",
}


def files(chart: Chart) -> dict[str, str]:
    """What is in the chart: path below its folder -> text, with each @name@ replaced."""
    folder = SOURCES / chart.folder
    found = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    for path in list(found):
        for wanted, shared in SHARED.items():
            if path.endswith(wanted):
                found[f"{path.removesuffix(wanted)}templates/{'_' if 'define' in _shared(shared) else ''}shared-{shared}"] = _shared(shared)
    for name, value in {"version": chart.version, **chart.parts}.items():
        found = {path: text.replace(f"@{name}@", value) for path, text in found.items()}
    return found


def _shared(name: str) -> str:
    return (SOURCES / "shared" / name).read_text()


def pack(version: str) -> Path:
    """Return the path of the archive of a chart, which is packed when it is absent: the same bytes for the same files."""
    if version not in CHARTS:
        raise LabError(f"there is no chart openebs {version}; there are {', '.join(CHARTS)}")
    texts = files(CHARTS[version])
    key = artefacts.key(*(f"{path}={text}" for path, text in sorted(texts.items())))

    def build(target: Path) -> None:
        with (
            target.open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as tar,
        ):
            for path, text in sorted(texts.items(), key=lambda item: (item[0] != "Chart.yaml", item[0])):
                entry = tarfile.TarInfo(f"openebs/{path}")
                entry.size, entry.mode = len(text.encode()), 0o644
                tar.addfile(entry, io.BytesIO(text.encode()))

    return artefacts.kept("charts", f"openebs-{version}.tgz", f"openebs-{version}-{key}", build)


def site() -> dict[str, Path]:
    """The files of the chart repository: path of the web site -> file. Each repository has an index that helm made."""
    found: dict[str, Path] = {}
    for repository in sorted({chart.repository for chart in CHARTS.values()}):
        packed = [pack(chart.version) for chart in CHARTS.values() if chart.repository == repository]
        found |= {f"{repository}/{path.name}": path for path in packed}
        found[f"{repository}/index.yaml"] = _index(repository, packed)
    return found


def _index(repository: str, packed: list[Path]) -> Path:
    helm = binaries.binary("helm")

    def build(target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            for path in packed:
                shutil.copy(path, folder)
            run(str(helm), "repo", "index", folder, "--url", f"https://{HOST}/{repository}")
            (Path(folder) / "index.yaml").replace(target)

    return artefacts.kept("charts", "index.yaml", f"index-{repository}-{artefacts.key(*map(str, packed), str(helm))}", build)
