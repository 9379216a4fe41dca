# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot files of one boot partition: which of them the firmware reads, read and written as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine, rewritten
from ansible_collections.pikube.stateful.plugins.module_utils.boot.config import Config, includes_of, kind_of
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.filters import MODEL, TRIAL
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import Store

CONFIG = "config.txt"
COMMAND_LINE = "cmdline.txt"
BACKUP_ENDING = ".bak"


@dataclass(frozen=True)
class Change:
    """What becomes of one file: its name in the boot partition, its text before and after."""

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


class BootFiles:
    """The boot files in a store. All methods raise BootError that names the file and the cure.

    os_prefix: what the firmware says it used (device tree), for a booted Pi.
    board_filters: the filters of config.txt that hold on the board (config.filters_of); None if the board is not known, as for a card.
    """

    def __init__(self, store: Store, os_prefix: str | None = None, board_filters: Iterable[str] | None = None) -> None:
        self.store = store
        self._os_prefix = os_prefix
        self._board_filters = None if board_filters is None else frozenset(board_filters)

    def path(self, name: str) -> str:
        """How messages and results call a file."""
        return f"{self.store.description}/{name}"

    def config(self) -> Config:
        """config.txt with what it includes."""
        text = self._text(CONFIG)
        if text is None:
            raise BootError(
                f"{self.store.description} holds no {CONFIG}, so it is not a Raspberry Pi's boot partition; "
                "mount the partition there or give the folder where it is mounted",
                path=self.path(CONFIG),
            )
        included: dict[str, str] = {}
        names = list(includes_of(text))
        while names:
            name = names.pop()
            if name not in included:
                included[name] = self._text(name) or ""
                names.extend(includes_of(included[name]))
        return Config(text, included)

    def command_line_names(self) -> list[str]:
        """The command lines that the firmware reads: the live one, then those that the next boot or another board would take instead.

        The others are the trial set of an A/B layout ([tryboot]) and, if the board is not known, those under model filters.
        """
        config = self.config()
        held = self._board_filters or frozenset()
        prefixed = self._name(config, held)
        plain = self._name(config, held, prefix="")
        candidates = [prefixed, plain]
        ignored = set()
        if self._os_prefix:
            candidates.insert(0, self._name(config, held, prefix=self._os_prefix))
        elif prefixed != plain and self.store.exists(plain) and not self._is_viable(config.value("os_prefix", held) or ""):
            candidates.remove(prefixed)
            ignored.add(prefixed)
        live = next(filter(self.store.exists, candidates), None)
        if live is None:
            looked_for = " or ".join(dict.fromkeys(map(self.path, candidates)))
            raise BootError(
                f"{looked_for} is what {CONFIG} leads to, and there is no such file; restore it from a backup",
                path=self.path(candidates[0]),
            )
        others = [self._name(config, held | set(more)) for more in self._alternatives(config)]
        return [live, *(name for name in dict.fromkeys(others) if name not in (live, *ignored) and self.store.exists(name))]

    def command_line(self, name: str | None = None) -> CommandLine:
        """A command line by its name, the live one by default."""
        return self._read_line(name or self.command_line_names()[0])[1]

    def plan(self, edit: Callable[[CommandLine], CommandLine]) -> list[Change]:
        """What an edit makes of each command line, the live one first; nothing is written."""
        changes = []
        for name in self.command_line_names():
            text, line = self._read_line(name)
            changes.append(self._change(name, text, edit(line)))
        return changes

    def write(self, changes: Iterable[Change], backup: bool = True) -> list[str]:
        """Write the files that change. Returns the names of the backups, one beside each file, all written before the first file is."""
        changes = [change for change in changes if change.changed]
        backups = [change.name + BACKUP_ENDING for change in changes] if backup else []
        for name, change in zip(backups, changes):
            self.store.write(name, _bytes(change.before))
        written: list[str] = []
        for change in changes:
            try:
                self.store.write(change.name, _bytes(change.after))
            except BootError as error:
                if not written:
                    raise
                done = ", ".join(written)
                raise BootError(f"{error} {done} is written already; the next run finishes.", **error.facts, written=written) from error
            written.append(self.path(change.name))
        return backups

    def write_command_line(self, line: CommandLine, backup: bool = True, name: str | None = None) -> None:
        """Make a line the content of one file, the live one by default; nothing is written if it says so already."""
        name = name or self.command_line_names()[0]
        self.write([self._change(name, self._read_line(name)[0], line)], backup)

    def write_config(self, config: Config, backup: bool = True) -> None:
        """Write config.txt, not what it includes; nothing is written if it says so already."""
        self.write([Change(CONFIG, self._text(CONFIG) or "", config.text)], backup)

    def _change(self, name: str, text: str, line: CommandLine) -> Change:
        if not line.values("root"):
            raise BootError(
                f"the change would leave {self.path(name)} without root=: the kernel would not find its root file system; keep it",
                path=self.path(name),
            )
        return Change(name, text, rewritten(text, line))

    def _read_line(self, name: str) -> tuple[str, CommandLine]:
        text = self._text(name)
        if text is None:
            raise BootError(f"{self.path(name)} does not exist; restore it from a backup", path=self.path(name))
        try:
            line = CommandLine.parse(text)
        except BootError as error:
            raise BootError(f"{self.path(name)} cannot be used: {error}", path=self.path(name), **error.facts) from error
        if not line.values("root"):
            raise BootError(
                f"{self.path(name)} has no root= parameter, so it is not the line that boots this system (since Bookworm /boot/cmdline.txt"
                " is only a hint that the file has moved); use the mounted boot partition, or restore the line from a backup",
                path=self.path(name),
            )
        return text, line

    def _text(self, name: str) -> str | None:
        data = self.store.read(name)
        return None if data is None else data.decode("utf-8", "surrogateescape")

    @staticmethod
    def _name(config: Config, held: frozenset[str], prefix: str | None = None) -> str:
        file = config.value("cmdline", held) or COMMAND_LINE
        if file.startswith("/"):
            return file.lstrip("/")
        return (config.value("os_prefix", held) or "" if prefix is None else prefix).lstrip("/") + file

    def _alternatives(self, config: Config) -> list[tuple[str, ...]]:
        filters = [setting.filters for setting in config.settings if setting.key in ("os_prefix", "cmdline")]
        return [each for each in filters if all(map(self._may_hold, each))]

    def _may_hold(self, name: str) -> bool:
        if self._board_filters is None and kind_of(name) == MODEL:
            return True
        return name == TRIAL or name in (self._board_filters or ())

    def _is_viable(self, prefix: str) -> bool:
        # The firmware takes the prefix for empty when it finds no kernel and device tree there; device trees have one name on all releases.
        return any(name.startswith(prefix) and name.endswith(".dtb") and "/" not in name[len(prefix) :] for name in self.store.listing())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
