# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a card's boot partition shows of the system on it. Values in, values out; the tables are releases.py."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.releases import FORMATS, RELEASES, Format, Release


@dataclass(frozen=True)
class Look:
    """A boot partition, as far as it tells systems apart.

    files: names of all files, in lower case. tokens: of its command line. prefix: os_prefix of config.txt or "". made: date of the image.
    """

    files: frozenset[str]
    tokens: tuple[str, ...]
    prefix: str
    made: datetime.date | None

    @classmethod
    def of(cls, files: Iterable[str], tokens: Sequence[str], prefix: str, issue: bytes | None) -> Look:
        """issue: content of issue.txt, in which pi-gen says "Raspberry Pi reference 2025-11-24"; None if there is none."""
        written = re.search(rb"\b(20\d\d)-(\d\d)-(\d\d)\b", issue or b"")
        made = None
        if written:
            try:
                made = datetime.date(*map(int, written.groups()))
            except ValueError:  # a date of nobody's calendar says nothing
                made = None
        return cls(frozenset(map(str.lower, files)), tuple(tokens), prefix, made)


@dataclass(frozen=True)
class System:
    """What a card is prepared for. release: its row of the table, None when the format was named by hand and no row holds.

    booted: None if it cannot be seen. named: whether the format was named by hand.
    """

    format: Format
    release: Release | None
    booted: bool | None
    named: bool = False

    @property
    def takes_settings(self) -> bool:
        """Whether the files of the first boot are worth writing: nothing reads them again after it."""
        return self.named or not self.booted


def recognise(look: Look, wanted: str, booted: bool | None, where: str) -> System:
    """The system on a card. wanted: the id of a format, or "auto". booted: what the root file system says, None if it is out of reach.

    Raises CardError for a card of which no row of the table holds, or whose system cannot be prepared on the card.
    """
    release = next((release for release in RELEASES if _holds(release, look)), None)
    if wanted != "auto":
        kind = format_of(wanted)
    elif release is None:
        raise CardError(
            f"{where} holds config.txt, but not the files of Raspberry Pi OS 11 to 13 or of Ubuntu 22.04 and later"
            f" (looked for {', '.join(sorted({name for row in RELEASES for name in row.files}))})."
            f" If you know how its system takes its first settings, name the format: {', '.join(each.id for each in FORMATS)}",
            target=where,
        )
    elif release.format is None:
        raise CardError(f"{where} holds {release.label}: {release.refusal}", target=where, release=release.id)
    else:
        kind = format_of(release.format)
    return System(kind, release, _booted(release, look) if booted is None else booted, wanted != "auto")


def format_of(name: str) -> Format:
    """The format with that id."""
    return next(each for each in FORMATS if each.id == name)


def _holds(release: Release, look: Look) -> bool:
    return (
        look.files.issuperset(release.files)
        and release.prefix in ("", look.prefix)
        and (not release.tokens or any(token in look.tokens for token in release.tokens))
        and (release.made_before is None or (look.made is not None and look.made < release.made_before))
    )


def _booted(release: Release | None, look: Look) -> bool | None:
    if release is None or not release.until_booted:
        return None
    return not any(token in look.tokens for token in release.until_booted)
