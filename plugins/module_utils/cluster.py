# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to the Kubernetes API.

It runs on the controller and uses the Python libraries kubernetes and openshift (its dynamic client), which are imported at the first
request. Each request has a time limit. What failed is tried again, on another control plane too, where nothing can be done twice by that.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

from ansible_collections.pikube.stateful.plugins.module_utils.api.access import Access
from ansible_collections.pikube.stateful.plugins.module_utils.api.connections import CONNECT_SECONDS, Connections
from ansible_collections.pikube.stateful.plugins.module_utils.api.execution import execute
from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import ClusterError, Failure, of_connection, of_status
from ansible_collections.pikube.stateful.plugins.module_utils.api.watch import Event, ExpiredError, Known

__all__ = ["Cluster", "ClusterError", "Event"]

FIELD_MANAGER = "pikube.stateful"
PAUSES = (0.5, 1.0, 2.0, 4.0)  # between rounds over all servers
ROUND_SECONDS = 15  # after which a stream is renewed; a server that died without a word is noticed then at the latest
MERGE = "application/merge-patch+json"
# What every API server serves, in all releases that are supported.
EVERYWHERE = frozenset(
    ("v1", "apps/v1", "autoscaling/v2", "batch/v1", "coordination.k8s.io/v1", "discovery.k8s.io/v1", "policy/v1", "storage.k8s.io/v1")
)
AILING = Failure(
    "Ailing",
    "it does not list what every API server has: it starts, or has lost its datastore",
    untouched=True,
    passing=True,
    elsewhere=True,
)


