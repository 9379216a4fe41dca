# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of an audit: the cluster is read, each kind once, and reports are written to files of the controller."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit.errors import AuditError
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError

FORBIDDEN = 403


def read(cluster: Any, kinds: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Objects by kind, and why a kind could not be read. A kind that the cluster does not know has no objects.

    cluster: as of module_utils/cluster.py. An API server that does not answer is a ClusterError.
    """
    objects: dict[str, list[dict[str, Any]]] = {}
    unread: dict[str, str] = {}
    for kind, versions in kinds:
        for version in versions:
            try:
                objects[kind] = cluster.list(kind, api_version=version)
                break
            except ClusterError as error:
                if error.status == FORBIDDEN:
                    unread[kind] = f"the user of the kubeconfig may not list it ({error})"
                    break
                if error.reason != "NoSuchKind":
                    raise
        if kind not in unread:
            objects.setdefault(kind, [])
    return objects, unread


def write(path: str, text: str, *, check_mode: bool) -> bool:
    """Make a file so, whole or not at all. Whether it was otherwise; in check mode nothing is written."""
    file = Path(path).expanduser()
    try:
        if file.is_file() and file.read_text(encoding="utf-8", errors="replace") == text:
            return False
        if not file.parent.is_dir():
            raise AuditError(f"{file}: its folder is not there. Make it, or name another path.")
        if not check_mode:
            _replace(file, text)
    except OSError as error:
        raise AuditError(
            f"{file} cannot be written: {error.strerror or error}. Name another path, or give the right to write it."
        ) from error
    return True


def _replace(file: Path, text: str) -> None:
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
