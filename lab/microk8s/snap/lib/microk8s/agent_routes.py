"""Requests of other nodes to this node's agent: arguments of services, images."""

from __future__ import annotations

import hmac
import subprocess

from microk8s import arguments, peers, processes, sideload
from microk8s.agent import RefusedError, Request
from microk8s.paths import CALLBACK_TOKEN

DAEMONS = {
    "kubelet": "kubelite",
    "kube-apiserver": "kubelite",
    "kube-proxy": "kubelite",
    "kube-controller-manager": "kubelite",
    "kube-scheduler": "kubelite",
}


def check_token(given: str) -> None:
    if not CALLBACK_TOKEN.exists() or not hmac.compare_digest(given, CALLBACK_TOKEN.read_text().strip()):
        raise RefusedError(500, "Invalid token")


def configure(request: Request) -> dict:
    """The caller's node has changed arguments of a service, and this node follows."""
    body = request.json()
    check_token(str(body.get("callback", "")))
    for service in body.get("service", []):
        changes: dict[str, str | None] = dict.fromkeys(service.get("arguments_remove") or [])
        for update in service.get("arguments_update") or []:
            changes.update(update)
        if arguments.update(service["name"], changes) and service.get("restart"):
            processes.restart(DAEMONS.get(service["name"], service["name"]))
    return {"result": "ok"}


def import_images(request: Request) -> dict:
    """The body is an archive of images."""
    check_token(request.headers.get("x-microk8s-callback-token", ""))
    try:
        sideload.ctr("image", "import", "-", archive=request.body)
    except subprocess.SubprocessError as error:
        reason = getattr(error, "stderr", None) or str(error).encode()
        raise RefusedError(500, reason.decode(errors="replace").strip()[-300:]) from error
    return {}


ROUTES = {f"{peers.API}/configure": configure, f"{peers.API}/image/import": import_images}
