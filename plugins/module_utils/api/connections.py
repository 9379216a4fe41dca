# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of a cluster's API servers: time limits, trust, and the identity that they show."""

from __future__ import annotations

import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.api.access import Access
from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import ClusterError

CONNECT_SECONDS = 4.0  # a machine on the same network answers or refuses in far less


class Connections:
    """One dynamic client for each server. What they know of it lies in a private folder until close()."""

    def __init__(self, access: Access, timeout: float) -> None:
        self._access = access
        self._timeout = timeout
        self._folder: Path | None = None
        self._clients: dict[str, Any] = {}
        self._made = 0

    def close(self) -> None:
        for client in self._clients.values():
            client.client.rest_client.pool_manager.clear()
        self._clients = {}
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def client(self, server: str) -> Any:
        """The dynamic client of one server. It asks the server what kinds there are."""
        if server not in self._clients:
            api_client, dynamic_client = libraries()
            limits = (min(CONNECT_SECONDS, self._timeout), self._timeout)
            # The cache of kinds would otherwise lie in /tmp, shared by all clusters that ever had this address.
            cache = self._private() / f"kinds-{self._made}.json"
            self._made += 1
            client = api_client(self._configuration(server), limits)
            if server.startswith("https:") and self._access.certificate and self._access.key:
                client.rest_client.pool_manager.connection_pool_kw["ssl_context"] = self._identity()
            self._clients[server] = dynamic_client(client, cache_file=str(cache))
        return self._clients[server]

    def forget(self, server: str) -> None:
        """Ask the server anew what kinds there are."""
        self._clients.pop(server, None)

    @contextmanager
    def with_files(self, server: str) -> Iterator[Any]:
        """A configuration for libraries that read the client's certificate from files, which are gone afterwards."""
        configuration = self._configuration(server)
        with ExitStack() as files:
            for name, text in (("cert_file", self._access.certificate), ("key_file", self._access.key)):
                if text:
                    file = files.enter_context(tempfile.NamedTemporaryFile("w", dir=self._private(), encoding="ascii"))
                    file.write(text)
                    file.flush()
                    setattr(configuration, name, file.name)
            yield configuration

    def _configuration(self, server: str) -> Any:
        import kubernetes.client

        configuration = kubernetes.client.Configuration()
        configuration.host = server
        configuration.retries = False  # urllib3 would repeat writes
        configuration.verify_ssl = self._access.verify
        if self._access.authority:
            path = self._private() / "authority"
            path.write_text(self._access.authority, encoding="ascii")
            configuration.ssl_ca_cert = str(path)
        if self._access.token:
            configuration.api_key["authorization"] = f"Bearer {self._access.token}"
            configuration.api_key["BearerToken"] = f"Bearer {self._access.token}"
        if self._access.server_name:
            configuration.tls_server_name = self._access.server_name
        return configuration

    def _identity(self) -> Any:
        """TLS with the client's certificate. OpenSSL reads a key from a file only: it is gone before the first request."""
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if self._access.verify else ssl.CERT_NONE)
        with tempfile.NamedTemporaryFile("w", dir=self._private(), encoding="ascii") as pair:  # made with mode 0600
            pair.write(f"{self._access.certificate}\n{self._access.key}\n")
            pair.flush()
            context.load_cert_chain(pair.name)
        return context

    def _private(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="pikube-cluster-"))
        return self._folder


def libraries() -> tuple[Callable[..., Any], Any]:
    """An API client whose every request has a time limit, and the dynamic client. Raises ClusterError if a library is missing."""
    try:
        import kubernetes.client
        from openshift.dynamic import DynamicClient
    except ImportError as error:
        raise ClusterError(
            f"the Python that runs Ansible ({sys.executable}) has no library {error.name or error}. Install both there:"
            f" {sys.executable} -m pip install kubernetes openshift",
            reason="MissingLibrary",
        ) from error

    class Client(kubernetes.client.ApiClient):
        def __init__(self, configuration: Any, limits: tuple[float, float]) -> None:
            super().__init__(configuration)
            self._limits = limits

        def call_api(self, *arguments: Any, **options: Any) -> Any:
            options["_request_timeout"] = options.get("_request_timeout") or self._limits
            return super().call_api(*arguments, **options)

    return Client, DynamicClient
