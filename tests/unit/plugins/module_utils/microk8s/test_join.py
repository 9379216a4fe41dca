# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - texts as they were captured
"""The texts are those of 1.30 to 1.36, which are the same, and of the older releases that a cluster may have come from."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.join import JOIN, Traces, difference, failure, state_words
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import recognise

CONTACTING = "Contacting cluster at 10.0.0.11\n"
TRACEBACK = """Contacting cluster at 10.0.0.11
Traceback (most recent call last):
  File "/snap/microk8s/8511/usr/lib/python3.10/urllib/request.py", line 1348, in do_open
    h.request(req.get_method(), req.selector, req.data, headers,
{0}

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/snap/microk8s/8511/scripts/wrappers/join.py", line 1042, in <module>
    join(prog_name="microk8s join")
{0}
"""
TABLE = [
    pytest.param(
        0,
        CONTACTING + "Waiting for this node to finish joining the cluster. .. .. ..  \nSuccessfully joined the cluster.\n",
        "done",
        None,
        id="joined",
    ),
    pytest.param(
        0,
        CONTACTING
        + "\nThe node has joined the cluster and will appear in the nodes list in a few seconds.\n\nThis worker node gets automatically"
        " configured with the API server endpoints.\nIf the API servers are behind a loadbalancer please set the '--refresh-interval' to '0s'"
        " in:\n    /var/snap/microk8s/current/args/apiserver-proxy\nand replace the API server endpoints with the one provided by the"
        " loadbalancer in:\n    /var/snap/microk8s/current/args/traefik/provider.yaml\n\nSuccessfully joined the cluster.\n",
        *("done", None),
        id="joined as worker",
    ),
    pytest.param(
        0,
        CONTACTING + "Waiting for this node to finish joining the cluster. .. .. .. .. .. .. .. .. .. ..  \n",
        "done_in_silence",
        None,
        id="1.28: no last word",
    ),
    pytest.param(
        0,
        CONTACTING
        + "WARNING: Joining a cluster that has a different CIDR. The kube-proxy configuration will be overwritten\nSuccessfully joined the cluster.\n",
        "done",
        None,
        id="another CIDR",
    ),
    pytest.param(1, "Invalid connection: Invalid master IP\n", "bad_url", None, id="a name in the url"),
    pytest.param(1, "Invalid connection: Invalid token size\n", "bad_url", None, id="short token in the url"),
    pytest.param(1, TRACEBACK.format("ConnectionRefusedError: [Errno 111] Connection refused"), "refused", "token", id="nothing listens"),
    pytest.param(1, TRACEBACK.format("TimeoutError: [Errno 110] Connection timed out"), "unreachable", None, id="a machine that is off"),
    pytest.param(1, TRACEBACK.format("OSError: [Errno 113] No route to host"), "unreachable", None, id="no route"),
    pytest.param(
        1, TRACEBACK.format("ConnectionResetError: [Errno 104] Connection reset by peer"), "connection_broke", "token", id="reset"
    ),
    pytest.param(
        1,
        TRACEBACK.format("http.client.RemoteDisconnected: Remote end closed connection without response"),
        "connection_broke",
        "token",
        id="closed",
    ),
    pytest.param(1, TRACEBACK.format("KeyError: 'ca_key'"), "unknown", None, id="another traceback"),
    pytest.param(1, CONTACTING + "Failed to sign the client certificate.\n", "not_signed", None, id="certificates not signed"),
    pytest.param(
        1, "This node does not have enough RAM to host the Kubernetes control plane services\n", "low_memory", None, id="little memory"
    ),
    pytest.param(
        1,
        "Insufficient permissions to access MicroK8s.\nYou can either try again with sudo or add the user\n",
        "permission",
        None,
        id="not root",
    ),
    pytest.param(
        2,
        "Usage: microk8s join [OPTIONS] CONNECTION\nTry 'microk8s join --help' for help.\n\nError: Missing argument 'CONNECTION'.\n",
        "usage",
        None,
        id="no url",
    ),
    pytest.param(
        4,
        CONTACTING
        + "Joining cluster failed. Could not verify the identity of 10.0.0.11. Use '--skip-verify' to skip server certificate check.\n",
        "fingerprint",
        "token",
        id="another certificate",
    ),
    pytest.param(4, CONTACTING + "Joining cluster failed. Fingerprint too short.\n", "fingerprint_short", None, id="short check"),
    pytest.param(
        5, CONTACTING + "Connecting to cluster failed with HTTP Error 404: Not Found.\n", "http", None, id="something else listens"
    ),
    pytest.param(
        5, CONTACTING + "Connecting to cluster failed with [Errno 111] Connection refused.\n", "refused", "token", id="refused below http"
    ),
    pytest.param(
        5,
        CONTACTING
        + "Connecting to cluster failed with [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid (_ssl.c:1007).\n",
        "clock",
        None,
        id="clock behind",
    ),
    pytest.param(
        1,
        TRACEBACK.format("ssl.SSLCertVerificationError: certificate verify failed: certificate has expired (_ssl.c:1007)"),
        "clock",
        None,
        id="clock ahead",
    ),
    pytest.param(
        6, CONTACTING + "Connection failed. x509: certificate has expired or is not yet valid (500).\n", "clock", None, id="the other clock"
    ),
    pytest.param(6, CONTACTING + "Connection failed. Invalid token (500).\n", "token", "token", id="observed: used token"),
    pytest.param(
        6,
        CONTACTING + "Connection failed. The joining node has the same IP (10.0.0.11) as the node we contact (503).\n",
        "same_address",
        None,
        id="observed: same address",
    ),
    pytest.param(
        6,
        CONTACTING
        + "Connection failed. Failed to retrieve dqlite cluster nodes: the joining node (10.0.0.12) is already known to dqlite (500).\n",
        "already_known",
        None,
        id="stale member",
    ),
    pytest.param(
        6,
        CONTACTING + "Connection failed. The joining node (10.0.0.12) is already known to dqlite (504).\n",
        "already_known",
        None,
        id="stale member, 1.28",
    ),
    pytest.param(
        6,
        CONTACTING
        + 'Connection failed. The hostname (pi02) of the joining node does not resolve to the IP "10.0.0.12". Refusing join (400).\n',
        "name_not_resolved",
        None,
        id="name",
    ),
    pytest.param(
        6, CONTACTING + "Connection failed. Not possible to join. This is not an HA dqlite cluster (501).\n", "not_ha", None, id="no dqlite"
    ),
    pytest.param(
        6,
        CONTACTING + "Connection failed. The port of the cluster agent has to be set to 25000 (502).\n",
        "agent_port",
        None,
        id="agent's port",
    ),
    pytest.param(
        6,
        CONTACTING + "Connection failed. Failed to find interface for 10.9.9.9 (500).\n",
        "address_not_there",
        None,
        id="address of no interface",
    ),
    pytest.param(6, CONTACTING + "Connection failed. Something new (500).\n", "refused_by_cluster", None, id="a refusal nobody knows"),
    pytest.param(7, CONTACTING + "Unknown auth mode.\n", "other_datastore", None, id="etcd mode"),
    pytest.param(124, CONTACTING, "timed_out", None, id="hangs"),
    pytest.param(137, CONTACTING, "timed_out", None, id="hangs and does not listen"),
    pytest.param(99, "what?", "unknown", None, id="anything else"),
]


@pytest.mark.parametrize(("rc", "text", "outcome", "retry"), TABLE)
def test_recognise(rc, text, outcome, retry):
    found = recognise(JOIN, rc, text)
    assert (found.id, found.retry) == (outcome, retry)
    assert found.good == (rc == 0)


BEFORE = Traces(False, "control_plane", "own", "127.0.0.1:19001", False)


def test_failure_says_what_where_and_what_to_do():
    outcome, sentence = failure("pi03", 6, CONTACTING + "Connection failed. Invalid token (500).\n", BEFORE, BEFORE)
    assert outcome.id == "token"
    assert sentence == (
        "pi03 was not joined: the token is used or expired. Nothing was changed on pi03. Run again: a new token is made on each run."
    )


def test_failure_says_what_was_changed():
    after = Traces(True, "control_plane", "theirs", None, True)
    _outcome, sentence = failure("pi03", 1, TRACEBACK.format("KeyError: 'x'"), BEFORE, after)
    assert "it ended with status 1 and said: KeyError: 'x'" in sentence
    assert (
        "pi03 is half joined: it has the cluster's authority, it takes itself for a member of a cluster, its datastore was replaced"
        in sentence
    )
    assert "Nothing was changed" not in sentence


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            Traces(True, "worker", "theirs", None, False),
            "it has the cluster's authority, it is a worker, it takes itself for a member of a cluster",
        ),
        (Traces(False, "control_plane", "own", "127.0.0.1:19001", True), "its datastore was replaced"),
        (BEFORE, ""),
    ],
)
def test_difference(after, words):
    assert difference(BEFORE, after).startswith(words)


def test_state_words():
    assert state_words(BEFORE) == "a control plane alone"
    assert state_words(Traces(True, "worker", "x", None, False)) == "a worker of a cluster"


def test_every_failure_has_a_cure():
    assert [row.id for row in JOIN if not row.good and not row.cure] == []
