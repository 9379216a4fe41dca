# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outcomes import (
    HUNG,
    READ_ONLY,
    REFUSED,
    class_of,
    outage,
    outcome,
    said,
)


@pytest.mark.parametrize(
    ("committing", "state", "warned", "found"),
    [
        pytest.param(True, None, False, ACKED, id="it was acknowledged"),
        pytest.param(True, None, True, UNKNOWN, id="it was, without a standby"),
        pytest.param(False, "", False, FAILED, id="the connection broke before COMMIT"),
        pytest.param(False, "57P03", False, FAILED, id="nobody let it in"),
        pytest.param(False, "25006", False, FAILED, id="a standby refused it"),
        pytest.param(True, "", False, UNKNOWN, id="the connection broke at COMMIT"),
        pytest.param(True, "57P01", False, UNKNOWN, id="the server went at COMMIT"),
        pytest.param(True, "08006", False, UNKNOWN, id="the connection failed at COMMIT"),
        pytest.param(True, "40001", False, FAILED, id="COMMIT was refused for another transaction"),
    ],
)
def test_outcome(committing, state, warned, found):
    assert outcome(committing, state, warned) == found


@pytest.mark.parametrize(
    ("state", "timed_out", "found"),
    [("25006", False, READ_ONLY), ("57P03", False, REFUSED), ("", False, REFUSED), (None, True, HUNG), ("", True, HUNG)],
)
def test_outage(state, timed_out, found):
    assert outage(state, timed_out) == found


@pytest.mark.parametrize(
    ("state", "timed_out", "text", "kept"),
    [
        pytest.param("57P03", False, "", "refused:57P03", id="with what the server said"),
        pytest.param("", False, "connection refused", "refused", id="nobody answered at the port"),
        pytest.param(None, True, "", "hung", id="nobody answered at all"),
        pytest.param("57014", False, "", "hung:57014", id="the server gave up for us"),
        pytest.param(
            "", False, "connection to server at 10.0.0.2 failed: session is read-only", "read-only", id="only a standby let us in"
        ),
        pytest.param("", True, "session is read-only", "hung", id="a time-out is one whatever the text says"),
        pytest.param("53300", False, "session is read-only", "refused:53300", id="a SQLSTATE says more than a text"),
    ],
)
def test_what_the_ledger_keeps_of_it(state, timed_out, text, kept):
    assert said(state, timed_out, text) == kept
    assert class_of(kept) == outage(state, timed_out, text) == kept.partition(":")[0]


@pytest.mark.parametrize("detail", ["-", "", "57P03", "10.1.2.3", "hungry"])
def test_other_words_are_of_no_class(detail):
    assert class_of(detail) == ""
