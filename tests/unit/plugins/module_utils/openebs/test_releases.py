# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.releases import decode, newest
from hypothesis import given
from hypothesis import strategies as st


def secret(name="openebs", revision=1, chart="openebs", version="4.6.1", status="deployed", values=None, namespace="openebs", packed=True):
    content = json.dumps({
        "name": name,
        "namespace": namespace,
        "version": revision,
        "info": {"status": status, "last_deployed": "2026-11-23T12:00:00Z"},
        "chart": {"metadata": {"name": chart, "version": version}},
        "config": values,
    }).encode()  # fmt: skip
    inner = base64.b64encode(gzip.compress(content) if packed else content)
    return {
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "namespace": namespace,
            "uid": f"{name}{revision}",
            "labels": {"name": name},
        },
        "data": {"release": base64.b64encode(inner).decode()},
    }


@pytest.mark.parametrize(
    "packed", [pytest.param(True, id="packed as Helm does today"), pytest.param(False, id="not packed as Helm did once")]
)
def test_a_release_is_read(packed):
    found = decode(secret(values={"a": 1}, packed=packed))
    assert (found.chart, found.version, found.status, found.revision, found.values) == ("openebs", "4.6.1", "deployed", 1, {"a": 1})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("%%%", id="no base64"),
        pytest.param(base64.b64encode(b"text").decode(), id="packed once only"),
        pytest.param(base64.b64encode(base64.b64encode(b"\x1f\x8bbroken")).decode(), id="broken gzip"),
        pytest.param(base64.b64encode(base64.b64encode(b"[1]")).decode(), id="a list"),
    ],
)
def test_what_is_no_release_is_said_with_its_secret(text):
    item = {**secret(), "data": {"release": text}}
    with pytest.raises(OpenebsError, match=r"Secret openebs/sh\.helm\.release\.v1\.openebs\.v1 "):
        decode(item)


def test_only_the_newest_revision_counts_and_only_charts_of_openebs():
    items = [secret(revision=2), secret(revision=10, status="failed"), secret(revision=9), secret(name="web", chart="nginx")]
    assert [(one.name, one.revision, one.status) for one in newest(items)] == [("openebs", 10, "failed")]


def test_other_secrets_are_left_alone():
    assert newest([{"type": "Opaque", "metadata": {"name": "x"}}]) == []


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_an_unfinished_change_is_pending(status):
    assert decode(secret(status=status)).pending


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_values_come_back_as_they_were_given(values):
    assert decode(secret(values=values)).facts()["values"] == values
