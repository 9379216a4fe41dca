# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit.volumes_world import Bed, app, claim, static, volume


@pytest.mark.parametrize(
    ("source", "doubt"),
    [
        pytest.param({"nfs": {"server": "10.0.0.9"}}, "what nfs does with copies is not known here", id="NFS"),
        pytest.param({"csi": {"driver": "x.example.org"}}, "what driver x.example.org does", id="a driver"),
        pytest.param({}, "what of an unknown kind does", id="nothing"),
    ],
)
def test_what_is_not_known(source, doubt):
    row = Bed(volume(source=source), claim(), app()).row()
    assert doubt in row["warnings"][0]
    assert not any(answer["survives"] for answer in row["survives"].values())


def test_a_folder_on_whatever_node():
    row = static().row()
    assert "/var/data is meant on whatever node the pod runs" in row["warnings"][0]
    assert row["survives"]["n3"]["data_kept"] is None


def test_a_static_volume_with_a_home():
    row = Bed(volume(source={"local": {"path": "/mnt/disk"}}, on="n2"), claim(), app("n2")).row()
    assert (row["engine"], row["copies"][0]["node"], row["healthy"]) == ("static", "n2", True)
    assert [name for name, answer in row["survives"].items() if answer["survives"]] == ["n1", "n3"]
