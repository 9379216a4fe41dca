# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of arguments of MicroK8s' services, as values: comments, order and quoting of what is not touched stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.words import WORD, quote, text_of, unquote

# A flag alone is a switch that is on (spf13/pflag, NoOptDefVal of booleans).
SWITCHED_ON = "true"
# Blanks and comments, as bash sees them; a carriage return is none.
GAP = re.compile(r"(?:[ \t\n]+|#[^\n]*)+")
FLAG = re.compile(r"--?[A-Za-z][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Piece:
    """A stretch of the file. flag: None for blanks, comments and words without a flag. value: None for a flag alone."""

    text: str
    flag: str | None = None
    value: str | None = None


def flag_of(name: str) -> str:
    """The flag of a name with or without its dashes. Raises MicroK8sError for what can be none."""
    flag = name if name.startswith("-") else f"--{name}"
    if not FLAG.fullmatch(flag):
        raise MicroK8sError(f'"{name}" is not the name of an argument. Write it like --max-pods, its value beside it.')
    return flag


def _pieces(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    place = 0
    while place < len(text):
        gap = GAP.match(text, place)
        if gap:
            pieces.append(Piece(gap.group(0)))
            place = gap.end()
            continue
        word = WORD.match(text, place)
        end = word.end() if word else len(text)  # a quotation mark that is never closed: the rest is left alone
        pieces.append(_piece(text[place:end]))
        place = end
    return pieces


def _piece(word: str) -> Piece:
    name, equals, value = word.partition("=")
    if not FLAG.fullmatch(name):
        return Piece(word)
    return Piece(word, name, unquote(value) if equals else None)


def _with_separate_values(pieces: list[Piece]) -> list[Piece]:
    """`--flag value` is one piece: the word after a flag alone, on the same line."""
    found: list[Piece] = []
    for piece in pieces:
        if (
            piece.flag is None
            and piece.text.strip()
            and not piece.text.lstrip().startswith("#")
            and len(found) > 1
            and found[-2].flag is not None
            and found[-2].value is None
            and re.fullmatch(r"[ \t]+", found[-1].text)
        ):
            gap, flag = found.pop(), found.pop()
            found.append(Piece(flag.text + gap.text + piece.text, flag.flag, unquote(piece.text)))
        else:
            found.append(piece)
    return found


@dataclass(frozen=True)
class Arguments:
    """One file of arguments."""

    pieces: tuple[Piece, ...]

    @classmethod
    def parse(cls, text: str) -> Arguments:
        return cls(tuple(_with_separate_values(_pieces(text))))

    def __str__(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def values(self) -> dict[str, str]:
        """flag -> value; the last one counts, as for the services. A flag alone is "true"."""
        return {piece.flag: SWITCHED_ON if piece.value is None else piece.value for piece in self.pieces if piece.flag is not None}

    def with_values(self, wanted: Mapping[str, Any]) -> Arguments:
        """Flags set to a value, or taken out with None. A flag that was given several times is there once afterwards."""
        result = self
        for name, value in wanted.items():
            flag = flag_of(name)
            result = result._without(flag) if value is None else result._with(flag, text_of(value))
        return result

    def _with(self, flag: str, value: str) -> Arguments:
        places = [number for number, piece in enumerate(self.pieces) if piece.flag == flag]
        if len(places) == 1 and self.values()[flag] == value:
            return self
        new = Piece(f"{flag}={quote(value)}", flag, value)
        if not places:
            before = str(self)
            gap = () if not before or before.endswith("\n") else (Piece("\n"),)
            return Arguments((*self.pieces, *gap, new, Piece("\n")))
        kept = Arguments((*self.pieces[: places[0]], Piece(""), *self.pieces[places[0] + 1 :]))._without(flag)
        number = next(number for number, piece in enumerate(kept.pieces) if piece == Piece(""))
        return Arguments((*kept.pieces[:number], new, *kept.pieces[number + 1 :]))

    def _without(self, flag: str) -> Arguments:
        kept: list[Piece] = []
        for piece in self.pieces:
            if piece.flag == flag:
                continue
            # Of the two gaps around a piece that goes, one goes with it.
            if kept and _is_gap(kept[-1]) and _is_gap(piece):
                kept[-1] = Piece(_joined(kept[-1].text, piece.text))
            elif not kept and piece.text[:1] == "\n" and _is_gap(piece) and self.pieces[0].flag == flag:
                kept.append(Piece(piece.text[1:]))
            else:
                kept.append(piece)
        return Arguments(tuple(kept))


def _is_gap(piece: Piece) -> bool:
    return piece.flag is None and bool(piece.text) and bool(GAP.match(piece.text))


def _joined(before: str, after: str) -> str:
    """Two gaps as one: the line that became empty is gone, comments stay."""
    line_begins = before.rstrip(" \t")
    if not line_begins.endswith("\n"):
        return line_begins + after
    first_line, newline, rest = after.partition("\n")
    return line_begins + (rest if newline and not first_line.strip() else after.lstrip(" \t"))
