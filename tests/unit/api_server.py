# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server on 127.0.0.1 that plays an API server."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESOURCES = [
    {"name": "nodes", "singularName": "node", "namespaced": False, "kind": "Node", "verbs": ["get", "list", "watch", "patch", "delete"]},
    {"name": "configmaps", "singularName": "configmap", "namespaced": True, "kind": "ConfigMap", "verbs": ["get", "create", "patch"]},
]
DISCOVERY = {
    "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
    "/apis": {"kind": "APIGroupList", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": RESOURCES},
}


class Server:
    """answers: what /... gets, in turn; the last one stays. An answer is (status, body), a list of lines of a watch, or a function."""

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.seen = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_arguments):
                pass

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                path = self.path.split("?")[0]
                if path not in DISCOVERY and path != "/version/openshift":
                    outer.seen.append((self.command, self.path, body))
                answer = outer.take(self.command, path, self.path)
                if answer == "hang":
                    time.sleep(3)
                    self.close_connection = True
                elif answer == "break":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                elif isinstance(answer, list):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Connection", "close")
                    self.end_headers()
                    for line in answer:
                        self.wfile.write(json.dumps(line).encode() + b"\n")
                    self.close_connection = True
                else:
                    status, content = answer
                    content = (content if isinstance(content, str) else json.dumps(content)).encode()
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def take(self, verb, path, whole):
        key = f"{verb} {path}" + (" watch" if "watch=" in whole else "")
        if key in self.answers:
            answers = self.answers[key]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if path in DISCOVERY:
            return 200, DISCOVERY[path]
        return 404, {"kind": "Status", "reason": "NotFound", "message": f"{path} not found", "code": 404}

    def close(self):
        self.http.shutdown()
        self.http.server_close()
