# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person should know about a card, apart from what changed."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.card.first_boot import FirstBoot
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import Look, System

IMAGER = "firstrun.sh"


def notices(system: System, files: FirstBoot, look: Look, restored: Sequence[str]) -> list[str]:
    """Sentences without a full stop and without the card's name, the most important first."""
    found = [f"{name} was damaged and is restored from its backup" for name in restored]
    if system.booted and not system.named:
        found.append(
            "its system has booted already and reads its first settings no more, so only the kernel's command line is looked after;"
            " set up the running node with the role pi, or write the image anew"
        )
    elif system.booted:
        found.append(
            f"its system has booted already: {system.format.label}, which init_format names, may have no effect, or set up the node a"
            " second time"
        )
    if files.left_out:
        found.append(f"{system.format.label} has no place for {', '.join(files.left_out)}; the role pi sees to that on the booted node")
    if IMAGER in look.files:
        found.append(f"it holds {IMAGER} of Raspberry Pi Imager, whose settings compete with these; write the image without customisation")
    return found
