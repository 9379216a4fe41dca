# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names in the template of the API server's certificate (csr.conf.template): MicroK8s' own, and those that a site added."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

ENTRY = re.compile(r"(?P<kind>DNS|IP)\.(?P<number>\d+)\s*=\s*(?P<name>\S+)\s*")
MARK = "#MOREIPS"  # MicroK8s puts the addresses of the host there when it makes the certificate
OWN_NAME = re.compile(r"kubernetes(\..+)?")
OWN_ADDRESSES = 2  # 127.0.0.1 and the API's address in the network of services stand first


def _kind(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if not re.fullmatch(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", name):
            raise MicroK8sError(f'extra_sans: "{name}" is neither an IP address nor a DNS name.') from None
        return "DNS"
    return "IP"


@dataclass(frozen=True)
class SanTemplate:
    lines: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> SanTemplate:
        return cls(tuple(text.splitlines(keepends=True)))

    def __str__(self) -> str:
        return "".join(self.lines)

    def _places(self) -> list[int]:
        """The lines of names that a site added."""
        found, addresses = [], 0
        for number, line in enumerate(self.lines):
            entry = ENTRY.fullmatch(line.strip())
            if entry is None:
                continue
            addresses += entry["kind"] == "IP"
            own = OWN_NAME.fullmatch(entry["name"]) if entry["kind"] == "DNS" else addresses <= OWN_ADDRESSES
            if not own:
                found.append(number)
        return found

    def names(self) -> list[str]:
        """What a site added, in the order of the file."""
        found = [ENTRY.fullmatch(self.lines[place].strip()) for place in self._places()]
        return [entry["name"] for entry in found if entry]

    def with_names(self, wanted: Iterable[str]) -> SanTemplate:
        """The same with exactly these names added. Raises MicroK8sError for what is no name and for a template of another form."""
        names = list(dict.fromkeys(wanted))
        if set(names) == set(self.names()):
            return self
        places = self._places()
        kept = [line for number, line in enumerate(self.lines) if number not in places]
        taken = {"DNS": 0, "IP": 0}
        for line in kept:
            entry = ENTRY.fullmatch(line.strip())
            if entry:
                taken[entry["kind"]] = max(taken[entry["kind"]], int(entry["number"]))
        mark = next((number for number, line in enumerate(kept) if line.strip() == MARK), None)
        if mark is None:
            raise MicroK8sError(f"csr.conf.template has no line {MARK}, before which names are added. Restore it from the snap.")
        added = []
        for name in names:
            kind = _kind(name)
            taken[kind] += 1
            added.append(f"{kind}.{taken[kind]} = {name}\n")
        return SanTemplate((*kept[:mark], *added, *kept[mark:]))
