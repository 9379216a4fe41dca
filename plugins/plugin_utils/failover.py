# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin of a verification works with: the doors, by what the cluster and the task tell."""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Doors
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Ask, server_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Power
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import changes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn, node_addresses, outside
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import answered, secret

ASK_SECONDS = 15.0  # of silence, after which a server that is asked by a command in its container counts as silent
ENGINE_SECONDS = 5.0  # of silence, after which an engine of volumes counts as silent
CUT = 2000  # letters of what a command said


def power(options: Mapping[str, Any], node: str) -> Power | None:
    """By the user's command lines, in which {node} stands for the name of the Node. None without any."""
    lines = {key: options.get(f"power_{key}") or "" for key in ("off", "on", "is_off")}
    if not any(lines.values()):
        return None
    try:
        return Power(**{key: shlex.split(line.replace("{node}", node)) for key, line in lines.items()})
    except ValueError as error:
        raise FailoverError(f"verify_power_off, _on, _is_off: {error}. Write each as a command line of a shell") from error


def run_power(command: Sequence[str], seconds: float) -> tuple[int, str]:
    """Exit code and what it said. Raises FailoverError for what cannot be run."""
    try:
        done = subprocess.run(
            list(command), timeout=seconds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"it was not through after {seconds:.0f} s"
    except OSError as error:
        raise FailoverError(f"{command[0]}: {error.strerror}. Give a program that is there on this machine") from error
    return done.returncode, done.stdout.decode(errors="replace")[-CUT:]


class Node:
    """Commands on the node of a task's connection. run: of ActionBase (_low_level_execute_command). reset: of its connection."""

    def __init__(self, run: Callable[[str], Mapping[str, Any]], reset: Callable[[], Any]) -> None:
        self._run, self._reset = run, reset

    def __call__(self, script: str, seconds: float) -> str:
        """Raises FailoverError: it failed, or nobody answered."""
        found: list[Mapping[str, Any]] = []
        problems: list[Exception] = []

        def work() -> None:
            try:
                found.append(self._run(script))
            except Exception as error:
                problems.append(error)

        thread = threading.Thread(target=work, name="node", daemon=True)
        thread.start()
        thread.join(seconds)
        if problems or not found:
            # A connection to a node that went away without a word would hang for a quarter of an hour.
            with suppress(Exception):
                self._reset()
        if problems:
            raise FailoverError(f"the node could not be asked: {problems[0]}")
        if not found:
            raise FailoverError(f"the node did not answer in {seconds:.0f} s")
        code, said = found[0].get("rc", 1), str(found[0].get("stdout", ""))
        if code:
            # With a terminal what it says of its errors is among the rest, and ssh has a last word of its own.
            words = [line for line in str(found[0].get("stderr", "")).splitlines() if not line.startswith("Shared connection to ")]
            why = "\n".join(words).strip() or said.strip() or "nothing"
            raise FailoverError(f"a command on the node ended with {code}, and said: {why[-CUT:]}")
        return said


def database(cluster: Cluster, namespace: str, name: str, addresses: Sequence[str] = ()) -> Database:
    """The door of the owner, by what role postgres made. addresses: of the nodes, instead of their own.

    Raises FailoverError where this controller does not get in.
    """
    topology, server = server_of(cluster, namespace, name)
    kept = changes.kept(server) or {}
    authority = f"{name}-ca" if topology == CLUSTER else f"{name}-server"
    service = cluster.get("Service", f"{name}-outside", namespace)
    if service is None:
        raise FailoverError(
            f"there is no service {namespace}/{name}-outside, by which this controller could write. Set postgres_service_type to"
            " NodePort or LoadBalancer, and run role postgres. Nothing was done"
        )
    password, certificate = secret(cluster, namespace, f"{name}-owner", "password"), secret(cluster, namespace, authority, "ca.crt")
    if not password or not certificate:
        missing = f"{name}-owner" if not password else authority
        raise FailoverError(f"there is no Secret {namespace}/{missing} as role postgres makes it: run that role. Nothing was done")
    hosts, port = outside(service, addresses or node_addresses(cluster.list("Node")))
    way = WayIn(hosts, port, str(kept["database"]), str(kept["owner"]), f"{namespace}/{name}-owner", f"{namespace}/{authority}")
    return Database(way, password, certificate)


def of_node(node: Node, wanted: str) -> None:
    """Raises FailoverError if commands would go to another node than the one that is meant."""
    said = node("hostname", 30.0).strip().splitlines()
    name = said[-1].strip().lower() if said else ""
    if name != wanted.lower():
        raise FailoverError(f"this task runs on the host of node {name or 'without a name'}, and the victim is {wanted}. Delegate it there")


def version(collection: Path) -> str:
    """Of the collection in that folder, installed or checked out."""
    manifest, galaxy = collection / "MANIFEST.json", collection / "galaxy.yml"
    if manifest.exists():
        return str(json.loads(manifest.read_text())["collection_info"]["version"])
    return str(yaml.safe_load(galaxy.read_text())["version"]) if galaxy.exists() else ""


def asks(namespace: str) -> Callable[[Cluster], Ask]:
    """Statements to the superuser of a server, in its container."""
    return lambda cluster: lambda pod, statement: answered(cluster, namespace, pod, "postgres", statement, silence=ASK_SECONDS)


def doors(wanted: Mapping[str, Any], node: Node | None, powers: Power | None) -> Doors:
    """wanted: options of the task."""
    kubeconfig, servers, namespace, name = (wanted[key] for key in ("kubeconfig", "servers", "namespace", "name"))

    def cluster() -> Cluster:
        return Cluster(kubeconfig, servers=servers)

    def away(victim: str) -> Cluster:
        """Asks others before the victim, of which a silent one would hold up every first look."""
        with cluster() as door:
            known = {item["metadata"]["name"]: item for item in door.list("Node")}
            there = node_addresses([known[victim]]) if victim in known else {}
            first = [one for one in door.servers if not any(f"//{address}:" in one for address in there)]
        return Cluster(of(kubeconfig, first[0]) if first else kubeconfig, servers=[*first, *servers])

    def engines(path: str) -> str:
        """Asked once, and not for long: one that does not answer is told from its objects."""
        with Cluster(kubeconfig, servers=servers, timeout=ENGINE_SECONDS, patience=0.0) as door:
            return door.raw(path)

    return Doors(
        cluster=cluster,
        engines=engines,
        away=away,
        hands=lambda api: Hands(api, node, run_power, powers),
        database=lambda api: database(api, namespace, name, wanted["addresses"]),
        ask=asks(namespace),
    )


def of(kubeconfig: Mapping[str, Any], server: str) -> dict[str, Any]:
    """The same kubeconfig with another server as its first."""
    clusters = [{**one, "cluster": {**one["cluster"], "server": server}} for one in kubeconfig.get("clusters") or []]
    return {**kubeconfig, "clusters": clusters}
