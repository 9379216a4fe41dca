"""The stand-ins of OpenEBS: charts that say the same as each other and as the images, and the same archive for the same files."""

from __future__ import annotations

import tarfile

import archives
import artefacts
import charts
import pytest
import yaml
from machine import LabError

CHARTS = pytest.mark.parametrize("chart", charts.CHARTS.values(), ids=charts.CHARTS)
# What of OpenEBS is there as an image, in any archive.
OFFERED = {name for image in archives.OPENEBS for name in (archives.reference(image), *archives.IMAGES[image].aliases)}


def values(files: dict[str, str], folder: str = "") -> dict:
    return yaml.safe_load(files[f"{folder}values.yaml"])


@CHARTS
def test_nothing_is_left_to_fill_in_and_the_first_line_says_what_it_is(chart):
    files = charts.files(chart)
    assert not [path for path, text in files.items() for name in ("version", *chart.parts) if f"@{name}@" in text]
    for path, text in files.items():
        if path.endswith("Chart.yaml"):
            assert text.startswith("# Stand-in for "), path


@CHARTS
def test_dependencies_are_the_charts_that_are_in_it(chart):
    files = charts.files(chart)
    wanted = {entry["name"]: entry["version"] for entry in yaml.safe_load(files["Chart.yaml"])["dependencies"]}
    there = [yaml.safe_load(text) for path, text in files.items() if path.endswith("Chart.yaml") and path.startswith("charts/")]
    assert {entry["name"]: entry["version"] for entry in there} == wanted


@CHARTS
def test_rows_of_workloads_come_with_the_template_that_reads_them(chart):
    files = charts.files(chart)
    for path in files:
        for name in ("workloads", "definitions"):
            if path.endswith(f"files/{name}.yaml"):
                folder = path.removesuffix(f"files/{name}.yaml")
                assert {f"{folder}templates/shared-{name}.yaml", f"{folder}templates/_shared-{name}.yaml"} & set(files)


@pytest.mark.parametrize("version", [version for version in charts.CHARTS if version.startswith("4.")])
def test_images_of_the_least_installation_of_openebs_4_are_offered(version):
    files = charts.files(charts.CHARTS[version])
    provisioner = values(files, "charts/localpv-provisioner/")
    hook = values(files)["preUpgradeHook"]["image"]
    images = [provisioner["localpv"]["image"], provisioner["helperPod"]["image"]]
    assert {f"docker.io/{image['repository']}:{image['tag']}" for image in images} <= OFFERED
    assert f"{hook['registry']}/{hook['repo']}:{hook['tag']}" in OFFERED


def test_images_of_everything_that_the_addon_installs_are_offered():
    files = charts.files(charts.CHARTS["3.3.1"])
    top = values(files)
    rows = [row for path, text in files.items() if path.endswith("files/workloads.yaml") for row in yaml.safe_load(text)]
    images = {f"docker.io/{container['image']}" for row in rows for container in row["containers"].values()}
    images |= {f"docker.io/{top[part]['image']}:{top[part]['imageTag']}" for part in ("localprovisioner", "helper", "ndm", "ndmOperator")}
    # MicroK8s' add-on sets the tag.
    images.add(f"docker.io/{top['cstor']['cleanup']['image']['repository']}:latest")
    assert images <= OFFERED


def test_a_chart_is_packed_to_the_same_bytes(tmp_path, monkeypatch):
    packed = []
    for name in ("one", "two"):
        monkeypatch.setattr(artefacts, "FOLDER", tmp_path / name)
        monkeypatch.setattr(artefacts, "SCRATCH", tmp_path / name / "scratch")
        packed.append(charts.pack("4.6.1"))
    assert packed[0].read_bytes() == packed[1].read_bytes()
    assert packed[0].name == "openebs-4.6.1.tgz"
    with tarfile.open(packed[0]) as tar:
        names = tar.getnames()
    assert names[0] == "openebs/Chart.yaml"
    assert "openebs/charts/localpv-provisioner/values.yaml" in names


def test_an_unknown_chart_is_refused():
    with pytest.raises(LabError, match=r"3\.3\.1, 4\.5\.0, 4\.6\.1"):
        charts.pack("5.0.0")
