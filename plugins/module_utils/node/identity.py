# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a node distinct from all others, and is the same on two of them when a card was cloned."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

SSH_FOLDER = "/etc/ssh"
INITIATOR_FILE = "/etc/iscsi/initiatorname.iscsi"


def machine_id(source: Source) -> str | None:
    """None for one that is still to be made at the next boot (machine-id(5): empty or "uninitialized")."""
    found = source.value("/etc/machine-id")
    return found if found and re.fullmatch(r"[0-9a-f]{32}", found) else None


def fingerprint(public_key: str) -> tuple[str, str] | None:
    """Type and fingerprint of the key in a .pub file, as "ssh-keygen -l" prints it; None if there is no key in it."""
    words = public_key.split()
    if len(words) < 2:
        return None
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    # The key repeats its type, behind its length in four bytes (RFC 4253, 6.6).
    if blob[4 : 4 + int.from_bytes(blob[:4], "big")] != words[0].encode():
        return None
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return words[0], f"SHA256:{digest}"


def ssh_host_keys(source: Source) -> list[dict[str, str]]:
    """type and fingerprint of each of the host's keys, by file name."""
    found = []
    for name in source.names(SSH_FOLDER):
        if re.fullmatch(r"ssh_host_.*key\.pub", name):
            key = fingerprint(source.read(f"{SSH_FOLDER}/{name}", privileged=True) or "")
            if key:
                found.append({"type": key[0], "fingerprint": key[1]})
    return found


def initiator_name(source: Source) -> str | None:
    """The node's name towards iSCSI targets; None while there is none or the file cannot be read."""
    found = re.search(r"^\s*InitiatorName\s*=\s*(\S+)", source.read(INITIATOR_FILE, privileged=True) or "", re.MULTILINE)
    return found.group(1) if found else None


def identity(source: Source) -> dict[str, Any]:
    """The facts of the node's identity."""
    return {"machine_id": machine_id(source), "ssh_host_keys": ssh_host_keys(source)}


def nvme(source: Source) -> dict[str, str | None]:
    """The node's names towards NVMe targets."""
    return {"host_nqn": source.value("/etc/nvme/hostnqn"), "host_id": source.value("/etc/nvme/hostid")}
