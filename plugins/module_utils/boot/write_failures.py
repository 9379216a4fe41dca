# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a boot partition cannot be read or written, by the system's error number: what it means and what to do.

Texts may name {mount} (the partition's folder), {needed} and {free} (bytes).
"""

from __future__ import annotations

import errno

FAILURES = {
    errno.EROFS: (
        "{mount} is mounted read-only",
        "Remount it (mount -o remount,rw {mount}); if it turns read-only again, the card is failing: see dmesg and replace it",
    ),
    errno.ENOSPC: (
        "{mount} is full: {needed} bytes are needed for the new file beside the old one, {free} are free",
        "Remove what does not belong there (old kernels, logs, editor backups) and run again",
    ),
    errno.EACCES: ("this user may not", "Run as root (become: true)"),
    errno.EPERM: ("this user may not", "Run as root (become: true)"),
    errno.EIO: ("the device gives I/O errors", "The card or its reader is failing: look at dmesg, save what matters and replace the card"),
    errno.ENOENT: ("its folder is gone", "See whether the boot partition is still mounted, and run again"),
    errno.EISDIR: ("it is a folder", "Remove or rename it; the firmware expects a file of this name"),
    errno.ENOTDIR: ("{mount} is not a folder", "Give the folder where the boot partition is mounted"),
}

# ENOSPC although blocks are free.
NO_ENTRY_FREE = (
    "{mount} has no free folder entry although {free} bytes are free: the top folder of a FAT16 partition holds 512 entries",
    "Remove what does not belong there (old kernels, logs, editor backups) and run again",
)
