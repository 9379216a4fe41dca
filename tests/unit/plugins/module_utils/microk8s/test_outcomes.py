# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command of MicroK8s that ended means, by its words before its exit status."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import (
    COMMON,
    UNKNOWN,
    Outcome,
    last_words,
    meaning,
    recognise,
)

OWN = (Outcome("full", (3,), r"no room", "there is no room", "Make some"), Outcome("done", (0,), None, "", good=True))


@pytest.mark.parametrize(
    ("rc", "text", "found"),
    [
        pytest.param(3, "There is NO ROOM left", "full", id="status and words, in any case"),
        pytest.param(3, "something else", "unknown", id="the status alone is not enough"),
        pytest.param(0, "", "done", id="no words wanted"),
        pytest.param(124, "", "timed_out", id="what all commands share"),
        pytest.param(1, "microk8s is not running, try microk8s start", "stopped", id="stopped"),
        pytest.param(1, "Insufficient permissions to access MicroK8s.", "permission", id="not root"),
    ],
)
def test_outcomes(rc, text, found):
    assert recognise(OWN, rc, text).id == found


def test_success_of_the_own_table_hides_that_the_node_is_a_worker():
    assert recognise(OWN, 0, "This MicroK8s deployment is acting as a node in a cluster.").id == "done"
    assert recognise(OWN[:1], 0, "This MicroK8s deployment is acting as a node in a cluster.").id == "worker"


def test_unknown_outcomes_are_told_in_the_words_of_the_command():
    assert meaning(UNKNOWN, 9, "one\ntwo\n\nthree\nfour") == "it ended with status 9 and said: two | three | four"
    assert meaning(UNKNOWN, 9, "") == "it ended with status 9 and said: nothing"
    assert last_words('Traceback (most recent call last):\n  File "x"\nOSError: no') == "OSError: no"


@pytest.mark.parametrize("row", [row for row in COMMON if not row.good], ids=lambda row: row.id)
def test_what_all_commands_share_has_a_cure(row):
    assert all((row.meaning, row.cure))
