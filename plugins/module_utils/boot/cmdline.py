# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's command line as a value. No files are touched here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.keys import SWITCHES
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import (
    FOR_INIT,
    checked,
    is_multi_valued,
    is_switch,
    key_of,
    meaning,
    names_of,
    split,
    started_as,
    value_of,
)

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class CommandLine:
    """The kernel's command line as an ordered sequence of tokens.

    Tokens keep their writing, quotes included. What stands behind "--" is for init: it is kept and never looked at.
    """

    tokens: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> CommandLine:
        """Read the text of a cmdline.txt: one line, with or without a newline at its end, a CR before it, blank lines behind it.

        Raises BootError for text of more than one line (the firmware would silently use the first), for blank text, for a quote
        that is never closed (the kernel would take all that follows for one parameter) and for what is not text.
        """
        if "\0" in text:
            raise BootError("it holds NUL bytes, so it is not plain text (saved as UTF-16, or damaged): write it anew from a backup")
        lines = text.lstrip(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        written = [number for number, line in enumerate(lines, 1) if line.strip()]
        if not written:
            raise BootError("it is blank: the kernel would not find its root file system; write the line anew from a backup")
        if len(written) > 1 or written[0] > 1:
            raise BootError(
                f"it has text on line {', '.join(map(str, written))} where line 1 should be the only one: the firmware reads the first line"
                " and ignores the rest; join what is wanted into one line"
            )
        line = lines[0]
        if line.count('"') % 2:
            raise BootError("a quote in it is never closed: the kernel would take all that follows for one parameter; close or remove it")
        return cls(split(line))

    @classmethod
    def of_kernel(cls, text: str) -> CommandLine:
        """Read /proc/cmdline, which is whatever the kernel was given: nothing is refused."""
        return cls(split(text))

    def __str__(self) -> str:
        return " ".join(self.tokens)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The tokens that the kernel looks at."""
        return self.tokens[: self.tokens.index(FOR_INIT)] if FOR_INIT in self.tokens else self.tokens

    @property
    def for_init(self) -> tuple[str, ...]:
        """ "--" and all behind it; mostly nothing."""
        return self.tokens[len(self.parameters) :]

    def values(self, key: str) -> tuple[str | None, ...]:
        """The values of all tokens of the key in their order, None for one without "="; empty when the key is not there."""
        return tuple(value_of(token) for token in self.parameters if key_of(token) == key_of(key))

    def with_tokens(self, wanted: Iterable[str]) -> CommandLine:
        """Add each token or give its key the new value, in place where the key stands already, at the end otherwise.

        Of keys that may stand more than once (MULTI_VALUED) a token is added beside the others. A name switched on is taken out of
        a later token that switches it off, and the reverse. What has the meaning of the wanted token already is left as it is written.
        """
        line = self
        for token in map(checked, wanted):
            if is_switch(token):
                line = line._switched(token)
            elif not is_multi_valued(key_of(token)):
                line = line.replaced([token])
            elif meaning(token) not in map(meaning, line.parameters):
                line = line._with_parameters((*line.parameters, token))
        return line

    def without_tokens(self, unwanted: Iterable[str]) -> CommandLine:
        """Remove tokens: "key" removes the key with any value or none, "key=value" that one.

        From a switch with several names (cgroup_disable=memory,io) only the unwanted ones are taken.
        """
        line = self
        for token in map(checked, unwanted):
            if is_switch(token):
                line = line._without_names(key_of(token), names_of(token))
            elif value_of(token) is None:
                line = line._with_parameters(kept for kept in line.parameters if key_of(kept) != key_of(token))
            else:
                line = line._with_parameters(kept for kept in line.parameters if meaning(kept) != meaning(token))
        return line

    def replaced(self, wanted: Iterable[str]) -> CommandLine:
        """Make each token the only one of its key: in place of the first of them, at the end when there is none.

        A name switched on is taken out of a later token that switches it off, and the reverse.
        """
        line = self
        for token in map(checked, wanted):
            parameters = list(line.parameters)
            places = [place for place, known in enumerate(parameters) if key_of(known) == key_of(token)]
            if not places:
                parameters.append(token)
            elif {meaning(parameters[place]) for place in places} != {meaning(token)} or len(places) > 1:
                parameters[places[0]] = token
                parameters = [known for place, known in enumerate(parameters) if place not in places[1:]]
            line = line._with_parameters(parameters)
            if is_switch(token):
                line = line._switched(token)
        return line

    def switches(self) -> dict[str, bool]:
        """What the switches of the line come to: name to on or off, the last word about a name."""
        state: dict[str, bool] = {}
        for token in filter(is_switch, self.parameters):
            state.update(dict.fromkeys(names_of(token), SWITCHES[key_of(token)]))
        return state

    def effective_in(self, running: CommandLine) -> bool:
        """Whether all that this line asks for is in force in a kernel that was started with the running line.

        The running line holds the firmware's own tokens too, so it may say more. Order counts: of a single-valued key the last value is
        in force, and of a name that is switched on and off the last word.
        """
        there = set(map(started_as, running.parameters))
        for token in self.parameters:
            key = key_of(token)
            if is_switch(token):
                continue
            if is_multi_valued(key):
                if started_as(token) not in there:
                    return False
            elif running.values(key)[-1:] != self.values(key)[-1:]:
                return False
        on_or_off = running.switches()
        return all(on_or_off.get(name) is state for name, state in self.switches().items())

    def _switched(self, token: str) -> CommandLine:
        on = SWITCHES[key_of(token)]
        missing = [name for name in names_of(token) if self.switches().get(name) is not on]
        opposite = next(key for key, state in SWITCHES.items() if state is not on)
        line = self._without_names(opposite, missing)
        names = [name for name in missing if line.switches().get(name) is not on]
        if not names:
            return line
        wanted = token if tuple(names) == names_of(token) else f"{key_of(token)}={','.join(names)}"
        return line._with_parameters((*line.parameters, wanted))

    def _without_names(self, key: str, names: Sequence[str]) -> CommandLine:
        parameters = []
        for token in self.parameters:
            left = [name for name in names_of(token) if name not in names]
            if key_of(token) != key or tuple(left) == names_of(token):
                parameters.append(token)
            elif left:
                parameters.append(f"{key}={','.join(left)}")
        return self._with_parameters(parameters)

    def _with_parameters(self, parameters: Iterable[str]) -> CommandLine:
        return CommandLine((*parameters, *self.for_init))


def rewritten(text: str, line: CommandLine) -> str:
    """The new text of a cmdline.txt whose text was so far the given one: the line, with a newline at its end if there was one.

    Text that already says the same to the kernel is returned as it is. A CR or a byte order mark goes: each would become part of a token.
    """
    if CommandLine.parse(text) == line and "\r" not in text and not text.startswith(BYTE_ORDER_MARK):
        return text
    return f"{line}\n" if text.endswith("\n") else str(line)
