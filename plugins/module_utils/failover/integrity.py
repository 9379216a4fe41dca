# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells one database from another, and a whole one from a damaged one: asked of the API, of each server, and of its container."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import DAMAGE, INSTANCE, WRITABLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.backups import shell
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import CONTAINER
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import CLUSTER, JOB, ROLE, SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import INSTANCE as NAMED
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge, read
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.other import source_of
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World

Ask = Callable[[str, str], str]  # pod, statement -> what psql says, unaligned and without headings; raises ClusterError
SCHEMA = "pikube_failover"  # of the load: what pg_amcheck needs goes with it
NOT_THERE, TOO_LONG, FOUND = 77, 124, 2  # exit codes: ours, of timeout, of pg_amcheck
KEPT_LINES, LONGEST_LINE, LOG_BYTES = 20, 300, 4 * 2**20


def gather(
    api: Cluster,
    namespace: str,
    name: str,
    primary: str,
    ask: Ask,
    *,
    engines: Callable[[str], str] | None = None,
    amcheck: tuple[str, int] | None = None,
    log_seconds: int = 0,
) -> dict[str, Any]:
    """JSON-plain: primary, pods, claims, volumes by claim, instances (answers by pod), silent (why not, by pod), amcheck, logs.

    primary: name of its pod, "" if there is none. engines: asks one under a path of the API, None not to ask. amcheck: database and seconds
    for pg_amcheck in it, None to leave it out. log_seconds: how far back the logs are read, 0 to leave them out. A server that does not
    answer is no error; raises ClusterError if the API does not.
    """
    snapshot = read.snapshot(api)
    world = World(snapshot)
    pods = {
        row["metadata"]["name"]: pod(row) for row in snapshot.objects["Pod"] if row["metadata"]["namespace"] == namespace and own(row, name)
    }
    used = {claim for row in pods.values() for claim in row["claims"]}
    claims = [row for row in snapshot.objects["PersistentVolumeClaim"] if _of(row, namespace, used, name)]
    if engines is not None:
        world = World(snapshot.with_answers(read.answers(read.questions(claims, world), engines)))
    instances, silent = answers(pods, ask)
    return {
        "primary": primary,
        "pods": pods,
        "claims": {row["metadata"]["name"]: claim(row, world) for row in claims},
        "volumes": volumes(claims, world, attachments(api)),
        "instances": instances,
        "silent": silent,
        "amcheck": checked(api, namespace, primary, *amcheck) if amcheck and primary else None,
        "logs": logs(api, namespace, pods, log_seconds) if log_seconds else None,
    }


def own(row: Mapping[str, Any], name: str) -> bool:
    """Whether a pod is a server of this name."""
    labels = row["metadata"].get("labels") or {}
    return labels.get(SINGLE) == name or (labels.get(CLUSTER) == name and bool(labels.get(NAMED)) and not labels.get(JOB))


def _of(row: Mapping[str, Any], namespace: str, used: Iterable[str], name: str) -> bool:
    labels = row["metadata"].get("labels") or {}
    return row["metadata"]["namespace"] == namespace and (
        row["metadata"]["name"] in used or name in (labels.get(CLUSTER), labels.get(SINGLE))
    )


def pod(row: Mapping[str, Any]) -> dict[str, Any]:
    spec, status, metadata = row.get("spec") or {}, row.get("status") or {}, row["metadata"]
    conditions = {one.get("type"): one.get("status") for one in status.get("conditions") or []}
    container = next((one for one in status.get("containerStatuses") or [] if one.get("name") == CONTAINER), {})
    return {
        "uid": metadata["uid"],
        "node": spec.get("nodeName") or "",
        "ready": conditions.get("Ready") == "True" and not metadata.get("deletionTimestamp"),
        "role": (metadata.get("labels") or {}).get(ROLE) or "",
        "address": status.get("podIP") or "",
        "restarts": container.get("restartCount", 0),
        "claims": sorted(
            volume["persistentVolumeClaim"]["claimName"] for volume in spec.get("volumes") or [] if "persistentVolumeClaim" in volume
        ),
    }


def claim(row: Mapping[str, Any], world: World) -> dict[str, Any]:
    """Which one it is, and what is behind it. handle: of the CSI driver, else the path."""
    volume = world.one("PersistentVolume", (row.get("spec") or {}).get("volumeName") or "")
    spec = volume["spec"] if volume else {}
    own_words = spec.get(source_of(volume)) or {} if volume else {}
    return {
        "uid": row["metadata"]["uid"],
        "volume": (row.get("spec") or {}).get("volumeName") or "",
        "handle": own_words.get("volumeHandle") or own_words.get("path") or "",
    }


