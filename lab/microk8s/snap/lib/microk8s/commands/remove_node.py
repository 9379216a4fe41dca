"""microk8s remove-node NODE [--force]: takes a node out that left before, or that is gone for ever."""

from __future__ import annotations

import ipaddress
import json

from microk8s import datastore, kube, paths


def run(arguments: list[str]) -> int:
    if not arguments:
        paths.complain("Usage: microk8s remove-node [OPTIONS] NODE\n\nError: Missing argument 'NODE'.")
        return 1
    if len(arguments) > 2 or (len(arguments) == 2 and arguments[1] != "--force") or arguments[0].startswith("-"):
        paths.complain("Usage: microk8s remove-node NODE [--force]")
        return 1
    return remove(arguments[0], force=len(arguments) == 2)


def remove(wanted: str, *, force: bool) -> int:
    name, address = find(wanted)
    registered = address and any(member.address == f"{address}:{paths.DATASTORE_PORT}" for member in datastore.Client().members())
    if registered and not force:
        paths.say(
            f"Removal failed. Node {wanted} is registered with dqlite. Please, run first 'microk8s leave' on the departing node. \n"
            "If the node is not available anymore and will never attempt to join the cluster in the future use the '--force' flag \n"
            "to unregister the node while removing it."
        )
        return 1
    if registered:
        datastore.leave(datastore.Client(timeout=10), f"{address}:{paths.DATASTORE_PORT}")
    if name is None:
        paths.say(f"Node {wanted} does not exist in Kubernetes.")
        return 1
    return kube.kubectl("delete", "node", name, "--timeout=60s", timeout=90).returncode


def find(wanted: str) -> tuple[str | None, str]:
    """Name of the Node object (None: there is none) and address of a node given by either."""
    done = kube.kubectl("get", "nodes", "-o", "json", check=True)
    for item in json.loads(done.stdout)["items"]:
        addresses = {entry["type"]: entry["address"] for entry in item["status"].get("addresses", ())}
        if wanted in (item["metadata"]["name"], addresses.get("InternalIP")):
            return item["metadata"]["name"], addresses.get("InternalIP", "")
    try:
        return None, str(ipaddress.ip_address(wanted))
    except ValueError:
        return None, ""
