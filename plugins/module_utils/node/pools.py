# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What disks were joined to: volume groups of LVM, pools of ZFS. Each is asked once, and only where it is installed."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole

LVM_COMMANDS = ("/usr/sbin/vgs", "/sbin/vgs")
VGS = ["vgs", "--reportformat", "json", "--units", "b", "--nosuffix", "-o", "vg_name,vg_size,vg_free"]
ZPOOL = ["zpool", "list", "-H", "-p", "-o", "name,size,free"]

Rows = list  # of dictionaries: name, size_bytes, free_bytes


def _row(name: str, size: str | None, free: str | None) -> dict[str, Any]:
    return {"name": name, "size_bytes": whole(size), "free_bytes": whole(free)}


def volume_groups(source: Source) -> Rows | None:
    """The volume groups; None where LVM is not there or does not say."""
    if not any(source.exists(path) for path in LVM_COMMANDS):
        return None
    ended = source.run(VGS)
    if ended is None or ended[0] != 0:
        return None
    try:
        rows = json.loads(ended[1])["report"][0]["vg"]
        return [_row(str(row["vg_name"]), row.get("vg_size"), row.get("vg_free")) for row in rows]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def zpools(source: Source) -> Rows | None:
    """The pools that are imported; None where ZFS is not loaded or does not say."""
    if not source.exists("/sys/module/zfs"):
        return None
    ended = source.run(ZPOOL)
    if ended is None or ended[0] != 0:
        return None
    rows = [line.split("\t") for line in ended[1].splitlines()]
    return [_row(*row) for row in rows if len(row) == 3]