def volumes(claims: Sequence[Mapping[str, Any]], world: World, attached: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """By claim, in the words of module volume_info. source: of the PersistentVolume (csi, hostPath, local).

    copies: nodes. attachments: nodes by VolumeAttachments, None for an engine that has none.
    """
    kept = (
        "volume", "engine", "replicated", "attached_to", "held_by", "in_sync", "wanted_copies", "takes_writes", "healthy", "warnings",
    )  # fmt: skip
    return {
        row["name"]: {
            **{key: row[key] for key in kept},
            "copies": [copy["node"] for copy in row["copies"]],
            "source": source_of(world.one("PersistentVolume", row["volume"]) or {"spec": {}}),
            "attachments": list(attached[row["volume"]]) if row["volume"] in attached else None,
        }
        for row in judge.rows(claims, world)
    }


def attachments(api: Cluster) -> dict[str, list[str]]:
    """Nodes by volume."""
    found: dict[str, list[str]] = {}
    for row in api.list("VolumeAttachment", api_version="storage.k8s.io/v1"):
        volume = ((row.get("spec") or {}).get("source") or {}).get("persistentVolumeName")
        if volume and (row.get("status") or {}).get("attached"):
            found.setdefault(volume, []).append(row["spec"]["nodeName"])
    return {volume: sorted(nodes) for volume, nodes in found.items()}


# Of the servers


def answers(pods: Iterable[str], ask: Ask) -> tuple[dict[str, Any], dict[str, str]]:
    """By pod what each says of itself, and why the others do not."""
    found, silent = {}, {}
    for name in sorted(pods):
        try:
            found[name] = json.loads(ask(name, INSTANCE))
        except ClusterError as error:
            silent[name] = str(error)
        except ValueError:
            silent[name] = "its answer is not JSON"
    return found, silent


def writable(pod_name: str, ask: Ask) -> bool | None:
    """Whether a server takes writes now; None for one that does not answer."""
    try:
        said = ask(pod_name, WRITABLE).strip()
    except ClusterError:
        return None
    return {"t": True, "f": False}.get(said)


def writers(pods: Iterable[str], ask: Ask) -> dict[str, bool | None]:
    """One round over the servers. Two count only if the first still takes writes after the second: else it has moved meanwhile."""
    found = {name: writable(name, ask) for name in sorted(pods)}
    yes = [name for name, writes in found.items() if writes]
    for name in yes[:-1]:
        found[name] = writable(name, ask)
    return found


# Of a container


def checked(api: Cluster, namespace: str, pod_name: str, database: str, seconds: int) -> dict[str, str]:
    """pg_amcheck over one database: {"verdict", "said"}. Its extension goes into the schema of the load, and away with it."""
    output = io.BytesIO()
    try:
        api.execute(pod_name, namespace, CONTAINER, checking(database, seconds), target=output, silence=seconds + 30.0)
    except ClusterError as error:
        return {"verdict": _of_code(error.facts.get("code")), "said": _why(error, output.getvalue().decode(errors="replace"), seconds)}
    return {"verdict": PASS, "said": ""}


def checking(database: str, seconds: int) -> list[str]:
    return shell(
        f"command -v pg_amcheck >/dev/null || exit {NOT_THERE}\n"
        f"exec timeout {seconds} nice -n 19 pg_amcheck --heapallindexed --install-missing={SCHEMA} -- {shlex.quote(database)}"
    )


def _of_code(code: int | None) -> str:
    return FAIL if code == FOUND else NOT_KNOWN


def _why(error: ClusterError, output: str, seconds: int) -> str:
    code = error.facts.get("code")
    if code == NOT_THERE:
        return "the image has no pg_amcheck"
    if code == TOO_LONG:
        return f"it was not through after {seconds} s"
    return " ".join((output if code == FOUND else str(error)).split())[:LONGEST_LINE]


def logs(api: Cluster, namespace: str, pods: Iterable[str], seconds: int) -> dict[str, Any]:
    """{"lines": [{"pod", "line"}], "silent": why not, by pod}: what tells of damage, of containers that are no more as well."""
    lines: list[dict[str, str]] = []
    silent: dict[str, str] = {}
    for name in sorted(pods):
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/log?container={CONTAINER}&sinceSeconds={seconds}&limitBytes={LOG_BYTES}"
        try:
            text = api.raw(path)
        except ClusterError as error:
            silent[name] = str(error)
            continue
        # Most containers have none before them.
        with suppress(ClusterError):
            text = f"{api.raw(f'{path}&previous=true')}\n{text}"
        lines += [{"pod": name, "line": line} for line in damage(text)]
    return {"lines": lines[:KEPT_LINES], "silent": silent}


def damage(text: str) -> list[str]:
    """What a log tells of damage, cut where it is long."""
    told = (_message(line) for line in text.splitlines())
    return [" ".join(line.split())[:LONGEST_LINE] for line in told if any(word in line.lower() for word in DAMAGE)]


def _message(line: str) -> str:
    """Of a line of a log what the server says, without the statement of a client: that may hold secrets, and any word."""
    if not line.startswith("{"):
        return "" if "STATEMENT:  " in line or line.startswith("\t") else line
    try:
        content = json.loads(line)
    except ValueError:
        return ""
    record = content.get("record") or {}
    return f"{record.get('error_severity')}:  {record['message']}" if "message" in record else str(content.get("msg") or "")
