# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Wi-Fi network as a value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing, addressing_problems, is_integer
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError

# What a network is protected with: whether it takes a PSK, and whether it needs the passphrase itself. SAE (WPA3) proves the
# knowledge of the passphrase; from a PSK, which is a hash of it, SAE cannot be done.
SECURITIES = {
    "wpa2": {"takes_psk": True, "keeps_passphrase": False, "open": False},
    "wpa2-wpa3": {"takes_psk": False, "keeps_passphrase": True, "open": False},
    "wpa3": {"takes_psk": False, "keeps_passphrase": True, "open": False},
    "open": {"takes_psk": False, "keeps_passphrase": False, "open": True},
}
OPTIONS = ("ssid", "psk", "passphrase", "security", "hidden", "priority", "address", "gateway", "nameservers", "metric")
SSID_OCTETS = 32
PASSPHRASE_LENGTHS = (8, 63)
PSK_DIGITS = 64
# NetworkManager's range of autoconnect-priority; wpa_supplicant takes any integer.
PRIORITY_LIMIT = 999
_HEX = re.compile(r"[0-9A-Fa-f]*")


@dataclass(frozen=True)
class Network:
    """One network with everything a renderer needs.

    psk: 64 lower-case hexadecimal digits, or None for an open and for a pure WPA3 network.
    passphrase: only where SAE needs it. Neither shows in repr().
    priority: higher is preferred.
    """

    ssid: str
    security: str = "wpa2"
    psk: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    hidden: bool = False
    priority: int = 0
    addressing: Addressing = field(default_factory=Addressing)

    @classmethod
    def from_options(cls, options: Mapping[str, Any], default_priority: int = 0) -> Network:
        """Build a network from the options of the module or the role. Raises NetworkError that names every problem."""
        problems = network_problems(options)
        if problems:
            raise NetworkError(f"{label(options)}: {'; '.join(problems)}", problems=problems)
        security = options.get("security") or "wpa2"
        rule = SECURITIES[security]
        passphrase, psk = without_line_end(options.get("passphrase")), without_line_end(options.get("psk"))
        if psk is not None:
            psk = psk.lower()
        elif passphrase is not None and security != "wpa3":
            psk = derive_psk(options["ssid"], passphrase)
        priority = options.get("priority")
        return cls(
            ssid=options["ssid"],
            security=security,
            psk=psk,
            passphrase=passphrase if rule["keeps_passphrase"] else None,
            hidden=bool(options.get("hidden")),
            priority=default_priority if priority is None else int(priority),
            addressing=Addressing.from_options(options),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the PSK and the passphrase, as far as there are any."""
        return tuple(secret for secret in (self.psk, self.passphrase) if secret)


def label(options: Mapping[str, Any]) -> str:
    """Name a network in a message, by its SSID as far as it has one."""
    return f'network "{options["ssid"]}"' if options.get("ssid") else "a network without ssid"


def derive_psk(ssid: str, passphrase: str) -> str:
    """Make the PSK of a passphrase: 64 hexadecimal digits (IEEE 802.11, annex on suggested pass-phrase-to-PSK mapping).

    A line end after the passphrase is dropped. Raises NetworkError for an SSID or a passphrase that WPA does not take.
    """
    stripped = without_line_end(passphrase)
    problems = ssid_problems(ssid) + passphrase_problems(stripped)
    if problems:
        raise NetworkError(f"{label({'ssid': ssid})}: {'; '.join(problems)}", problems=problems)
    return hashlib.pbkdf2_hmac("sha1", stripped.encode("ascii"), ssid.encode("utf-8"), 4096, 32).hex()


def without_line_end(secret: Any) -> Any:
    """Drop the line end that a secret read from a file brings along."""
    return secret.rstrip("\r\n") if isinstance(secret, str) else secret


def network_problems(options: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong with one network's options, never a secret's value; an empty list if nothing is."""
    problems = [f'unknown option "{name}"; known are {", ".join(OPTIONS)}' for name in options if name not in OPTIONS]
    problems += ssid_problems(options.get("ssid"))
    problems += _secret_problems(options)
    hidden, priority = options.get("hidden"), options.get("priority")
    if hidden is not None and not isinstance(hidden, bool):
        problems.append(f'hidden "{hidden}" is neither true nor false')
    if priority is not None and not is_integer(priority, -PRIORITY_LIMIT, PRIORITY_LIMIT):
        problems.append(f'priority "{priority}" is not a whole number from -{PRIORITY_LIMIT} to {PRIORITY_LIMIT}; higher is preferred')
    return problems + addressing_problems(options)


def ssid_problems(ssid: Any) -> list[str]:
    """Say what is wrong with an SSID: it has 1 to 32 octets, in UTF-8, and no control characters."""
    if ssid is None or ssid == "":
        return ["the ssid is missing or empty; a hidden network has a name too, give it and set hidden"]
    if not isinstance(ssid, str):
        return [f"the ssid {ssid!r} is not a text; put it in quotes"]
    try:
        octets = len(ssid.encode("utf-8"))
    except UnicodeEncodeError:
        return ["the ssid is not valid UTF-8; give it as the access point shows it"]
    if octets > SSID_OCTETS:
        return [f"the ssid has {octets} octets in UTF-8, at most {SSID_OCTETS} are possible; check it on the access point"]
    strange = [position for position, letter in enumerate(ssid, 1) if ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0]
    if strange:
        return [f"the ssid has a control character at position {strange[0]}; check what was pasted"]
    return []


def passphrase_problems(passphrase: Any) -> list[str]:
    """Say what is wrong with a passphrase: it has 8 to 63 printable ASCII characters."""
    if not isinstance(passphrase, str):
        return ["the passphrase is not a text; put it in quotes, a number loses its leading zeros"]
    length, (least, most) = len(passphrase), PASSPHRASE_LENGTHS
    if length == PSK_DIGITS and _HEX.fullmatch(passphrase):
        return [f"the passphrase has {PSK_DIGITS} hexadecimal digits, which is a PSK; give it as psk"]
    if not least <= length <= most:
        return [f"the passphrase has {length} characters, WPA takes {least} to {most}; check for missing or pasted characters"]
    strange = [position for position, letter in enumerate(passphrase, 1) if not 0x20 <= ord(letter) <= 0x7E]
    if strange:
        return [f"the passphrase has a character at position {strange[0]} that is not printable ASCII; WPA takes no other"]
    return []


def psk_problems(psk: Any) -> list[str]:
    """Say what is wrong with a PSK: it has 64 hexadecimal digits."""
    if not isinstance(psk, str):
        return ["the psk is not a text; put it in quotes"]
    wants = f"a PSK has {PSK_DIGITS} hexadecimal digits"
    if len(psk) != PSK_DIGITS:
        return [f"the psk has {len(psk)} characters, {wants}; if it is what people type, give it as passphrase"]
    if not _HEX.fullmatch(psk):
        return [
            f"the psk has {PSK_DIGITS} characters that are not all hexadecimal digits; make it with the filter pikube.stateful.wifi_psk"
        ]
    return []


def _secret_problems(options: Mapping[str, Any]) -> list[str]:
    security = options.get("security") or "wpa2"
    if security not in SECURITIES:
        return [f'security "{security}" is unknown; choose one of {", ".join(SECURITIES)}']
    rule = SECURITIES[security]
    psk, passphrase = without_line_end(options.get("psk")), without_line_end(options.get("passphrase"))
    if rule["open"]:
        return (
            ["an open network takes neither psk nor passphrase; leave them out or set security"]
            if psk is not None or passphrase is not None
            else []
        )
    if psk is not None and passphrase is not None:
        return ["both psk and passphrase are given; keep one of them"]
    if psk is None and passphrase is None:
        wanted = "a psk or a passphrase" if rule["takes_psk"] else "a passphrase"
        return [f"security {security} needs {wanted}; a network without any is security open"]
    if passphrase is not None:
        return passphrase_problems(passphrase)
    if not rule["takes_psk"]:
        return [f"security {security} cannot be done with a psk, SAE needs the passphrase itself; give passphrase, or set security wpa2"]
    return psk_problems(psk)
