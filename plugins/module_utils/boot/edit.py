# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody wants of a command line, as a value: applied to each command line of a card, compared with the running kernel's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.keys import FIRMWARE_ENDS_WITH, FIRMWARE_KEYS, SWITCHES
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import is_switch, key_of, names_of, started_as, value_of


@dataclass(frozen=True)
class Edit:
    """Tokens that must be there, tokens that must not, and tokens that must be the only ones of their key."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    @classmethod
    def of(cls, present: Iterable[str] = (), absent: Iterable[str] = (), replaced: Iterable[str] = ()) -> Edit:
        """Check the wishes against each other. Raises BootError for what is no token and for two wishes that cannot both come true."""
        edit = cls(tuple(present), tuple(absent), tuple(replaced))
        nothing = CommandLine(())
        nothing.without_tokens(edit.absent)
        for token in (*edit.replaced, *edit.present):
            alone = nothing.with_tokens([token])
            if alone.without_tokens(edit.absent) != alone:
                raise BootError(f"the kernel parameter {token!r} is both wanted and to be absent; remove it from one of the two lists")
            if not alone.effective_in(edit._line) or (token in edit.replaced and not _only_of_its_key(token, edit._line)):
                raise BootError(f"the kernel parameter {token!r} is wanted together with another {key_of(token)}; remove one of the two")
        return edit

    def applied_to(self, line: CommandLine) -> CommandLine:
        """The line as it should be."""
        return line.replaced(self.replaced).with_tokens(self.present).without_tokens(self.absent)

    def in_force(self, running: CommandLine) -> bool:
        """Whether a kernel started with the running line needs no reboot for this.

        What must be absent may stand in the part of the line that is the firmware's, where no file can change it.
        """
        part = file_part(running)
        return (
            self._line.effective_in(running)
            and not any(_lingers(token, part, running) for token in self.absent)
            and all(_only_of_its_key(token, part) for token in self.replaced)
        )

    @property
    def _line(self) -> CommandLine:
        return CommandLine(()).replaced(self.replaced).with_tokens(self.present)


def file_part(running: CommandLine) -> CommandLine:
    """What of the running kernel's line came from cmdline.txt: all behind the tokens of device tree and firmware."""
    parameters = running.parameters
    ends = [place for place, token in enumerate(parameters, 1) if key_of(token) in FIRMWARE_ENDS_WITH]
    if ends:
        return CommandLine(parameters[ends[-1] :])
    first = next((place for place, token in enumerate(parameters) if key_of(token) not in FIRMWARE_KEYS), len(parameters))
    return CommandLine(parameters[first:])


def _of_key(line: CommandLine, token: str) -> list[str]:
    return [known for known in line.parameters if key_of(known) == key_of(token)]


def _only_of_its_key(token: str, line: CommandLine) -> bool:
    return all(started_as(known) == started_as(token) for known in _of_key(line, token))


def _lingers(unwanted: str, part: CommandLine, running: CommandLine) -> bool:
    same_key = _of_key(part, unwanted)
    if key_of(unwanted) not in SWITCHES:
        return bool(same_key) if value_of(unwanted) is None else any(started_as(token) == started_as(unwanted) for token in same_key)
    names = {name for token in same_key for name in names_of(token)}
    if is_switch(unwanted):
        names &= set(names_of(unwanted))
    return any(running.switches()[name] is SWITCHES[key_of(unwanted)] for name in names)
