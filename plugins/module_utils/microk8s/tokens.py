# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens for joining: what `microk8s add-node` prints, and how to keep them out of texts."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import UNKNOWN, Outcome, meaning, recognise

# The output of a failed add-node; what every command may say is in COMMON.
ADD_NODE = (
    Outcome("done", (0,), r"\burls\b|:\d+/", "", good=True),
    Outcome("token_size", (1,), r"Invalid token size", "a token needs 32 characters", "Let MicroK8s make it"),
    Outcome(
        "old_authority", (1,), r"127\.0\.0\.1", "the cluster's authority is one of an ancient release", "microk8s refresh-certs -e ca.crt"
    ),
)
HIDDEN = "********"
SECONDS = 60
URL = re.compile(r"^(?P<address>.+):(?P<port>\d+)/(?P<token>[^/\s]+)(?:/(?P<check>[^/\s]+))?$")
# IP:PORT/TOKEN/CHECK in any text, and a bare token of MicroK8s' own making with or without its check.
SECRETS = (
    (re.compile(r"(:\d{2,5}/)[^/\s'\"]{8,}(/[0-9a-f]{8,})?"), rf"\1{HIDDEN}"),
    (re.compile(r"\b[0-9a-f]{32}(/[0-9a-f]{12})?\b"), HIDDEN),
)


@dataclass(frozen=True)
class JoinUrl:
    """IP:PORT/TOKEN[/CHECK]; check: the first digits of the SHA-256 of the contacted node's server certificate."""

    address: str
    port: int
    token: str
    check: str | None

    @classmethod
    def parse(cls, text: str) -> JoinUrl:
        """Raises MicroK8sError for what `microk8s join` would refuse: it takes a literal IPv4 address only."""
        found = URL.match(text.strip())
        if not found:
            raise MicroK8sError("the url to join by is not IP:PORT/TOKEN/CHECK; take it from module microk8s_token", outcome="bad_url")
        try:
            address = str(ipaddress.IPv4Address(found["address"]))
        except ValueError as error:
            raise MicroK8sError(
                f"the url to join by starts with {found['address']!r}, and microk8s join takes only IPv4; give microk8s_token one",
                outcome="bad_url",
            ) from error
        if not 1 <= int(found["port"]) <= 65535 or len(found["token"]) < 32 or len(found["check"] or "0" * 12) < 12:
            raise MicroK8sError(
                "the token of the url to join by has 32 characters at least, and its check 12; take it from module microk8s_token",
                outcome="bad_url",
            )
        return cls(address, int(found["port"]), found["token"], found["check"])

    def __str__(self) -> str:
        return f"{self.address}:{self.port}/{self.token}" + (f"/{self.check}" if self.check else "")

    def __repr__(self) -> str:
        return f"JoinUrl({self.address}:{self.port}/{HIDDEN})"


def urls(text: str) -> list[str]:
    """The urls of `add-node --format json` or `yaml`. Text before the document is skipped: wrappers print warnings there."""
    start = text.find("{")
    try:
        found = json.loads(text[start : text.rfind("}") + 1]) if start >= 0 else None
    except ValueError:
        found = None
    if isinstance(found, dict):
        return [str(url) for url in found.get("urls") or []]
    _before, heading, rows = text.partition("urls:")
    return re.findall(r"^\s*-\s*['\"]?([^\s'\"]+)['\"]?\s*$", rows, re.M) if heading else []


def choose(found: list[str], address: str, node: str) -> str:
    """The url with that address. The address becomes the datastore's on the first join of all, so no other is taken instead."""
    for url in found:
        match = URL.match(url)
        if match and match["address"].strip("[]") == address:
            return url
    has = ", ".join(match["address"] for match in map(URL.match, found) if match) or "none"
    raise MicroK8sError(
        f"{node} has no address {address} to join by; it has {has}. Give one of these, fixed and reachable for all nodes",
        addresses=[match["address"] for match in map(URL.match, found) if match],
    )


def redact(text: str, *secrets: str | None) -> str:
    """The text without urls to join by, tokens and the given secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def make(machine: Any, address: str, ttl: int, check: bool) -> str | None:
    """A new url with that address, None in check mode. machine: a Machine. Raises MicroK8sError."""
    node = machine.control_plane("cannot make a token")["hostname"]
    if check:
        return None
    ran = machine.command("add-node", "--format", "json", *(["--token-ttl", str(ttl)] if ttl else []), seconds=SECONDS)
    found = urls(ran.out) if ran.rc == 0 else []
    if not found:
        text = redact(ran.text)
        outcome = recognise(ADD_NODE, ran.rc, text)
        why = meaning(UNKNOWN if outcome.good else outcome, ran.rc, text)
        raise MicroK8sError(f"{node} made no token: {why}. {outcome.cure or 'See microk8s inspect'}.", outcome=outcome.id, rc=ran.rc)
    return choose(found, address, node)
