# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import loss
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError


def storage_class(provisioner):
    return {"name": "volumes", "provisioner": provisioner}


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
