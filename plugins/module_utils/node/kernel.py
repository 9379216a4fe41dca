# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel that runs: architecture, page size, command line, modules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole

# Debian's names of architectures
BITS = {
    "amd64": 64, "arm64": 64, "ppc64el": 64, "s390x": 64, "riscv64": 64, "mips64el": 64, "loong64": 64,
    "armhf": 32, "armel": 32, "i386": 32, "powerpc": 32, "mipsel": 32,
}  # fmt: skip


def architecture(source: Source) -> dict[str, Any]:
    """userland: Debian's name, as the packages are. kernel: as "uname -m". They differ: a 32-bit Pi OS on a Pi 4 has a 64-bit kernel."""
    userland = source.output(["dpkg", "--print-architecture"])
    return {"userland": userland, "kernel": source.output(["uname", "-m"]), "userland_bits": BITS.get(userland or "")}


def page_size(source: Source) -> int | None:
    """In bytes."""
    return whole(source.output(["getconf", "PAGESIZE"]))


def module_names(text: str, of_line: str) -> set[str]:
    """Names of modules in one of the kernel's lists: of_line finds the name in a line. A dash in a name is an underscore."""
    return {match.group(1).replace("-", "_") for match in re.finditer(of_line, text, re.MULTILINE)}


def modules(source: Source, release: str | None, wanted: Iterable[str]) -> dict[str, str | None]:
    """name -> loaded, builtin, available (a file that modprobe would find), absent; None where the lists of this kernel are not there.

    /sys/module has a folder for a module that is built in, but only if it has parameters or a version.
    """
    running = module_names(source.read("/proc/modules") or "", r"^(\S+) ")
    folder = f"/lib/modules/{release}"
    builtin_list, files_list = source.read(f"{folder}/modules.builtin"), source.read(f"{folder}/modules.dep")
    builtin = module_names(builtin_list or "", r"([^/\n]+)\.ko\S*$")
    files = module_names(files_list or "", r"^(?:[^:\n]*/)?([^/:\n]+)\.ko[^:/\n]*:")
    unknown = None if builtin_list is None or files_list is None else "absent"
    states: dict[str, str | None] = {}
    for name in wanted:
        if name in running:
            states[name] = "loaded"
        elif name in builtin or source.exists(f"/sys/module/{name}"):
            states[name] = "builtin"
        else:
            states[name] = "available" if name in files else unknown
    return states


def kernel(source: Source, wanted: Iterable[str]) -> dict[str, Any]:
    """The facts of the kernel. wanted: the modules to look for."""
    release = source.value("/proc/sys/kernel/osrelease")
    command_line = source.read("/proc/cmdline")
    return {
        "release": release,
        "command_line": command_line.rstrip("\n") if command_line is not None else None,
        "modules": modules(source, release, wanted),
    }
