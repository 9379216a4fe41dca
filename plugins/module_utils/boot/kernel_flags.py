# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tokens of the command line the memory control group needs on a kernel. The table is kernels.py."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.boot.kernels import FLAVOURS, NEEDS, UNWANTED


@dataclass(frozen=True)
class MemoryFlags:
    """present and absent: tokens for the command line. problem: why they do not help on this kernel and what does, else None."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    problem: str | None


def memory_flags(release: str | None) -> MemoryFlags:
    """What a kernel needs by its release (/proc/sys/kernel/osrelease); None for the unknown kernel of a card, taken for a current one."""
    if release is None:
        return MemoryFlags(("cgroup_enable=memory",), UNWANTED, None)
    flavour = next(name for name, pattern in FLAVOURS if re.search(pattern, release))
    version = version_of(release)
    tokens, obeyed_from = next(
        (tokens, obeyed_from)
        for name, since, before, tokens, obeyed_from in NEEDS
        if name == flavour and since <= version and (before is None or version < before)
    )
    problem = None
    if obeyed_from:
        problem = f"kernel {release} ignores {' '.join(tokens)}; upgrade it to {obeyed_from} or later (apt full-upgrade) and reboot"
    return MemoryFlags(tokens, UNWANTED, problem)


def version_of(release: str) -> tuple[int, int, int]:
    """The version at the beginning of a kernel's release; parts that are not there are 0."""
    numbers = [int(number) for number in re.match(r"[0-9.]*", release).group().split(".") if number]
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch
