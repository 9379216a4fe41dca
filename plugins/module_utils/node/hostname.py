# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names a node may have.

A node's name is the host's name, and Kubernetes takes it for a label and MicroK8s for certificates: one label of RFC 1123 in lower case.
"""

from __future__ import annotations

import re

LONGEST = 63  # of a label (RFC 1123), of the label kubernetes.io/hostname, and one less than Linux allows
# What images come with, on every node the same, and what names the node itself
RESERVED = {
    "localhost": "every machine calls itself so",
    "raspberrypi": "every Raspberry Pi has it before it gets a name",
    "ubuntu": "every Ubuntu image has it before it gets a name",
}
# character -> how it is called; the others are shown as they are
CALLED = {"_": "an underscore", " ": "a blank", ".": "a dot"}


def suggestion(name: str) -> str | None:
    """A name that is allowed and close to this one; None if nothing is left of it."""
    label = name.strip().lower().partition(".")[0]
    close = re.sub(r"[^a-z0-9-]+", "-", label).strip("-")[:LONGEST].strip("-")
    if not close:
        return None
    if close.isdigit():
        close = f"node-{close}"[:LONGEST]
    if close in RESERVED:
        close = f"{close}-1"
    return close


def problems(name: str) -> list[str]:
    """Each rule that a name breaks, as the end of a sentence; empty if the name may be used."""
    if not name:
        return ["is empty"]
    found = []
    if len(name) > LONGEST:
        found.append(f"has {len(name)} characters, {LONGEST} are allowed (RFC 1123)")
    if name.endswith((".local", ".local.")):
        found.append("ends in .local, which belongs to multicast DNS: leave the ending out")
    elif "." in name:
        found.append("has a dot: a node's name is one label, without a domain (Kubernetes)")
    if re.search(r"[A-Z]", name):
        found.append("has capital letters, which are not allowed in the name of a node (Kubernetes)")
    for character in sorted(set(re.sub(r"[A-Za-z0-9.-]", "", name))):
        found.append(f"{CALLED.get(character, repr(character))} is not allowed in a host name (RFC 1123)")
    if name.startswith("-") or name.endswith("-"):
        found.append("begins or ends with a hyphen (RFC 1123)")
    if name.isdigit():
        found.append("has digits only, and would be taken for an address")
    if name in RESERVED:
        found.append(f"cannot tell nodes apart: {RESERVED[name]}")
    return found


def explain(subject: str, name: str, host: str) -> str | None:
    """The whole error message for a name, with the host and a name that would do; None if there is nothing wrong."""
    found = problems(name)
    if not found:
        return None
    close = suggestion(name)
    cure = f'Try "{close}".' if close else "Letters a to z, digits and hyphens are allowed."
    return f'{subject} "{name}" on host {host}: {"; ".join(found)}. {cure}'
