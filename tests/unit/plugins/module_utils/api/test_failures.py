# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import chain, of_connection, of_status


class NewConnectionError(Exception):
    """As urllib3 names it."""


class ReadTimeoutError(Exception):
    pass


class ApiException(Exception):  # noqa: N818 - as the client library names it
    def __init__(self, reason):
        super().__init__(f"(0)\nReason: {reason}\n")
        self.status, self.reason = 0, reason


@pytest.mark.parametrize(
    ("error", "reason", "untouched", "passing", "elsewhere"),
    [
        pytest.param(
            NewConnectionError("Failed to establish a new connection: [Errno 111] Connection refused"),
            *("Refused", True, True, True),
            id="connection refused",
        ),
        pytest.param(
            NewConnectionError("Failed to establish a new connection: [Errno 113] No route to host"),
            *("Unreachable", True, True, True),
            id="no route",
        ),
        pytest.param(
            type("ConnectTimeoutError", (Exception,), {})("Connection to 10.0.0.9 timed out. (connect timeout=4)"),
            *("NoAnswer", True, True, True),
            id="a machine that is off",
        ),
        pytest.param(ReadTimeoutError("Read timed out. (read timeout=10)"), "Timeout", False, True, True, id="no answer in time"),
        pytest.param(
            type("ProtocolError", (Exception,), {})("Connection aborted.", ConnectionResetError(104, "Connection reset by peer")),
            *("Broken", False, True, True),
            id="an API server that was killed",
        ),
        pytest.param(
            ApiException(
                "SSLError\n[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid (_ssl.c:1006)"
            ),
            *("WrongClock", True, False, False),
            id="a clock that is behind",
        ),
        pytest.param(
            ApiException("SSLError\n[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"),
            *("WrongClock", True, False, False),
            id="a clock that is ahead",
        ),
        pytest.param(
            ApiException("SSLError\n[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate"),
            *("OtherCluster", True, False, True),
            id="another cluster",
        ),
        pytest.param(
            ApiException(
                "SSLError\ncertificate verify failed: IP address mismatch, certificate is not valid for '10.0.0.9'. (_ssl.c:1006)"
            ),
            *("OtherName", True, False, True),
            id="an address that is not in the certificate",
        ),
        pytest.param(
            NewConnectionError("Failed to resolve 'pi01' ([Errno -2] Name or service not known)"),
            *("UnknownName", True, False, True),
            id="a name",
        ),
        pytest.param(KeyError("metadata"), "Unknown", False, False, False, id="anything else is not tried again"),
    ],
)
def test_of_connection(error, reason, untouched, passing, elsewhere):
    failure = of_connection(error)
    assert (failure.reason, failure.untouched, failure.passing, failure.elsewhere) == (reason, untouched, passing, elsewhere)


def test_the_cause_tells():
    error = RuntimeError("no luck")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert of_connection(error).reason == "Refused"
    assert "RuntimeError" in chain(error)


STATUS = {"kind": "Status", "reason": "NotFound", "code": 404, "message": 'nodes "pi09" not found'}


@pytest.mark.parametrize(
    ("status", "body", "reason", "text", "passing"),
    [
        pytest.param(404, json.dumps(STATUS), "NotFound", 'nodes "pi09" not found', False, id="not found"),
        pytest.param(404, json.dumps(STATUS).encode(), "NotFound", 'nodes "pi09" not found', False, id="as bytes"),
        pytest.param(
            500,
            '{"kind":"Status","message":"etcdserver: leader changed","code":500}',
            *("Status500", "etcdserver: leader changed", True),
            id="a datastore that changes its leader",
        ),
        pytest.param(503, "apiserver not ready", "Status503", "apiserver not ready", True, id="text, while it starts"),
        pytest.param(429, "", "Status429", "HTTP status 429", True, id="throttled"),
        pytest.param(
            409,
            '{"reason":"Conflict","message":"the object has been modified"}',
            "Conflict",
            "the object has been modified",
            False,
            id="conflict",
        ),
        pytest.param(502, '["proxy"]', "Status502", '["proxy"]', True, id="JSON that is no object"),
        pytest.param(401, '{"reason":"Unauthorized","message":"Unauthorized"}', "Unauthorized", "Unauthorized", False, id="unauthorized"),
    ],
)
def test_of_status(status, body, reason, text, passing):
    failure = of_status(status, body)
    assert (failure.reason, failure.text, failure.passing, failure.status) == (reason, text, passing, status)
    assert not failure.untouched


def test_the_error_says_what_where_and_what_to_do():
    error = of_status(401, '{"reason":"Unauthorized","message":"Unauthorized"}').error("listing Node", "https://10.0.0.11:16443")
    assert str(error) == "listing Node failed at https://10.0.0.11:16443: Unauthorized. Fetch the kubeconfig again."
    assert error.facts == {"server": "https://10.0.0.11:16443", "reason": "Unauthorized", "status": 401}


@pytest.mark.parametrize(
    ("failure", "reads", "again"),
    [
        pytest.param(of_connection(ReadTimeoutError("Read timed out.")), True, True, id="a read is repeated"),
        pytest.param(of_connection(ReadTimeoutError("Read timed out.")), False, False, id="a write may have been done"),
        pytest.param(of_connection(NewConnectionError("Connection refused")), False, True, id="a write that was never sent is repeated"),
        pytest.param(of_status(503, ""), False, False, id="a write that was answered is not"),
        pytest.param(of_status(403, ""), True, False, id="a refusal stays one"),
    ],
)
def test_retry(failure, reads, again):
    assert failure.retry(reads=reads) is again
