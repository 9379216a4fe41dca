# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""config.txt as a value: settings under filters, in the firmware's own reading. No files are touched here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.filters import KINDS, MODEL, MODEL_FILTERS, MULTI_VALUED

# The firmware ignores what stands behind it on a line.
LINE_LIMIT = 98
# The firmware's own limit is not documented; a file that includes itself must end somewhere.
INCLUDE_DEPTH = 8


@dataclass(frozen=True)
class Setting:
    """One line of config.txt that sets something. filters: those that must hold for it, none under [all]."""

    key: str
    value: str
    filters: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True)
class LongLine:
    """A line of which the firmware reads only the first 98 characters."""

    file: str
    line: int
    length: int


@dataclass(frozen=True)
class Config:
    """A config.txt and the files that it includes (name to text; an included file that is missing counts as empty)."""

    text: str
    included: Mapping[str, str] = field(default_factory=dict)
    name: str = "config.txt"

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """All settings in the order in which the firmware reads them, included files in place."""
        return tuple(self._read(self.name, self.text, {}, INCLUDE_DEPTH))

    @cached_property
    def long_lines(self) -> tuple[LongLine, ...]:
        """Lines that the firmware cuts, comments left aside."""
        return tuple(
            LongLine(name, number, len(line))
            for name, text in ((self.name, self.text), *self.included.items())
            for number, line in enumerate(text.splitlines(), 1)
            if len(line) > LINE_LIMIT and not line.lstrip().startswith("#")
        )

    def value(self, key: str, board_filters: Iterable[str] = ()) -> str | None:
        """What a setting comes to where the filters hold, None if nothing sets it.

        board_filters: the filters that hold beside [all], without brackets; filters_of() gives those of a model.
        """
        held = frozenset(board_filters)
        values = [setting.value for setting in self.settings if setting.key == key and held.issuperset(setting.filters)]
        return values[-1] if values else None

    def with_setting(self, key: str, value: str, board_filter: str = "all") -> Config:
        """Set a key where the filter holds: nothing to do if it is so already, else in place under that filter, else at the end.

        What is appended stands under a filter of its own and is followed by [all], whatever the file ended in.
        Raises BootError for a line that the firmware would cut.
        """
        wanted = f"{key}={value}"
        if len(wanted) > LINE_LIMIT or "\n" in wanted:
            raise BootError(f"{self.name}: {wanted!r} is not one line of at most {LINE_LIMIT} characters; the firmware ignores the rest")
        held = () if board_filter == "all" else (board_filter.lower(),)
        here = [setting for setting in self.settings if setting.key == key and setting.filters == held]
        if key in MULTI_VALUED:
            return self if any(setting.value == value for setting in here) else self._appended(wanted, board_filter)
        if self.value(key, held) == value:
            return self
        own = [setting.line for setting in here if setting.file == self.name]
        if own:
            lines = self.text.splitlines(keepends=True)
            ending = lines[own[-1] - 1][len(lines[own[-1] - 1].rstrip("\r\n")) :]
            lines[own[-1] - 1] = wanted + ending
            changed = Config("".join(lines), self.included, self.name)
            if changed.value(key, held) == value:
                return changed
        return self._appended(wanted, board_filter)

    def _appended(self, wanted: str, board_filter: str) -> Config:
        ending = "\r\n" if "\r\n" in self.text else "\n"
        lines = [wanted] if board_filter == "all" else [f"[{board_filter}]", wanted, "[all]"]
        state: dict[str, str] = {}
        list(self._read(self.name, self.text, state, INCLUDE_DEPTH))
        if state:
            lines.insert(0, "[all]")
        text = self.text if not self.text or self.text.endswith("\n") else self.text + ending
        return Config(text + "".join(line + ending for line in lines), self.included, self.name)

    def _read(self, name: str, text: str, state: dict[str, str], depth: int) -> Iterator[Setting]:
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.lstrip("\ufeff")[:LINE_LIMIT].strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("[") and "]" in line:
                _filter_by(line.partition("]")[0][1:].strip().lower(), state)
                continue
            key, value = _key_and_value(line)
            if key == "include" and depth and value in self.included:
                yield from self._read(value, self.included[value], state, depth - 1)
            else:
                yield Setting(key, value, tuple(state.values()), name, number)


def includes_of(text: str) -> tuple[str, ...]:
    """The names of the files that a config.txt includes."""
    return tuple(setting.value for setting in Config(text).settings if setting.key == "include")


def filters_of(model: str | None) -> tuple[str, ...] | None:
    """The filters that hold on a board by the device tree's model; None for an unknown one."""
    return next((filters for beginning, filters in MODEL_FILTERS if (model or "").startswith(beginning)), None)


def kind_of(name: str) -> str:
    """The kind of a filter; only one of each kind is in force at a time."""
    return next((kind for beginning, kind in KINDS if name.startswith(beginning)), MODEL)


def _filter_by(name: str, state: dict[str, str]) -> None:
    if name == "all":
        state.clear()
    else:
        state[kind_of(name)] = name


def _key_and_value(line: str) -> tuple[str, str]:
    # "include FILE" and "initramfs FILE ADDRESS" are written without "=".
    first = line.split(None, 1)
    if "=" not in first[0] and len(first) > 1 and not first[1].startswith("="):
        return first[0], first[1]
    key, _equals, value = line.partition("=")
    return key.strip(), value.strip()
