# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The taint with which Kubernetes takes a node for dead: set only for one that is proven off (KEP 2268), and by one run alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

KEY = "node.kubernetes.io/out-of-service"
TAINT = {"key": KEY, "value": "nodeshutdown", "effect": "NoExecute"}
NOTE = "pikube.stateful/out-of-service-for"  # annotation of the Node: the run that set the taint
CONFLICT = 409
TURNS = 10  # the node monitor writes the same list of taints just then


def has(node: Mapping[str, Any] | None, run: str) -> bool:
    """Whether a Node has the taint, set by this run."""
    return bool(node) and _note(node) == run and any(row.get("key") == KEY for row in _taints(node))


def add(api: Any, name: str, run: str) -> None:
    """Raises FailoverError if somebody else set it, or there is no such Node."""
    _change(api, name, run, wanted=True)


def remove(api: Any, name: str, run: str) -> None:
    """If this run set it, and see it gone."""
    _change(api, name, run, wanted=False)


def _note(node: Mapping[str, Any] | None) -> str | None:
    return ((node or {}).get("metadata", {}).get("annotations") or {}).get(NOTE)


def _taints(node: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return list(((node or {}).get("spec") or {}).get("taints") or [])


def _change(api: Any, name: str, run: str, *, wanted: bool) -> None:
    for _turn in range(TURNS):
        node = api.get("Node", name)
        if node is None:
            if wanted:
                raise FailoverError(f"there is no Node {name} that could get the taint {KEY}")
            return
        there = any(row.get("key") == KEY for row in _taints(node))
        if there and _note(node) != run:
            if wanted:
                raise FailoverError(f"{name} has the taint {KEY} already, and not from this run. Remove it once the node is back")
            return
        if there == wanted:
            return
        left = [row for row in _taints(node) if row.get("key") != KEY]
        body = {
            # The list is written as a whole: not over what another one wrote meanwhile.
            "metadata": {"resourceVersion": node["metadata"]["resourceVersion"], "annotations": {NOTE: run if wanted else None}},
            "spec": {"taints": [*left, TAINT] if wanted else left or None},
        }
        try:
            api.patch("Node", name, body)
        except ClusterError as error:
            if error.status != CONFLICT:
                raise
    raise FailoverError(f"{name}: the taint {KEY} could not be {'set' if wanted else 'removed'}: others changed the Node {TURNS} times")
