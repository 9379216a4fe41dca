"""The API server of this node, through kubectl and, where something asks often, directly."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess

from microk8s import paths, processes


def kubectl(
    *arguments: str,
    input: str | None = None,  # noqa: A002
    timeout: float | None = 60,
    check: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run kubectl as the administrator; a time-out is exit code 124 with its text on stderr."""
    command = [paths.SNAP / "bin/kubectl", f"--kubeconfig={paths.CLIENT_CONFIG}", *arguments]
    try:
        return processes.run(*command, input=input, timeout=timeout, check=check)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([str(word) for word in command], 124, "", f"kubectl did not end within {timeout} s\n")


class ApiError(Exception):
    """The API server refused or did not answer; status is 0 then."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def api(path: str, method: str = "GET", body: object = None, *, identity: str = "", timeout: float = 5) -> dict:
    """One request to https://127.0.0.1:16443: far cheaper than kubectl, for what is asked again and again.

    identity is the name of a pair in certs/: `client` (administrator, the default on a control plane) or `proxy` (what a worker has).
    A body is JSON; PATCH sends a merge patch. Raises ApiError.
    """
    identity = identity or ("proxy" if paths.is_worker() else "client")
    authority = "ca.remote.crt" if paths.is_worker() else "ca.crt"
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if method == "PATCH":
        headers["Content-Type"] = "application/merge-patch+json"
    try:
        context = ssl.create_default_context(cafile=str(paths.CERTS / authority))
        context.load_cert_chain(paths.CERTS / f"{identity}.crt", paths.CERTS / f"{identity}.key")
        connection = http.client.HTTPSConnection("127.0.0.1", paths.API_PORT, timeout=timeout, context=context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise ApiError(f"{method} {path}: {error}") from error
    if answer.status >= 300:
        raise ApiError(f"{method} {path}: {answer.status}: {text[:300]}", answer.status)
    return json.loads(text) if text.startswith("{") else {"text": text}
