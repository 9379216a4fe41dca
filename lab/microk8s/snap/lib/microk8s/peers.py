"""Questions to the cluster agents of all nodes: arguments of services, images."""

from __future__ import annotations

import http.client
import json
import ssl

from microk8s import kube
from microk8s.paths import AGENT_PORT, CALLBACK_TOKEN, node_name

API = "/cluster/api/v1.0"


class PeerError(Exception):
    """A node refused."""


class UnreachableError(PeerError):
    """A node did not answer at all."""


def nodes() -> list[tuple[str, str]]:
    """(name, address) of all nodes; raises CalledProcessError when the API does not answer."""
    done = kube.kubectl("get", "nodes", "-o", "json", check=True)
    found = []
    for item in json.loads(done.stdout)["items"]:
        addresses = {entry["type"]: entry["address"] for entry in item["status"].get("addresses", [])}
        found.append((item["metadata"]["name"], addresses.get("InternalIP", item["metadata"]["name"])))
    return found


def post(address: str, path: str, body: bytes, **headers: str) -> bytes:
    """Nothing of the node's identity is verified: the token is what both know."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(address, AGENT_PORT, context=context, timeout=240)
    try:
        connection.request("POST", f"{API}{path}", body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError("Failed to reach node.") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise PeerError(f"{address} answered {answer.status} {text.decode(errors='replace').strip()}")
    return text


def others() -> list[str]:
    """The addresses of all other nodes; none where no node ever joined."""
    return [address for name, address in nodes() if name != node_name()] if CALLBACK_TOKEN.exists() else []


def configure(address: str, service: str, changes: dict[str, str | None]) -> None:
    """Change arguments of a service on another node and restart it there."""
    body = {
        "callback": CALLBACK_TOKEN.read_text().strip(),
        "service": [
            {
                "name": service,
                "arguments_update": [{flag: value} for flag, value in changes.items() if value is not None],
                "arguments_remove": [flag for flag, value in changes.items() if value is None],
                "restart": True,
            }
        ],
    }
    post(address, "/configure", json.dumps(body).encode(), Content_Type="application/json")
