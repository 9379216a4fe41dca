# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a booted Pi has its boot partition, from what the system says about itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.config import filters_of
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.files import BootFiles
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore

# Bookworm, Trixie and Ubuntu; Bullseye, also after an upgrade in place.
BOOT_FOLDERS = ("/boot/firmware", "/boot")

COMMAND_LINE = "/proc/cmdline"
MOUNTS = "/proc/self/mountinfo"
MODEL = "/sys/firmware/devicetree/base/model"
OS_PREFIX = "/sys/firmware/devicetree/base/chosen/os_prefix"

# What reads a system file: path to content, None if there is no such file.
Reader = Callable[[str], "bytes | None"]


def mount_points(mountinfo: str) -> list[str]:
    """The folders on which something is mounted. mountinfo: the text of /proc/self/mountinfo (proc_pid_mountinfo(5))."""
    return [
        re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        for fields in (line.split(" ") for line in mountinfo.splitlines())
        if len(fields) > 4
    ]


def boot_folder(mountinfo: str, has_config: Callable[[str], bool]) -> str:
    """The folder where the boot partition is mounted.

    A folder of the root file system is never taken: since Bookworm /boot holds files of the same names that nothing reads, and a
    /boot/firmware whose partition is not mounted swallows what is written. Raises BootError if no folder will do.
    """
    mounted = mount_points(mountinfo)
    problems = []
    for folder in BOOT_FOLDERS:
        if folder not in mounted:
            problems.append(f"{folder} is not a mount point")
        elif not has_config(folder):
            problems.append(f"{folder} is mounted but holds no config.txt")
        else:
            return folder
    raise BootError(
        f"no boot partition of a Raspberry Pi is mounted: {', '.join(problems)}. Mount it (mount /boot/firmware; see /etc/fstab), "
        "or name the folder where it is",
        folders=list(BOOT_FOLDERS),
    )


def device_tree_text(raw: bytes | None) -> str | None:
    """A string property of the device tree without the NUL at its end; None if it is missing or empty."""
    return (raw or b"").rstrip(b"\0").decode("utf-8", "replace") or None


def booted_files(read: Reader, directory: str | None = None, root: str = "/") -> BootFiles:
    """The boot files of the running system, or those in a folder that somebody named.

    root: where the system's files begin, for a copy of a system's tree; read is called with the paths of the system.
    """
    folder = directory or boot_folder(
        (read(MOUNTS) or b"").decode("utf-8", "replace"),
        lambda candidate: read(f"{candidate}/config.txt") is not None,
    )
    return BootFiles(
        FolderStore(str(Path(root, folder.lstrip("/"))) if root != "/" else folder),
        os_prefix=device_tree_text(read(OS_PREFIX)),
        board_filters=filters_of(device_tree_text(read(MODEL))),
    )


def running_command_line(read: Reader) -> CommandLine:
    """The line with which the running kernel was started."""
    return CommandLine.of_kernel((read(COMMAND_LINE) or b"").decode("utf-8", "surrogateescape"))


def read_system_file(path: str) -> bytes | None:
    """The Reader of the system that this runs on."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
