"""The inventory of the lab: what a sysadmin would write for such hosts, with ordinary public variables only."""

from __future__ import annotations

from pathlib import Path

from hosts import KEY, KNOWN_HOSTS, Host
from machine import FLEET

FOLDER = Path(__file__).resolve().parents[1] / "inventories" / FLEET


def write(hosts: list[Host]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["---", "# Written by lab/lab; changed by its next start.", "all:", "  children:", "    control_plane:", "      hosts:"]
    for host in hosts:
        lines += [f"        {host.name}:", f"          ansible_host: {host.address}", f"          ansible_user: {host.user}"]
    lines += [
        "      vars:",
        "        pi_node_role: control_plane",
        "    workers: {}",
        "  vars:",
        f"    pi_ssh_known_hosts: {KNOWN_HOSTS}",
        f"    ansible_ssh_private_key_file: {KEY}",
        f"    ansible_ssh_common_args: -o UserKnownHostsFile={KNOWN_HOSTS}",
        "    ansible_python_interpreter: /usr/bin/python3",
    ]
    (FOLDER / "hosts.yml").write_text("\n".join(lines) + "\n")
