"""Stand-in for the cluster agent: HTTPS on port 25000 for the other nodes, and what is looked after every five seconds."""

from __future__ import annotations

import importlib
import json
import socket
import socketserver
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from microk8s import paths

PERIOD = 5
# Each is called every PERIOD seconds; one that fails is logged and called again.
TASKS = (("launch", "apply_pending"), ("network", "reconcile"), ("sideload", "scan"))
ROUTE_MODULES = ("cluster_routes", "agent_routes")


class RefusedError(Exception):
    """An answer other than 200: its text becomes {"error": ...}."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    client: str

    def json(self) -> dict:
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as error:
            raise RefusedError(400, f"the body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise RefusedError(400, "the body is not a JSON object")
        return value


# Path -> function(Request) -> object for the JSON answer, or text. Each module of ROUTE_MODULES has a table ROUTES of its own.
ROUTES: dict[str, Callable[[Request], object]] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    timeout = 240

    def setup(self) -> None:
        # The handshake belongs into the thread of the connection: a client that says nothing stops nobody else.
        self.request.settimeout(self.timeout)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def answer(self, body: bytes) -> None:
        route = ROUTES.get(self.path.rstrip("/") or "/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            if route is None:
                raise RefusedError(404, "not found")
            status, value = 200, route(Request(self.path, headers, body, self.client_address[0]))
        except RefusedError as error:
            status, value = error.status, {"error": str(error)}
        except Exception as error:
            traceback.print_exc()
            status, value = 500, {"error": str(error)}
        text = value if isinstance(value, str) else json.dumps(value)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, form: str, *arguments: object) -> None:
        print(f"{self.client_address[0]} {form % arguments}", flush=True)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(paths.CERTS / "server.crt", paths.CERTS / "server.key")
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exc_info()[1]
        print(f"{client_address}: {error}", flush=True)


def load_routes() -> None:
    for name in ROUTE_MODULES:
        try:
            ROUTES.update(importlib.import_module(f"microk8s.{name}").ROUTES)
        except ModuleNotFoundError as error:
            print(f"no routes of {name}: {error}", flush=True)


def look_after(name: str, function: str) -> None:
    """Never returns: calls one task every PERIOD seconds, a failure logged once as long as it stays the same.

    A launch configuration may join for minutes and an archive of images is long: neither may stop the others.
    """
    last = ""
    while True:
        try:
            getattr(importlib.import_module(f"microk8s.{name}"), function)()
            last = ""
        except Exception as error:
            if last != repr(error):
                last = repr(error)
                traceback.print_exc()
        time.sleep(PERIOD)


def serve(host: str, port: int) -> None:
    """Never returns."""
    socket.setdefaulttimeout(None)
    load_routes()
    for task in TASKS:
        threading.Thread(target=look_after, args=task, daemon=True).start()
    with Server((host, port)) as server:
        print(f"listening on {host}:{port}", flush=True)
        server.serve_forever()
