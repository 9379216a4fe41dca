# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a node: every gate of a table that is shut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.node.view import NodeView

ERROR = "error"
WARNING = "warning"


class Gate(NamedTuple):
    """One thing that a node must not be, or had better not be.

    id: part of the public result, never used again for another gate. severity: ERROR if the node cannot do what is wanted of it.
    shut: whether it speaks against the node. message, cure: sentences without their full stop, templates over the view, named n; cure is
    empty where the message gives it. source: where the knowledge is from. names_host: the message names the host and ends by itself.
    """

    id: str
    severity: str
    shut: Callable[[NodeView], bool]
    message: str
    cure: str
    source: str
    names_host: bool = False


def _text(gate: Gate, node: NodeView) -> str:
    if gate.names_host:
        return gate.message.format(n=node)
    sentences = [template.format(n=node) for template in (gate.message, gate.cure) if template]
    return f"{node.host}: {'. '.join(sentences)}."


def problems(host: str, facts: Mapping[str, Any], wanted: Mapping[str, Any] | None, gates: Iterable[Gate]) -> list[dict[str, str]]:
    """id, severity and message of each gate that is shut, in the order of the table. Raises NodeError for wishes that make no sense."""
    node = NodeView(host, facts, wanted)
    return [{"id": gate.id, "severity": gate.severity, "message": _text(gate, node)} for gate in gates if gate.shut(node)]
