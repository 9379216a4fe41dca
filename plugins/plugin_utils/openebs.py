# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins about OpenEBS share: all of it is on the controller."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import components, release_plan, releases, removal
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import HELM_LABELS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ClusterAction

APPS = "apps/v1"
EXTENSIONS = "apiextensions.k8s.io/v1"
RELEASE = {
    "name": {"type": "str", "default": "openebs"},
    "chart": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "values": {"type": "dict", "default": {}},
    "file": {"type": "str"},
    "addon": {"type": "bool", "default": False},
}


class OpenebsAction(ClusterAction):
    SUBJECT = "openebs"
    ERRORS = (OpenebsError,)


def seen_components(cluster: Cluster, wanted: Sequence[Mapping[str, Any]], namespace: str) -> list[components.Component]:
    """Judged now. Pods and events are asked for only where something does not work."""
    if not wanted:
        return []
    kinds = sorted({str(one["kind"]) for one in wanted})
    workloads = [item for kind in kinds for item in cluster.list(kind, namespace, APPS)]
    nodes = len(cluster.list("Node")) if any(one.get("of") == components.EVERY_NODE for one in wanted) else 0
    found = components.judged(wanted, namespace, workloads, [], [], nodes)
    if all(one.fine for one in found):
        return found
    return components.judged(wanted, namespace, workloads, cluster.list("Pod", namespace), cluster.list("Event", namespace), nodes)


def seen_releases(cluster: Cluster) -> list[releases.Release]:
    return releases.newest(cluster.list("Secret", labels=HELM_LABELS))


def seen_custom_kinds(cluster: Cluster) -> list[dict[str, Any]]:
    """OpenEBS's own kinds, each with the names of its objects."""
    found = []
    for row in removal.definitions(cluster.list("CustomResourceDefinition", api_version=EXTENSIONS)):
        try:
            there = cluster.list(row["kind"], api_version=row["api_version"])
        except ClusterError as error:
            if not missing(error):
                raise
            there = []
        found.append({**row, "objects": [place(item) for item in there]})
    return found


def place(item: Mapping[str, Any]) -> str:
    """NAMESPACE/NAME of an object, or its name."""
    return "/".join(filter(None, (item["metadata"].get("namespace"), item["metadata"]["name"])))


def wanted_release(options: Mapping[str, Any], namespace: str) -> release_plan.Wanted:
    """Raises OpenebsError for a file that is not the chart."""
    version = options["version"]
    if options.get("file"):
        name, version = chart_of(options["file"])
        if name != options["chart"]:
            raise OpenebsError(f"openebs_chart_file: {options['file']} is chart {name}, and {options['chart']} is wanted")
        majors = [release_plan.numbers(one)[0] for one in (version, options["version"])]
        if majors[0] != majors[1]:
            raise OpenebsError(
                f"openebs_chart_file: {options['file']} is {name} {version}, and the engine needs {options['version']} or near it"
            )
    return release_plan.Wanted(options["name"], namespace, options["chart"], version, options["values"] or {}, bool(options.get("addon")))


def chart_of(path: str) -> tuple[str, str]:
    """Name and version of a chart in an archive of the controller."""
    try:
        with tarfile.open(Path(path).expanduser()) as archive:
            member = next((one for one in archive if one.isfile() and one.name.count("/") == 1 and one.name.endswith("/Chart.yaml")), None)
            content = yaml.safe_load(archive.extractfile(member).read()) if member else None
    except (OSError, tarfile.TarError, yaml.YAMLError) as error:
        raise OpenebsError(f"openebs_chart_file: {path} cannot be read as the archive of a chart: {error}") from error
    if not isinstance(content, dict) or not content.get("name") or not content.get("version"):
        raise OpenebsError(f"openebs_chart_file: {path} holds no chart. Make one with: helm pull CHART --version VERSION")
    return str(content["name"]), str(content["version"])


def shown(before: Any, after: Any, header: str) -> dict[str, str]:
    """One entry of a diff."""
    # Ansible's values carry marks of their own, which YAML's safe dumper does not know; JSON drops them.
    plain = json.loads(json.dumps([before, after]))
    texts = ["" if part in ({}, [], None) else yaml.safe_dump(part, sort_keys=True) for part in plain]
    return {"before": texts[0], "after": texts[1], "before_header": header, "after_header": header}


def missing(error: ClusterError) -> bool:
    """Whether the cluster does not know the kind of what was asked for."""
    return error.reason in ("NoSuchKind", "NotFound")
