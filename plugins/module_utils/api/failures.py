# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between here and an API server, as values: what it means, whether anything can have been done, what to do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any


class ClusterError(Exception):
    """The Kubernetes API refused, or nobody answered; the text says what, where and what to do.

    facts: server (URL or null), reason (a word, Kubernetes' own where it gave one), status (HTTP, null without an answer).
    passing: may be over at the next try. elsewhere: another server may do better.
    """

    def __init__(self, message: str, *, passing: bool = False, elsewhere: bool = False, **facts: Any) -> None:
        super().__init__(message)
        self.passing = passing
        self.elsewhere = elsewhere
        self.facts = {"server": None, "reason": None, "status": None, **facts}

    @property
    def reason(self) -> str | None:
        return self.facts["reason"]

    @property
    def status(self) -> int | None:
        return self.facts["status"]


@dataclass(frozen=True)
class Failure:
    """One request that failed.

    untouched: the server cannot have done anything. passing: may be over at the next try, on this server or on another.
    elsewhere: another server may do better.
    """

    reason: str
    text: str
    do: str = ""
    status: int | None = None
    untouched: bool = False
    passing: bool = False
    elsewhere: bool = False

    def retry(self, *, reads: bool) -> bool:
        return self.passing and (reads or self.untouched)

    def error(self, what: str, server: str, *, reads: bool = True) -> ClusterError:
        unknown = not reads and not self.untouched and self.status is None
        do = f" {self.do}." if self.do else " Whether it was carried out is not known." if unknown else ""
        return ClusterError(
            f"{what} failed at {server}: {self.text}.{do}",
            passing=self.passing,
            elsewhere=self.elsewhere,
            server=server,
            reason=self.reason,
            status=self.status,
        )


# Texts of urllib3, Python's ssl and the kernel, in the order in which they are looked for. Matched against the error and all its causes.
CONNECTION_FAILURES = (
    (
        r"certificate is not yet valid|certificate has expired",
        Failure(
            "WrongClock",
            "its certificate is not valid at this moment by the clock of this machine",
            "Compare the clocks here and on the node (timedatectl). If they agree, renew it there: microk8s refresh-certs -e server.crt",
            untouched=True,
        ),
    ),
    (
        r"unable to get local issuer|self.signed certificate|certificate signature failure|unknown ca|bad signature",
        Failure(
            "OtherCluster",
            "its certificate is of another authority than the kubeconfig's cluster",
            "The address belongs to another cluster, or the cluster was made anew: fetch its kubeconfig again",
            untouched=True,
            elsewhere=True,
        ),
    ),
    (
        r"Hostname mismatch|IP address mismatch|doesn't match",
        Failure(
            "OtherName",
            "its certificate does not name this address",
            "Use an address of the node, or have this one added to the certificate (extraSANs)",
            untouched=True,
            elsewhere=True,
        ),
    ),
    (
        r"alert (bad certificate|certificate (unknown|required|expired)|unknown ca|access denied)",
        Failure("Unauthorized", "it does not accept the certificate of the kubeconfig", "Fetch the kubeconfig again"),
    ),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError", Failure("Tls", "no TLS connection", untouched=True, elsewhere=True)),
    (
        r"Connection refused",
        Failure("Refused", "connection refused, no API server listens there", untouched=True, passing=True, elsewhere=True),
    ),
    (
        r"No route to host|Network is unreachable|Host is down",
        Failure("Unreachable", "no route to it", "Check the address and the network", untouched=True, passing=True, elsewhere=True),
    ),
    (
        r"Name or service not known|Temporary failure in name resolution|NameResolutionError|No address associated",
        Failure("UnknownName", "the name cannot be resolved", "Use an address", untouched=True, elsewhere=True),
    ),
    (
        r"ConnectTimeout",
        Failure("NoAnswer", "it does not answer", "Check that the node is on", untouched=True, passing=True, elsewhere=True),
    ),
    (r"NewConnectionError", Failure("Refused", "no connection", untouched=True, passing=True, elsewhere=True)),
    (
        r"ReadTimeout|timed out",
        Failure("Timeout", "no answer in time", passing=True, elsewhere=True),
    ),
    (
        r"ProtocolError|IncompleteRead|Connection aborted|RemoteDisconnected|Connection reset|Broken pipe|EOF occurred",
        Failure("Broken", "the connection broke", passing=True, elsewhere=True),
    ),
)
# HTTP statuses that a later try may not see any more: leader changes of the datastore, an API server that starts or stops, throttling.
PASSING = (429, 500, 502, 503, 504)
ADVICE = {
    401: "Fetch the kubeconfig again",
    403: "The user of the kubeconfig needs this right",
}


def chain(error: BaseException) -> str:
    """An error and what it came from, as one text of class names and messages."""
    texts, seen = [], set()
    current: Any = error
    while isinstance(current, BaseException) and id(current) not in seen:
        seen.add(id(current))
        texts.append(f"{type(current).__name__}: {getattr(current, 'reason', '') or ''} {current}")
        current = current.__cause__ or current.__context__
    return "\n".join(texts)


def of_connection(error: BaseException) -> Failure:
    text = chain(error)
    for pattern, failure in CONNECTION_FAILURES:
        if re.search(pattern, text, re.IGNORECASE):
            return failure
    return Failure("Unknown", f"{type(error).__name__}: {error}".splitlines()[0])


def of_status(status: int, body: Any) -> Failure:
    """From an answer that is no success; its body is Kubernetes' Status object, or text of something in between."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    try:
        content = json.loads(body or "")
    except (TypeError, ValueError):
        content = {}
    if not isinstance(content, dict):
        content = {}
    text = content.get("message") or " ".join(str(body or "").split())[:200] or f"HTTP status {status}"
    return Failure(
        reason=content.get("reason") or f"Status{status}",
        text=text.rstrip("."),
        do=ADVICE.get(status, ""),
        status=status,
        untouched=False,
        passing=status in PASSING,
        # An API server that lost its datastore says 429 ("storage is (re)initializing"), as one does that has too much to do.
        elsewhere=status in PASSING,
    )
