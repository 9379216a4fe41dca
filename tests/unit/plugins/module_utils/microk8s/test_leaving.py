# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.leaving import LEAVE, REMOVE
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import last_words, meaning, recognise

REGISTERED = (
    "Removal failed. Node pi03 is registered with dqlite. Please, run first 'microk8s leave' on the departing node. \n"
    "If the node is not available anymore and will never attempt to join the cluster in the future use the '--force' flag \n"
    "to unregister the node while removing it."
)


@pytest.mark.parametrize(
    ("table", "rc", "text", "outcome", "good"),
    [
        pytest.param(
            LEAVE, 0, "Generating new cluster certificates.\nWaiting for node to start.\n", "left", True, id="control plane leaves"
        ),
        pytest.param(LEAVE, 0, "Configuring services.\nPreparing node for leaving.\n", "left", True, id="worker leaves"),
        pytest.param(
            LEAVE, 1, "This MicroK8s deployment is not acting as a node in a cluster.\n", "not_clustered", True, id="in no cluster"
        ),
        pytest.param(LEAVE, 2, "Not in clustering mode.\n", "not_clustered", True, id="in no cluster, by the worker's way"),
        pytest.param(LEAVE, 2, "Contacting node pi02 failed. Error 500.\n", "members_unreachable", False, id="nobody to say goodbye to"),
        pytest.param(
            LEAVE,
            3,
            "This node currently holds the only copy of the Kubernetes database so it cannot leave.\n",
            "only_copy",
            False,
            id="only copy",
        ),
        pytest.param(LEAVE, 1, "microk8s is not running, try microk8s start\n", "stopped", False, id="stopped"),
        pytest.param(LEAVE, 124, "", "timed_out", False, id="hangs"),
        pytest.param(LEAVE, 1, "Traceback (most recent call last):\nOSError: x", "unknown", False, id="a traceback"),
        pytest.param(REMOVE, 0, "", "removed", True, id="success is silent"),
        pytest.param(REMOVE, 1, REGISTERED, "registered", False, id="observed: did not leave"),
        pytest.param(REMOVE, 1, "Removal failed. Node pi09 does not exist in Kubernetes.\n", "no_node", True, id="unknown node"),
        pytest.param(REMOVE, 1, "Please provide a single argument.\n", "usage", False, id="no argument"),
        pytest.param(
            REMOVE,
            1,
            "This MicroK8s deployment is acting as a node in a cluster. Please use the control plane node.\n",
            *("worker", False),
            id="on a worker",
        ),
        pytest.param(
            REMOVE, 0, "This MicroK8s deployment is acting as a node in a cluster. \n", "worker", False, id="a notice with status 0"
        ),
        pytest.param(REMOVE, 1, "microk8s is not running, try microk8s start\n", "stopped", False, id="remove, stopped"),
    ],
)
def test_recognise(table, rc, text, outcome, good):
    found = recognise(table, rc, text)
    assert (found.id, found.good) == (outcome, good)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("a\n\n b \nc\nd\n", "b | c | d"),
        ("Infer repository core for addon dns\nfailed", "failed"),
        ('Traceback (most recent call last):\n  File "x.py", line 1\n    call()\nKeyError: 1\n', "KeyError: 1"),
    ],
)
def test_last_words(text, words):
    assert last_words(text) == words


def test_meaning_of_what_nobody_knows():
    found = recognise(LEAVE, 77, "boom\n")
    assert meaning(found, 77, "boom\n") == "it ended with status 77 and said: boom"
