# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each node lacks for an engine, and what speaks against preparing it: from its facts, without asking it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Package -> what the facts tell of it. Others are asked of the node.
KNOWN_BY_FACTS = {"open-iscsi": ("iscsi", "installed")}
# Service -> facts that say that it is enabled, and that it runs.
SERVICES = {"iscsid": (("iscsi", "iscsid_enabled"), ("iscsi", "iscsid_active"))}
LOADED = ("loaded", "builtin")


def _get(facts: Any, path: Sequence[str]) -> Any:
    for key in path:
        facts = facts.get(key) if isinstance(facts, Mapping) else None
    return facts


def steps(prepare: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be done on one node: packages to install, services to enable and start, whether the files have to be looked at."""
    packages = [name for name in prepare.get("packages") or () if _get(facts, KNOWN_BY_FACTS.get(name, ("", ""))) is not True]
    services = [
        name.removesuffix(".service")
        for name in prepare.get("services") or ()
        if not all(_get(facts, path) is True for path in SERVICES.get(name.removesuffix(".service"), (("",),)))
    ]
    modules, pages = list(prepare.get("modules") or ()), int(prepare.get("hugepages") or 0)
    return {"packages": packages, "services": services, "modules": modules, "hugepages": pages, "files": bool(modules or pages)}


def problems(
    prepare: Mapping[str, Any],
    facts: Mapping[str, Mapping[str, Any]],
    disks: Mapping[str, Sequence[str]] | None = None,
    *,
    named: Mapping[str, Sequence[str]] | None = None,
    in_use: bool = False,
) -> dict[str, list[str]]:
    """By host what speaks against preparing it, with the cure.

    disks: by host those that are claimed there. named: by host those that a person named. in_use: volumes exist.
    """
    found: dict[str, list[str]] = {host: [] for host in facts}
    for host, own in facts.items():
        for name in prepare.get("modules") or ():
            if _get(own, ("kernel", "modules", name)) == "absent":
                found[host].append(
                    f"{host}: kernel {_get(own, ('kernel', 'release'))} has no module {name}. On Ubuntu it is in the package"
                    " linux-modules-extra of that kernel; otherwise choose an engine that does not need it"
                )
    if "iscsid" in [name.removesuffix(".service") for name in prepare.get("services") or ()]:
        for host, text in _shared_names(facts, in_use=in_use).items():
            found[host].append(text)
    for host, paths in (disks or {}).items():
        for path in paths if host in found else ():
            found[host] += _disk(host, path, facts[host], path in ((named or {}).get(host) or ()))
    return found


def _shared_names(facts: Mapping[str, Mapping[str, Any]], *, in_use: bool) -> dict[str, str]:
    """Hosts of one initiator name: a target takes them for one machine. All but the first one are named."""
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for host, own in facts.items():
        name = _get(own, ("iscsi", "initiator_name"))
        if not name:
            continue
        if name not in first:
            first[name] = host
            continue
        cure = (
            f"Volumes exist, so nothing is made anew by itself: drain {host}, stop iscsid there, give it a name of its own in"
            " /etc/iscsi/initiatorname.iscsi (iscsi-iname prints one) and start it again"
            if in_use
            else "Role pi makes a new one (playbooks/prepare_nodes.yml), while MicroK8s is not on the node; else write what iscsi-iname"
            " prints into /etc/iscsi/initiatorname.iscsi and restart iscsid"
        )
        found[host] = f"{host}: its iSCSI initiator name {name} is that of {first[name]} too, as with a cloned card. {cure}"
    return found


def _disk(host: str, path: str, facts: Mapping[str, Any], named: bool) -> list[str]:
    disk = next((row for row in facts.get("disks") or () if path in (row.get("path"), row.get("name"), *(row.get("links") or ()))), None)
    if disk is None:
        there = ", ".join(row.get("path") or "" for row in facts.get("disks") or ()) or "none"
        return [f"{host}: there is no disk {path}. There are {there}"]
    if disk.get("free") and named:
        return []
    if disk.get("free"):
        what = " ".join(filter(None, (disk.get("model"), disk.get("serial"))))
        return [
            f"{host}: disk {path}{f' ({what})' if what else ''} is empty and would be taken for volumes. A disk is written to only if it"
            f' is named: openebs_disks, {host}: ["{path}"]'
        ]
    return [
        f"{host}: disk {path} is not free ({'; '.join(disk.get('used_by') or ()) or 'nobody looked'}), and no disk is ever wiped here."
        " Name another one, or empty it by hand (wipefs) if nothing on it is needed"
    ]
