# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joining: what `microk8s join` can end with, and what its files say before and after. Its success is no evidence.

Source: scripts/wrappers/join.py of canonical/microk8s, pkg/api/v2/join.go of canonical/microk8s-cluster-agent, and what 1.34 was seen to
do. The texts are the same in 1.30 to 1.36. The first check of the cluster is the token's, which is used up by it whatever comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import NEW_TOKEN, Outcome, meaning, recognise

CONTROL_PLANE, WORKER = "control_plane", "worker"
TIMEOUTS = {CONTROL_PLANE: 300, WORKER: 180}  # seconds until the node has to be a working member
USUAL_JOIN = {CONTROL_PLANE: (34, 54), WORKER: (4, 10)}  # seconds of the command, observed on 1.34
USUAL_READY = {CONTROL_PLANE: (10, 45), WORKER: (2, 20)}  # seconds until its own node is Ready
REMOVE_STALE = "Remove the old member (microk8s_member with force and the address), then run again"

JOIN = (
    Outcome("done", (0,), r"Successfully joined the cluster", "", good=True, touched=True),
    Outcome("done_in_silence", (0,), r"Contacting cluster at|^\s*$", "", good=True, touched=True),
    Outcome(
        "clock",
        (),
        r"not yet valid|certificate has expired|has expired or is not yet valid",
        "by this node's clock the certificate of the cluster is not valid at this moment",
        "Compare `timedatectl` on both nodes; if the clocks agree, renew the certificate: microk8s refresh-certs -e server.crt",
    ),
    Outcome(
        "bad_url", (1,), r"Invalid connection", "the url to join by is not one that microk8s join takes", "Take it from microk8s_token"
    ),
    Outcome(
        "low_memory",
        (1,),
        r"low.memory.guard|not have enough RAM|memory guard",
        "it has too little memory for a control plane",
        "Make it a worker",
    ),
    Outcome(
        "not_signed",
        (1,),
        r"Failed to sign",
        "the cluster took the node in and then did not sign its certificates",
        "Look at the cluster agent there: journalctl -u snap.microk8s.daemon-cluster-agent. Then run again",
        touched=True,
    ),
    Outcome(
        "refused",
        (1, 5),
        r"ConnectionRefusedError|Connection refused|Errno 111",
        "nothing listens on the cluster agent's port 25000 there",
        "It may be starting: look at snap.microk8s.daemon-cluster-agent on the control plane",
        retry=NEW_TOKEN,
    ),
    Outcome(
        "unreachable",
        (1, 5),
        r"TimeoutError|timed out|Errno 110|No route to host|Errno 113|Network is unreachable|Errno 101|gaierror|Name or service not known",
        "the control plane's port 25000 cannot be reached from this node",
        "Check the network and firewalls between them (tcp 25000, 16443, 19001)",
    ),
    Outcome(
        "connection_broke",
        (1, 5),
        r"RemoteDisconnected|ConnectionResetError|Connection aborted|Connection reset|IncompleteRead|BadStatusLine",
        "the connection to the control plane broke before it answered",
        "It may have restarted its services",
        retry=NEW_TOKEN,
        touched=True,
    ),
    Outcome(
        "usage", (2,), r"Missing argument|Usage:|No such option", "microk8s join did not understand its arguments", "Report this as a bug"
    ),
    Outcome(
        "fingerprint_short", (4,), r"Fingerprint too short", "the check in the url is shorter than 12 digits", "Take it from microk8s_token"
    ),
    Outcome(
        "fingerprint",
        (4,),
        r"Could not verify the identity",
        "the control plane's certificate is not the one that the url was made for",
        "Another machine may have its address, or its certificate was renewed since: run again, a new url is made on each run",
        retry=NEW_TOKEN,
    ),
    Outcome(
        "http", (5,), r"Connecting to cluster failed with", "the control plane did not answer as a cluster agent does", "Is port 25000 its?"
    ),
    Outcome(
        "token",
        (6,),
        r"Invalid token",
        "the token is used or expired",
        "Run again: a new token is made on each run",
        retry=NEW_TOKEN,
    ),
    Outcome(
        "already_known",
        (6,),
        r"already known to dqlite",
        "the datastore already has a member with this node's address, left by an earlier life of the node or by a join that failed",
        REMOVE_STALE,
    ),
    Outcome(
        "same_address",
        (6,),
        r"has the same IP",
        "it has the address of the control plane that it contacted",
        "Give the nodes addresses of their own; two network cards of one machine are no two nodes",
    ),
    Outcome(
        "name_not_resolved",
        (6,),
        r"does not resolve to the IP|Refusing join",
        "the control plane does not resolve this node's name to its address",
        "Put every node into /etc/hosts of every node (role pi does)",
    ),
    Outcome(
        "not_ha", (6,), r"\(501\)", "the cluster does not run the datastore dqlite (ha-cluster is disabled)", "Enable ha-cluster there"
    ),
    Outcome("agent_port", (6,), r"\(502\)", "the cluster agents of the two nodes have different ports", "Use port 25000 on all nodes"),
    Outcome(
        "address_not_there",
        (6,),
        r"not found in the host interfaces|interface",
        "the address in the url is not one of the control plane's",
        "Give microk8s_token an address that the control plane has on an interface",
    ),
    Outcome("refused_by_cluster", (6,), r"Connection failed", "the cluster refused it", "See its output"),
    Outcome(
        "other_datastore",
        (7,),
        None,
        "the cluster keeps its state in another way than dqlite",
        "Only clusters with ha-cluster can be joined",
    ),
)
# Not from the command: found afterwards.
NOT_A_MEMBER = Outcome(
    "datastore_not_joined",
    (),
    None,
    "the command said that it joined, and the node is no member of the datastore",
    "Take it out again (microk8s_leave there, then microk8s_member with force and its address) and run again",
    touched=True,
)


@dataclass(frozen=True)
class Traces:
    """What a join changes on a node, from the facts of module microk8s_info.

    ca: the authority of its cluster. member: its address in the datastore. init: whether a datastore waits to be begun.
    """

    clustered: bool
    role: str | None
    ca: str | None
    member: str | None
    init: bool

    @classmethod
    def of(cls, facts: Mapping[str, Any], init: bool) -> Traces:
        return cls(bool(facts["clustered"]), facts["role"], facts["cluster_ca_sha256"], (facts["datastore"] or {}).get("address"), init)


def failure(node: str, rc: int, text: str, before: Traces, after: Traces) -> tuple[Outcome, str]:
    """The outcome of a join that did not end well, and the whole sentence about it. text: the output, without secrets."""
    outcome = recognise(JOIN, rc, text)
    half = before != after
    if half:
        state = f"{node} is half joined: {difference(before, after)}. Take it out (microk8s_leave on it, microk8s_member on the cluster)"
    else:
        state = f"Nothing was changed on {node}"
    sentence = f"{node} was not joined: {meaning(outcome, rc, text)}. {state}. {outcome.cure}."
    return outcome, sentence


def difference(before: Traces, after: Traces) -> str:
    words = []
    if before.ca != after.ca:
        words.append("it has the cluster's authority")
    if before.role != after.role:
        words.append(f"it is a {after.role}".replace("_", " "))
    if before.clustered != after.clustered:
        words.append("it takes itself for a member of a cluster" if after.clustered else "it takes itself for a node alone")
    if before.member != after.member or before.init != after.init:
        words.append("its datastore was replaced")
    return ", ".join(words)


def state_words(traces: Traces) -> str:
    return f"a {traces.role} {'of a cluster' if traces.clustered else 'alone'}".replace("_", " ")
