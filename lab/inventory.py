"""The inventory of the lab: what a sysadmin would write for such hosts, with ordinary public variables only."""

from __future__ import annotations

import json
from pathlib import Path

import archives
import binaries
import builds
import charts
import microk8s.pack
from hosts import KEY, KNOWN_HOSTS, Host
from machine import FLEET, LabError

FOLDER = Path(__file__).resolve().parents[1] / "inventories" / FLEET
GROUPS = ("control_plane", "workers")
NEWEST = max(charts.CHARTS)


def write(hosts: list[Host]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["---", "# Written by lab/lab; changed by its next start.", "all:", "  children:"]
    for group in GROUPS:
        members = [host for host in hosts if host.group == group]
        lines += [f"    {group}:", "      hosts:" if members else "      hosts: {}"]
        for host in members:
            lines += [f"        {host.name}:", f"          ansible_host: {host.address}", f"          ansible_user: {host.user}"]
        lines += ["      vars:", f"        pi_node_role: {'control_plane' if group == 'control_plane' else 'worker'}"]
    lines += [
        "  vars:",
        f"    pi_ssh_known_hosts: {KNOWN_HOSTS}",
        f"    ansible_ssh_private_key_file: {KEY}",
        f"    ansible_ssh_common_args: -o UserKnownHostsFile={KNOWN_HOSTS}",
        "    ansible_python_interpreter: /usr/bin/python3",
    ]
    (FOLDER / "hosts.yml").write_text("\n".join(lines) + "\n")


def offer(release: str, *, postgres: bool = False) -> None:
    """Write down where a site without a store keeps the files of this release of MicroK8s; they are built if they are not there.

    postgres: those of PostgreSQL and its operator as well, whose images take time to import.
    """
    if release not in builds.RELEASES:
        raise LabError(f"there is no release {release!r} of MicroK8s; the table has {', '.join(builds.RELEASES)}")
    further = (*archives.OPENEBS, *(archives.POSTGRES if postgres else ()))
    builds.prepare(release, *further)
    values = {
        "microk8s_channel": f"{release}/stable",
        "microk8s_snap_file": str(microk8s.pack.build(release)),
        "microk8s_snap_bases": [str(builds.base_snap(name)) for name in (*builds.BASES, builds.RELEASES[release].base)],
        "microk8s_snap_unsigned": True,
        "microk8s_image_archives": [str(path) for path in builds.image_archives(release, *further)],
        "openebs_chart_file": str(charts.pack(NEWEST)),
        # A database of three instances that keep themselves in step.
        "openebs_workload": {"application_replicas": 3},
    }
    if postgres:
        values |= {
            "postgres_operator_manifest": str(binaries.from_module("cnpg", "releases/cnpg-{version}.yaml")),
            "postgres_version": 15,
            "postgres_image": archives.reference("postgresql"),
            "postgres_database": "app",
            "postgres_size": "1Gi",
            "postgres_sample_data": True,
        }
    folder = FOLDER / "group_vars"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.yml").write_text("---\n" + "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items()))