class Cluster:
    """One cluster, through any of its API servers.

    kubeconfig: its content, or an Access. servers: further URLs or addresses of API servers, asked when one does not answer.
    timeout: seconds of one request. patience: seconds for which a request is tried again. Used in a `with` block: what is known of
    the server lies in a private folder until close(). Every error is a ClusterError.
    """

    def __init__(
        self,
        kubeconfig: Mapping[str, Any] | Access,
        *,
        servers: Iterable[str] = (),
        timeout: float = 10.0,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._access = kubeconfig if isinstance(kubeconfig, Access) else Access.of(kubeconfig, servers)
        self._timeout = timeout
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._connections = Connections(self._access, timeout)
        self._turn = 0

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the connections and delete what is known of the servers."""
        self._connections.close()

    @property
    def servers(self) -> tuple[str, ...]:
        return self._access.servers

    @property
    def server(self) -> str:
        """The API server that is asked now."""
        return self.servers[self._turn % len(self.servers)]

    def only(self, server: str) -> Cluster:
        """The same cluster through one API server, whose answer is then that of this one."""
        return Cluster(self._access.only(server), timeout=self._timeout, patience=self._patience, clock=self._clock, sleep=self._sleep)

    def answering(self, path: str = "/version", among: Iterable[str] | None = None) -> list[str]:
        """The API servers that answer now, each asked once: all, or those of certain URLs or addresses."""
        found = []
        for server in self.servers if among is None else among:
            with Cluster(self._access.only(server), timeout=self._timeout, patience=0.0, clock=self._clock, sleep=self._sleep) as one:
                try:
                    one.raw(path)
                except ClusterError as error:
                    if not error.passing:
                        raise
                else:
                    found.append(server)
        return found

    # Reading

    def get(self, kind: str, name: str, namespace: str | None = None, api_version: str = "v1") -> dict[str, Any] | None:
        """One object, None if there is none of that name."""
        try:
            return self._read(
                f"reading {kind} {where(name, namespace)}",
                lambda client: kinds(client, kind, api_version).get(name=name, namespace=namespace, serialize=False),
            )
        except ClusterError as error:
            if error.reason == "NotFound":
                return None
            raise

    def list(
        self, kind: str, namespace: str | None = None, api_version: str = "v1", labels: str | None = None, fields: str | None = None
    ) -> list[dict[str, Any]]:
        """All objects of a kind, of one namespace or of all."""
        return self._list(kind, namespace, api_version, labels, fields)[0]

    def raw(self, path: str) -> str:
        """What the API server says under a path of its own, such as /version or /readyz?verbose."""
        return self._try(f"reading {path}", lambda client: client.request("get", path, serialize=False).data.decode("utf-8"), reads=True)

    def watch(
        self,
        kind: str,
        seconds: float,
        namespace: str | None = None,
        api_version: str = "v1",
        labels: str | None = None,
        fields: str | None = None,
        trouble: Callable[[str], Any] = lambda text: None,
    ) -> Iterator[Event]:
        """What there is (ADDED), then each change, for so many seconds.

        A broken stream goes on from where it was, on another server if need be; what could be missed is made up for by a new list, so that
        no change of state stays untold, though several may be told as one. trouble: gets a text while no server answers.
        """
        end = self._clock() + seconds
        known, version = Known(), None
        in_vain = 0
        while self._clock() < end:
            try:
                if version is None:
                    items, version = self._list(kind, namespace, api_version, labels, fields)
                    yield from known.relisted(items)
                for line in self._stream(kind, namespace, api_version, labels, fields, version, end - self._clock()):
                    in_vain = 0
                    event, seen = known.told(line)
                    version = seen or version
                    if event:
                        yield event
            except ExpiredError:
                version = None
            except ClusterError as error:
                if error.status == 410:
                    version = None
                elif error.passing or (error.elsewhere and in_vain < len(self.servers)):
                    trouble(str(error))
                    self._turn += 1
                    in_vain += 1
                    self._sleep(min(PAUSES[1], max(end - self._clock(), 0)))
                else:
                    raise

    # Writing

    def create(self, body: Mapping[str, Any], *, again: bool = False) -> dict[str, Any]:
        """Create an object. again: the request may be sent twice, because it leaves nothing behind (a review)."""
        kind, name, namespace, api_version = identity(body)
        return self._object(
            f"creating {kind} {where(name, namespace)}",
            lambda client: kinds(client, kind, api_version).create(
                body=dict(body), namespace=namespace, field_manager=FIELD_MANAGER, serialize=False
            ),
            reads=again,
        )

    def apply(self, body: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Make an object so, by server-side apply: fields that another manager owns are taken over."""
        kind, name, namespace, api_version = identity(body)
        return self._object(
            f"applying {kind} {where(name, namespace)}",
            lambda client: kinds(client, kind, api_version).server_side_apply(
                body=dict(body),
                name=name,
                namespace=namespace,
                field_manager=FIELD_MANAGER,
                force_conflicts=True,
                serialize=False,
                **({"dry_run": "All"} if dry_run else {}),
            ),
            reads=True,  # twice the same is once
        )

    def patch(
        self, kind: str, name: str, body: Any, namespace: str | None = None, api_version: str = "v1", content_type: str = MERGE
    ) -> dict[str, Any]:
        return self._object(
            f"changing {kind} {where(name, namespace)}",
            lambda client: kinds(client, kind, api_version).patch(
                body=body, name=name, namespace=namespace, content_type=content_type, field_manager=FIELD_MANAGER, serialize=False
            ),
            reads=content_type == MERGE,  # twice the same is once
        )

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str | None = None,
        api_version: str = "v1",
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: str = "Background",
        grace_seconds: int | None = None,
    ) -> bool:
        """Delete one object by its name, with uid or resource_version only that very one. False if it was not there."""
        conditions = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if conditions:
            options["preconditions"] = conditions
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        try:
            self._object(
                f"deleting {kind} {where(name, namespace)}",
                lambda client: kinds(client, kind, api_version).delete(name=name, namespace=namespace, body=options, serialize=False),
                reads=bool(conditions),  # a second one would hit nothing else
            )
        except ClusterError as error:
            if error.reason == "NotFound":
                return False
            raise
        return True

    def evict(self, name: str, namespace: str, grace_seconds: int | None = None) -> bool:
        """Ask for a pod to go, as a drain does. False if it is gone. A PodDisruptionBudget in the way is a ClusterError of status 429."""
        body: dict[str, Any] = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        if grace_seconds is not None:
            body["deleteOptions"] = {"gracePeriodSeconds": grace_seconds}
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/eviction"
        try:
            self._object(
                f"evicting Pod {namespace}/{name}", lambda client: client.request("post", path, body=body, serialize=False), reads=False
            )
        except ClusterError as error:
            if error.reason == "NotFound":
                return False
            raise
        return True

    def execute(
        self,
        pod: str,
        namespace: str,
        container: str,
        command: Iterable[str],
        *,
        source: IO[bytes] | None = None,
        target: IO[bytes] | None = None,
        silence: float = 300.0,
        told: Callable[[int], Any] = lambda moved: None,
    ) -> None:
        """Run a command in a container to its end, once. The options are those of api.execution.execute()."""
        self.raw("/version")  # goes on to a server that answers
        try:
            with self._connections.with_files(self.server) as configuration:
                execute(configuration, (namespace, pod, container), list(command), source=source, target=target, silence=silence, told=told)
        except ClusterError:
            raise
        except Exception as error:
            raise failure_of(error).error(f"running a command in {namespace}/{pod}", self.server, reads=False) from error

    # How

    def _read(self, what: str, call: Callable[[Any], Any]) -> dict[str, Any]:
        return self._object(what, call, reads=True)

    def _object(self, what: str, call: Callable[[Any], Any], *, reads: bool) -> dict[str, Any]:
        return self._try(what, lambda client: json.loads(call(client).data), reads=reads)

    def _list(self, kind: str, namespace: Any, api_version: str, labels: Any, fields: Any) -> tuple[list[dict[str, Any]], str]:
        listing = self._read(
            f"listing {kind}",
            lambda client: kinds(client, kind, api_version).get(
                namespace=namespace, label_selector=labels, field_selector=fields, serialize=False
            ),
        )
        items = [{"apiVersion": api_version, "kind": kind, **item} for item in listing.get("items") or []]
        return items, listing["metadata"]["resourceVersion"]

    def _stream(
        self, kind: str, namespace: Any, api_version: str, labels: Any, fields: Any, version: str, seconds: float
    ) -> Iterator[dict[str, Any]]:
        """The lines of one request of a watch, until the server ends it."""
        length = max(int(min(seconds, ROUND_SECONDS)), 1)
        server, response = self.server, None
        try:
            response = kinds(self._connections.client(server), kind, api_version).get(
                namespace=namespace,
                label_selector=labels,
                field_selector=fields,
                resource_version=version,
                watch=True,
                allow_watch_bookmarks=True,
                timeout_seconds=length,
                serialize=False,
                _request_timeout=(min(CONNECT_SECONDS, self._timeout), length + min(self._timeout, 5.0)),
            )
            rest = b""
            for chunk in response.stream(amt=None, decode_content=True):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines if line.strip())
        except ClusterError:
            raise
        except Exception as error:
            raise failure_of(error).error(f"watching {kind}", server) from error
        finally:
            if response is not None:
                response.close()

    def _try(self, what: str, call: Callable[[Any], Any], *, reads: bool) -> Any:
        """Call until it works, fails for good, or patience is over."""
        end = self._clock() + self._patience
        tries = 0
        told: dict[str, Failure] = {}
        while True:
            server = self.server
            try:
                return call(self._connections.client(server))
            except ClusterError:
                raise
            except Exception as error:
                failure = told[server] = failure_of(error)
                if failure is AILING:
                    self._connections.forget(server)
                # A node that is still to join has an API of its own, of another authority: that says nothing of the servers beside it.
                hopes = [one for one in told.values() if one.retry(reads=reads)]
                elsewhere = failure.elsewhere and failure.untouched and (hopes or len(told) < len(self.servers))
                more = failure.retry(reads=reads) or elsewhere
                tries += 1
                if failure.elsewhere:
                    self._turn += 1
                whole, part = divmod(tries, len(self.servers))
                pause = 0.0 if part else PAUSES[min(whole, len(PAUSES)) - 1]
                if not more or self._clock() + pause >= end:
                    asked = ", ".join(self.servers) if failure.elsewhere else server
                    raise (hopes[0] if hopes and elsewhere else failure).error(what, asked, reads=reads) from error
                self._sleep(pause)


class UnlistedError(Exception):
    """A server does not list what every API server has."""


def kinds(client: Any, kind: str, api_version: str) -> Any:
    try:
        return client.resources.get(api_version=api_version, kind=kind)
    except Exception as error:
        if type(error).__name__ == "ResourceNotFoundError" and api_version in EVERYWHERE:
            raise UnlistedError from error
        raise


def failure_of(error: Exception) -> Failure:
    if isinstance(error, UnlistedError):
        return AILING
    if type(error).__name__ in ("ResourceNotFoundError", "ResourceNotUniqueError"):
        return Failure("NoSuchKind", "the cluster does not know this kind of object", "Install what brings it")
    status = getattr(error, "status", None)
    return of_status(status, getattr(error, "body", None)) if status else of_connection(error)


def identity(body: Mapping[str, Any]) -> tuple[str, str | None, str | None, str]:
    metadata = body.get("metadata") or {}
    return body["kind"], metadata.get("name") or metadata.get("generateName"), metadata.get("namespace"), body["apiVersion"]


def where(name: str | None, namespace: str | None) -> str:
    return f"{namespace}/{name}" if namespace else f"{name or '(without a name)'}"
