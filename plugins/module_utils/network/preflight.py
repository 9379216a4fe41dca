# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is wrong with a wish for Wi-Fi, said before anything is touched."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.network.countries import COUNTRIES, MISTAKEN
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import SECURITIES, Network, derive_psk, label, network_problems

# Of the first network where the list decides; the next has one less. Fixed, so that one more network at the end changes no other.
FIRST_PRIORITY = 100


def networks_from_options(networks: Sequence[Mapping[str, Any]], country: str | None) -> tuple[Network, ...]:
    """Build all networks of a node, the first preferred where no priority says otherwise.

    Raises NetworkError that names every problem of the list and of the country.
    """
    problems = wifi_problems(networks, country)
    if problems:
        raise NetworkError("\n".join(problems), problems=problems)
    return tuple(Network.from_options(options, FIRST_PRIORITY - position) for position, options in enumerate(networks))


def wifi_problems(networks: Any, country: Any, *, host: str | None = None, prefix: str = "") -> list[str]:
    """Say all problems, one text each, with host (if given), value and cure; secrets by their length only.

    prefix: of the variables' names, "pi_wifi_" for those of a role.
    """
    where = f" on host {host}" if host else ""
    networks = [] if networks is None else networks
    if isinstance(networks, (str, Mapping)) or not isinstance(networks, Sequence):
        return [
            f"{prefix}networks{where}: not a list of networks. Write each network as an item of a list, with ssid and psk or passphrase."
        ]
    problems = _country_problems(country, bool(networks), f"{prefix}country", where)
    first: dict[str, int] = {}
    for position, options in enumerate(networks):
        name = f"{prefix}networks[{position}]"
        if not isinstance(options, Mapping):
            problems.append(f"{name}{where}: not a network. Write it with ssid and psk or passphrase.")
            continue
        ssid = options.get("ssid")
        shown = f' "{ssid}"' if isinstance(ssid, str) and ssid else ""
        problems += [f"{name}{shown}{where}: {problem}." for problem in network_problems(options)]
        if isinstance(ssid, str) and ssid:
            if ssid in first:
                problems.append(f"{name}{shown}{where}: the same ssid as {prefix}networks[{first[ssid]}]. Keep one of them.")
            first.setdefault(ssid, position)
    return problems


def hashed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Put the PSK in place of the passphrase where a PSK will do. Raises NetworkError for options with problems."""
    if not isinstance(options, Mapping):
        raise NetworkError("not a network; write it with ssid and psk or passphrase")
    problems = network_problems(options)
    if problems:
        raise NetworkError(f"{label(options)}: {'; '.join(problems)}", problems=problems)
    if options.get("passphrase") is None or not SECURITIES[options.get("security") or "wpa2"]["takes_psk"]:
        return dict(options)
    kept = {name: value for name, value in options.items() if name not in ("passphrase", "psk")}
    return {**kept, "psk": derive_psk(options["ssid"], options["passphrase"])}


def _country_problems(country: Any, needed: bool, name: str, where: str) -> list[str]:
    if country is None or country == "":
        if not needed:
            return []
        return [f"{name}{where}: missing. Wi-Fi stays blocked without a country; give its ISO 3166 code, such as GB, US or DE."]
    if not isinstance(country, str):
        # YAML 1.1 reads an unquoted NO as false.
        quote = ' YAML reads NO without quotes as false: write "NO".' if country is False else ""
        return [f"{name} {country!r}{where}: not a text.{quote or ' Put the code in quotes.'}"]
    if country in COUNTRIES:
        return []
    near = nearest_country(country)
    cure = f'Try "{near}" ({COUNTRIES[near]}).' if near else "See the two-letter codes of ISO 3166-1, such as GB, US or DE."
    return [f'{name} "{country}"{where}: not a country code of ISO 3166-1. {cure}']


def nearest_country(wrong: str) -> str | None:
    """Guess the code that was meant: by case, by a known mistake or by the country's name. None without a good guess."""
    code = wrong.strip().upper()
    if code in COUNTRIES:
        return code
    if code in MISTAKEN:
        return MISTAKEN[code]
    names = {name.upper(): found for found, name in COUNTRIES.items()}
    close = difflib.get_close_matches(code, names, n=1, cutoff=0.8) if len(code) > 3 else []
    return names[close[0]] if close else None
