# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may have left on a node: a script that says each thing, and how its answer is read."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover.node_commands import CHAIN, FOLDER, KUBELITE, TABLE, UNIT

DONE = "looked"
LEFT = "left: "  # begins what counts: a connection with a terminal tells errors of sudo and others in the same breath


def look() -> str:
    """Changes nothing. A line for each thing that is there, then DONE."""
    return f"""pikube_look() {{
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
if [ -e {FOLDER} ]; then echo "{LEFT}the folder {FOLDER} is there"; fi
if systemctl is-active --quiet {UNIT}.timer; then echo "{LEFT}the timer {UNIT} is armed"; fi
if command -v nft >/dev/null 2>&1 && nft list tables 2>/dev/null </dev/null | grep -q '^table inet {TABLE}$'; then
    echo "{LEFT}the table inet {TABLE} of nft is there"
fi
if command -v iptables-save >/dev/null 2>&1 && iptables-save 2>/dev/null </dev/null | grep -q -e '{CHAIN}'; then
    echo "{LEFT}chains {CHAIN} of iptables are there"
fi
if ! systemctl is-active --quiet {KUBELITE}.service; then echo "{LEFT}{KUBELITE} does not run"; fi
echo {DONE}
}}
pikube_look
"""


def leftovers(said: str, node: str) -> list[str] | None:
    """Each as a sentence without its full stop; None if the script did not come to its end."""
    lines = [line.strip() for line in said.splitlines()]
    if DONE not in lines:
        return None
    return [f"on node {node} {line.removeprefix(LEFT)}" for line in lines if line.startswith(LEFT)]
