# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixed addresses of Wi-Fi networks in dhcpcd.conf, for Raspberry Pi OS bullseye: a block of ours in a file that is not ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

BEGIN = "# BEGIN pikube.stateful wifi"
END = "# END pikube.stateful wifi"
_BLOCK = re.compile(rf"\n?^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n", re.MULTILINE | re.DOTALL)


def with_networks(text: str, networks: Sequence[Network]) -> str:
    """Put the networks' addresses at the end of the file, in place of what was put there before; without any, take the block out.

    Raises NetworkError for an SSID that dhcpcd.conf cannot name.
    """
    rest = _BLOCK.sub("", text)
    sections = [section for section in map(_section, networks) if section]
    if not sections:
        return rest
    if rest and not rest.endswith("\n"):
        rest += "\n"
    return f"{rest}\n{BEGIN}\n" + "".join(sections) + f"{END}\n"


def _section(network: Network) -> str:
    addressing = network.addressing
    settings = []
    if addressing.address:
        settings.append(f"static ip_address={addressing.address}")
    if addressing.gateway:
        settings.append(f"static routers={addressing.gateway}")
    if addressing.nameservers:
        settings.append(f"static domain_name_servers={' '.join(addressing.nameservers)}")
    if addressing.metric is not None:
        settings.append(f"metric {addressing.metric}")
    if not settings:
        return ""
    # dhcpcd compares the rest of the line as it stands, without blanks at the ends and with escapes for what is not ASCII.
    if not re.fullmatch(r"[!-~]+( [!-~]+)*", network.ssid) or "\\" in network.ssid or network.ssid.startswith(("#", '"')):
        raise NetworkError(
            f'network "{network.ssid}": dhcpcd.conf cannot give a network of this name an address of its own. '
            "Reserve the address on the DHCP server, or rename the network."
        )
    return f"ssid {network.ssid}\n" + "".join(f"{setting}\n" for setting in settings)
