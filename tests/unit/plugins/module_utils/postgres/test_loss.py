# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import loss
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

JIVA = "jiva.csi.openebs.io"


def storage_class(provisioner, **parameters):
    return {"name": "volumes", "provisioner": provisioner, "parameters": parameters}


def policy(copies=None, labels=None):
    return {"spec": {"target": {"replicationFactor": copies} if copies else {}, "replica": {"nodeSelector": labels} if labels else {}}}


@pytest.mark.parametrize("provisioner", [*loss.PROVISIONERS, "example.com/unknown", ""])
def test_a_class_that_does_not_replicate_is_refused_unless_it_was_accepted(provisioner):
    with pytest.raises(PostgresError, match=r"class volumes .* postgres_accept_volume_loss: true"):
        loss.check(storage_class(provisioner), False)
    assert "class volumes" in loss.check(storage_class(provisioner), True)


def test_of_a_provisioner_that_is_not_known_nothing_is_said_but_that():
    assert loss.keeping(storage_class("example.com/x")).kept is None
    assert "example.com/x" in loss.check(storage_class("example.com/x"), True)


def test_a_class_that_keeps_the_rows_is_taken(monkeypatch):
    monkeypatch.setitem(loss.PROVISIONERS, "replicates", loss.Keeping(True, "has copies on other nodes"))
    assert loss.check(storage_class("replicates"), False) == ""


@pytest.mark.parametrize(
    ("copies", "says"),
    [
        pytest.param(3, "", id="three copies"),
        pytest.param(5, "", id="five"),
        pytest.param(2, "needs each of them for a write, .*nothing can be written until it is back", id="two are not safe"),
        pytest.param(1, "keeps one copy, on one node, .*the rows are lost", id="one"),
        pytest.param(None, "names JivaVolumePolicy three, which is not there", id="a policy that is missing"),
    ],
)
def test_copies_of_jiva(copies, says):
    row = storage_class(JIVA, policy="three")
    if not says:
        assert loss.check(row, False, copies) == ""
        return
    with pytest.raises(PostgresError, match=says):
        loss.check(row, False, copies)
    assert loss.check(row, True, copies).startswith("accepted (postgres_accept_volume_loss): class volumes")


def test_what_a_policy_says():
    found, name = loss.policy_of(storage_class(JIVA, policy="three"))
    assert name == "three"
    assert loss.copies_said(found, policy(5)) == 5
    assert loss.copies_said(found, policy()) == loss.copies_said(found, {}) == 3
    assert loss.copies_said(found, None) is None
    assert loss.nodes_said(found, policy(3, {"disk": "ssd"})) == {"disk": "ssd"}
    assert loss.nodes_said(found, policy(3)) == loss.nodes_said(found, None) == {}
    assert loss.policy_of(storage_class(JIVA))[1] == ""
    assert loss.policy_of(storage_class("openebs.io/local")) is None
