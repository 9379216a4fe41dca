# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm's releases as it keeps them in the cluster: one Secret for each revision, its content packed twice.

Source: helm.sh/helm/v3 pkg/storage/driver/util.go (encodeRelease): JSON, gzip, base64; a Secret's data is base64 once more.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import CHARTS, HELM_TYPE, PENDING

MIB = 1024 * 1024
LARGEST = 32 * MIB  # a Secret holds 1 MiB at most; more than this unpacked is no release


@dataclass(frozen=True)
class Release:
    """One revision. values: those that were given, without the chart's own. secret, uid: of the Secret that holds it."""

    name: str
    namespace: str
    chart: str
    version: str
    status: str
    revision: int
    updated: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    uid: str = ""

    @property
    def pending(self) -> bool:
        return self.status in PENDING

    def facts(self) -> dict[str, Any]:
        found = asdict(self)
        del found["secret"], found["uid"]
        return {**found, "values": dict(self.values)}


def unpacked(text: str, where: str) -> dict[str, Any]:
    """The release in a Secret's data. Raises OpenebsError for what is none."""
    try:
        inner = base64.b64decode(base64.b64decode(text, validate=True), validate=True)
        # Helm up to 3.0 did not compress.
        plain = gzip.GzipFile(fileobj=io.BytesIO(inner)).read(LARGEST + 1) if inner[:2] == b"\x1f\x8b" else inner
        found = json.loads(plain) if len(plain) <= LARGEST else None
    except (binascii.Error, OSError, EOFError, ValueError, zlib.error) as error:
        raise OpenebsError(f"Secret {where} is of the type of Helm's releases and cannot be read ({error}). See helm3 history") from error
    if not isinstance(found, dict):
        raise OpenebsError(f"Secret {where} is of the type of Helm's releases and holds none. See helm3 history")
    return found


def decode(secret: Mapping[str, Any]) -> Release:
    metadata = secret.get("metadata") or {}
    namespace = metadata.get("namespace") or "default"
    found = unpacked((secret.get("data") or {}).get("release") or "", f"{namespace}/{metadata.get('name')}")
    chart = (found.get("chart") or {}).get("metadata") or {}
    info = found.get("info") or {}
    return Release(
        name=found.get("name") or "",
        namespace=found.get("namespace") or namespace,
        chart=chart.get("name") or "",
        version=chart.get("version") or "",
        status=info.get("status") or "unknown",
        revision=int(found.get("version") or 0),
        updated=info.get("last_deployed") or "",
        values=found.get("config") or {},
        secret=metadata.get("name") or "",
        uid=metadata.get("uid") or "",
    )


def newest(secrets: Iterable[Mapping[str, Any]], charts: Iterable[str] = CHARTS) -> list[Release]:
    """The newest revision of each release of these charts, by namespace and name. Only the newest ones are unpacked."""
    latest: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
    for secret in secrets:
        if secret.get("type") != HELM_TYPE:
            continue
        metadata = secret.get("metadata") or {}
        labels = metadata.get("labels") or {}
        named = re.fullmatch(r"sh\.helm\.release\.v1\.(.+)\.v(\d+)", metadata.get("name") or "")
        revision = int(named.group(2)) if named else int(labels.get("version") or 0)
        key = (metadata.get("namespace") or "", labels.get("name") or (named.group(1) if named else ""))
        if key not in latest or latest[key][0] < revision:
            latest[key] = (revision, secret)
    found = [decode(secret) for _key, (_revision, secret) in sorted(latest.items())]
    return [release for release in found if release.chart in set(charts)]
