"""Debian packages as a layer of a container image: extracted, not configured, without what nobody reads in a container."""

from __future__ import annotations

import fnmatch
import shutil
import tarfile
from pathlib import Path

import artefacts
import image
from binaries import architecture
from machine import run_long

NEVER = (
    "usr/share/bug*", "usr/share/common-licenses*", "usr/share/doc*", "usr/share/i18n*", "usr/share/info*", "usr/share/lintian*",
    "usr/share/locale*", "usr/share/man*", "usr/share/perl*", "usr/lib/*/perl*", "usr/lib/*/libperl*", "usr/lib/*/gconv*",
    "var/cache*", "var/lib/apt*", "var/lib/dpkg*", "var/log*", "dev*", "proc*", "sys*", "run*",
)  # fmt: skip


def layer(name: str, packages: tuple[str, ...], without: tuple[str, ...] = ()) -> Path:
    """Return the path of the tar file of the layer, which is made when it is absent. without: patterns of further paths to leave out."""

    def build(target: Path) -> None:
        folder = target.with_suffix(".root")
        shutil.rmtree(folder, ignore_errors=True)
        command = ["mmdebstrap", "--variant=extract", f"--architectures={architecture()}", f"--include={','.join(packages)}"]
        run_long(
            f"fetching Debian's {name}, about a minute, once",
            [*command, image.SUITE, str(folder), *image.mirror()],
            artefacts.FOLDER / f"{name}.log",
        )
        with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(str(found.relative_to(folder)) for found in folder.rglob("*")):
                if not any(fnmatch.fnmatch(path, pattern) for pattern in (*NEVER, *without)):
                    tar.add(folder / path, path, recursive=False, filter=anonymous)
        shutil.rmtree(folder)

    return artefacts.kept(
        "layers", f"{name}.tar", f"{name}-{artefacts.key(image.SUITE, architecture(), *packages, *NEVER, *without)}", build
    )


def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same entry as everybody's: root's and of 1970."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
