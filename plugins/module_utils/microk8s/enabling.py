# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enable and disable add-ons on a node. Whether they work in the cluster is asked elsewhere, through the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import addons, paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.addons import ABSENT, BY_NAME, PRESENT
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.evidence import File
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import meaning, recognise

REPOSITORIES = f"{paths.SNAP_COMMON}/addons"
OUTPUT = 2000


def repositories(machine: Machine) -> dict[str, list[str]]:
    texts = {name: machine.files.text(f"{REPOSITORIES}/{name}/addons.yaml") for name in machine.files.names(REPOSITORIES)}
    return addons.repositories({name: text for name, text in texts.items() if text is not None})


def is_there(machine: Machine, name: str) -> bool:
    """What files say of add-ons that are files, and else what MicroK8s says. Raises MicroK8sError if it says nothing."""
    known = BY_NAME.get(name.rpartition("/")[2])
    files = [item for item in known.evidence if isinstance(item, File)] if known else []
    if files and known and len(files) == len(known.evidence):
        return all(machine.files.exists(item.path) for item in files)
    status = machine.status()
    found = status.addon(name)
    if found is None:
        raise MicroK8sError(
            f"add-on {name}: microk8s status does not tell whether it is there: {status.message or status.state}", addon=name
        )
    return found.enabled


def one(machine: Machine, node: str, name: str, state: str, arguments: Sequence[str], seconds: int, check: bool) -> dict[str, Any]:
    """The row of one add-on in the result."""
    addons.check(name, state, list(arguments))
    there = repositories(machine)
    bare = name.rpartition("/")[2]
    known = BY_NAME.get(bare)
    if known and known.repository not in there and (check or state == ABSENT):
        # Its repository comes with another add-on of the same call, or nothing of it can be there.
        return {"name": f"{known.repository}/{bare}", "state": state, "changed": state == PRESENT, "outcome": "check_mode"}
    full = addons.qualified(name, there, node)
    row = {"name": full, "state": state, "changed": False, "outcome": "already"}
    if is_there(machine, full) == (state == PRESENT):
        return row
    if check:
        return {**row, "changed": True, "outcome": "check_mode"}
    words = addons.words(full, list(arguments))
    ran = machine.command("enable" if state == PRESENT else "disable", *words, seconds=seconds)
    outcome = recognise(addons.CHANGE, ran.rc, ran.text)
    if not outcome.good:
        verb = "enabled" if state == PRESENT else "disabled"
        raise MicroK8sError(
            f"{node}: add-on {full} was not {verb}: {meaning(outcome, ran.rc, ran.text)}. {outcome.cure}.",
            addon=full,
            outcome=outcome.id,
            retryable=outcome.retry,
            rc=ran.rc,
            output=ran.text[-OUTPUT:],
        )
    return {**row, "changed": True, "outcome": outcome.id, "output": ran.text[-OUTPUT:]}


def run(machine: Machine, wanted: Sequence[dict[str, Any]], seconds: int, check: bool, warn: Callable[[str], Any]) -> dict[str, Any]:
    """The result of module microk8s_addon. Raises MicroK8sError; add-ons before the one that failed are in its facts."""
    facts = machine.control_plane("cannot change add-ons")
    rows: list[dict[str, Any]] = []
    for item in wanted:
        try:
            row = one(machine, facts["hostname"], item["name"], item["state"], item["arguments"] or [], seconds, check)
        except MicroK8sError as error:
            error.facts.update(addons=rows, changed=any(row["changed"] for row in rows))
            raise
        rows.append(row)
        if row["outcome"] == "already" and item["state"] == PRESENT:
            text = addons.ignored_arguments(row["name"], item["arguments"] or [], None)
            if text and not row["name"].endswith("/dns"):
                warn(text)
    return {"changed": any(row["changed"] for row in rows), "addons": rows, "node": facts["hostname"]}
