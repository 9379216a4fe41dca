# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A FAT boot partition inside an image file or on a card, read and written by mtools: no mount, and no root for a file of one's own.

mtools addresses it as FILE@@OFFSET. What the firmware reads to boot (cmdline.txt, config.txt) has names of 8 and 3 letters: such a file is
written under a temporary name, read back, and put in the place of the old one by a rename, which is a single write of one sector, so an
interruption leaves the old file or the new one. Files with longer names are overwritten, and read back: interrupted, such a file may be
missing or cut until the next run. (mren 4.0.32 gives up on long names at times: "freeDirCacheRange: Assertion", 2 of 100 tries.)
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Callable

from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError

# A short name, which FAT keeps in a single folder entry. In small letters, because mren keeps the case for the name that it gives.
# What an interrupted run left under it is overwritten by the next write.
TEMPORARY = "pikube.tmp"
SHORT_NAME = re.compile(r"[A-Za-z0-9_-]{1,8}(\.[A-Za-z0-9_-]{1,3})?")

# MTOOLS_SKIP_CHECK: the sizes in the boot sector need not fit a floppy. MTOOLSRC: nobody's own drive letters.
ENVIRONMENT = {"MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"}

LISTED = "its files cannot be listed"
# What mdir says of a file system without any file.
EMPTY = b'File "::" not found'

# run(arguments, data=bytes, ...) -> exit status, standard output, standard error: AnsibleModule.run_command, or what acts like it.
Run = Callable[..., "tuple[int, bytes, bytes]"]


class FatStore:
    """The files of the FAT file system that begins at that byte of the file or device."""

    def __init__(self, path: Path, offset: int, run: Run) -> None:
        self.description = str(path)
        self._drive = f"{path}@@{offset}"
        self._run = run
        self._names: dict[str, str] | None = None

    def read(self, name: str) -> bytes | None:
        """The content, None if there is no such file. Names are of any case, as FAT has it."""
        if not self.exists(name):
            return None
        return self._mtools("mtype", f"::{name}", doing=f"{name} cannot be read")

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return name.lower() in self._listed()

    def listing(self) -> list[str]:
        """The names of all files, those in sub-folders with their folder, sorted."""
        return sorted(self._listed().values())

    def write(self, name: str, data: bytes) -> None:
        """Replace or create the file. Raises CardError if it does not fit (the old file stays then) or does not read back as written."""
        temporary = str(PurePosixPath(name).with_name(TEMPORARY))
        self._names = None
        # Asked beforehand: mcopy reports success when the disk is full in the middle of its standard input (4.0.32).
        free = self.free_bytes()
        if len(data) > free:
            raise CardError(
                f"{self.description}: {name} cannot be written: {len(data)} bytes are needed, {free} are free; remove what does not belong"
                " on the boot partition (old kernels, logs, copies) and run again",
                target=self.description,
                bytes_needed=len(data),
                bytes_free=free,
            )
        if SHORT_NAME.fullmatch(PurePosixPath(name).name):
            self._copy(data, temporary, name)
            self._mtools("mren", "-D", "o", f"::{temporary}", f"::{name}", doing=f"{name} cannot be written")
            self._check(name, data, name)
        else:
            self._copy(data, name, name)

    def remove(self, name: str) -> None:
        """Remove the file; nothing happens if there is none."""
        if self.exists(name):
            self._names = None
            self._mtools("mdel", f"::{name}", doing=f"{name} cannot be removed")

    def free_bytes(self) -> int:
        """How much fits, not counting that files fill whole clusters."""
        text = self._mtools("mdir", "::", doing=LISTED).decode("ascii", "replace")
        free = re.search(r"([0-9][0-9 ,.]*) bytes free", text)
        return int(re.sub(r"\D", "", free.group(1))) if free else 0

    def _listed(self) -> dict[str, str]:
        if self._names is None:
            lines = self._mtools("mdir", "-b", "-/", "::", doing=LISTED).decode("utf-8", "replace").splitlines()
            names = [line[len("::/") :] for line in lines if line.startswith("::/") and not line.endswith("/")]
            self._names = {name.lower(): name for name in names}
        return self._names

    def _copy(self, data: bytes, to: str, name: str) -> None:
        # An empty text would leave mcopy waiting for standard input.
        self._mtools("mcopy", "-o", "-" if data else "/dev/null", f"::{to}", data=data, doing=f"{name} cannot be written")
        self._check(to, data, name)

    def _check(self, written: str, data: bytes, name: str) -> None:
        if self._mtools("mtype", f"::{written}", doing=f"{name} cannot be read back") != data:
            raise CardError(
                f"{self.description}: {name} does not read back as it was written; the card or its reader is failing, use another one",
                target=self.description,
                file=name,
            )

    def _mtools(self, command: str, *arguments: str, doing: str, data: bytes = b"") -> bytes:
        """Run one of the mtools and return what it prints."""
        try:
            status, out, err = self._run(
                [command, "-i", self._drive, *arguments],
                data=data,
                binary_data=True,
                encoding=None,
                environ_update=ENVIRONMENT,
                expand_user_and_vars=False,
                handle_exceptions=False,
            )
        except FileNotFoundError as error:
            raise CardError(
                f"{command} is not on the controller: files inside an image or on an unmounted card are edited by it."
                " Install the package mtools, or mount the boot partition and name the folder as the target",
                target=self.description,
            ) from error
        if status != 0 and EMPTY not in err:
            said = b" ".join(err.split()).decode("utf-8", "replace") or f"{command} ended with status {status}"
            raise CardError(f"{self.description}: {doing}: {said}", target=self.description)
        return out
