# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a certificate, read from its DER encoding (X.690, RFC 5280) without any library."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import NamedTuple

SEQUENCE = 0x30
UTC_TIME = 0x17
SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("0603551d11")  # OID 2.5.29.17
DNS_NAME = 0x82
IP_ADDRESS = 0x87


class Certificate(NamedTuple):
    """sha256: hexadecimal, of the DER encoding. not_before, not_after: UTC. names: DNS names and IP addresses it is valid for."""

    sha256: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element; ValueError for anything that is no DER."""
    place = 0
    while place < len(data):
        if place + 2 > len(data):
            raise ValueError("a DER element is cut short")
        tag, length = data[place], data[place + 1]
        place += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[place : place + count], "big")
            place += count
        if place + length > len(data):
            raise ValueError("a DER element is cut short")
        yield tag, data[place : place + length]
        place += length


def _time(tag: int, text: bytes) -> datetime:
    digits = text.decode("ascii").rstrip("Z")
    if tag == UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)


def _names(content: bytes) -> tuple[str, ...]:
    """The names of the extension, from the bytes after its OID."""
    value = next(part for tag, part in _elements(content) if tag == 0x04)
    ((_tag, sequence),) = _elements(value)
    found = []
    for tag, name in _elements(sequence):
        if tag == DNS_NAME:
            found.append(name.decode("ascii", "replace"))
        elif tag == IP_ADDRESS and len(name) in (4, 16):
            found.append(str(ipaddress.ip_address(name)))
    return tuple(found)


def der_of(pem: str | None) -> bytes | None:
    """The first certificate of a PEM text; None if there is none."""
    found = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem or "", re.S)
    try:
        return base64.b64decode(found.group(1)) if found else None
    except ValueError:
        return None


def sha256(pem: str | None) -> str | None:
    """The fingerprint of the first certificate, hexadecimal; None if there is none."""
    der = der_of(pem)
    return hashlib.sha256(der).hexdigest() if der else None


def parse(pem: str | None) -> Certificate | None:
    """The first certificate of a PEM text; None if there is none or it makes no sense."""
    der = der_of(pem)
    if not der:
        return None
    try:
        ((_tag, certificate),) = _elements(der)
        _tag, signed = next(_elements(certificate))
        parts = list(_elements(signed))
        if parts and parts[0][0] == 0xA0:  # the version, which version 1 leaves out
            parts = parts[1:]
        # serial number, signature, issuer, validity, subject, public key, then extensions
        validity = [_time(*element) for element in _elements(parts[3][1])]
        names: tuple[str, ...] = ()
        for tag, part in parts[6:]:
            if tag != 0xA3:
                continue
            for _tag, extension in _elements(next(_elements(part))[1]):
                if extension.startswith(SUBJECT_ALTERNATIVE_NAME):
                    names = _names(extension[len(SUBJECT_ALTERNATIVE_NAME) :])
        return Certificate(hashlib.sha256(der).hexdigest(), validity[0], validity[1], names)
    except (ValueError, IndexError, StopIteration):
        return None
