# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file systems that data of the cluster would go to, and the medium under each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.disks import disks_under
from ansible_collections.pikube.stateful.plugins.module_utils.node.media import medium
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import Mount, holding
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# The system, logs and packages; snaps' data, which is MicroK8s' state and its pods'; volumes of a local engine.
PATHS = ("/", "/var/lib", "/var/snap")


def _existing(source: Source, path: str) -> str:
    """The path, or the nearest folder above it that is there: a folder made later lands in its file system."""
    while path != "/" and not source.exists(path):
        path = path.rpartition("/")[0] or "/"
    return source.real(path)


def file_system(source: Source, path: str, mounted: Sequence[Mount]) -> dict[str, Any]:
    """The facts of the file system that a path lies in, or would lie in."""
    folder = _existing(source, path)
    mount = holding(folder, mounted)
    part, under = disks_under(source, mount.device, mount.source) if mount else (None, [])
    kinds = {medium(source, disk) for disk in under}
    size, available = source.space(folder) or (None, None)
    return {
        "path": path,
        "mount_point": mount.point if mount else None,
        # Where no initramfs was used the kernel says /dev/root.
        "source": f"/dev/{part}" if part else (mount.source if mount else None),
        "type": mount.type if mount else None,
        "size_bytes": size,
        "available_bytes": available,
        "medium": kinds.pop() if len(kinds) == 1 else "unknown",
        "disk": under[0] if len(under) == 1 else None,
    }


def file_systems(source: Source, mounted: Sequence[Mount]) -> list[dict[str, Any]]:
    """The facts of the file systems of PATHS."""
    return [file_system(source, path, mounted) for path in PATHS]
