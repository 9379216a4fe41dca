# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netplan's own opinion of a change, asked before the change is made: a file that it refuses leaves a node without any network."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import NETPLAN_FILE
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host

# What netplan says, and what to do about it.
CURES = (
    (
        r"Duplicate access point SSID",
        "This netplan does not let two files name one SSID (1.0 and later do). Take that access point out of the other file and, if it is "
        'cloud-init\'s, write "network: {config: disabled}" to /etc/cloud/cloud.cfg.d/99-disable-network-config.cfg.',
    ),
    (
        r"unknown key management type",
        "This netplan does not know WPA3 (0.106.1 and later do). Upgrade netplan.io, or use security wpa2-wpa3 or wpa2.",
    ),
)


def check_netplan(host: Host, texts: Mapping[str, str]) -> None:
    """Have netplan generate from the files as they would be, in a folder of its own. Raises NetworkError if it refuses.

    texts: all files of netplan by path.
    """
    with host.workspace() as folder:
        for path, text in texts.items():
            target = folder / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            # newer netplans complain of files that others may read; the folder is root's alone anyway
            target.touch(mode=0o600)
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
        status, output, errors = host.attempt(["netplan", "generate", "--root-dir", str(folder)])
    if status != 0:
        said = refusal(errors + output).replace(str(folder), "")
        raise NetworkError(f"netplan refuses the change: {said} {cure(said)} Nothing was changed.".replace("  ", " "), path=NETPLAN_FILE)


def refusal(text: str) -> str:
    """Take the line with the reason from netplan's words; the lines after it quote the file, and its secrets."""
    lines = text.splitlines() or ["without a word."]
    return next((line for line in lines if "rror" in line), lines[0]).strip()


def cure(said: str) -> str:
    return next((text for pattern, text in CURES if re.search(pattern, said)), "Correct the file that it names.")
