# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import room
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

MIB, GIB = 1024**2, 1024**3


def pod(name, servers="main", ready="True", deleted=False, **labels):
    own = {"cnpg.io/cluster": servers, "cnpg.io/instanceName": name}
    metadata = {"name": name, "labels": {**own, **labels}, **({"deletionTimestamp": "now"} if deleted else {})}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


ALONE = {"metadata": {"name": "alone-0", "labels": {"pikube.stateful/server": "main"}}, "status": pod("")["status"]}


@pytest.mark.parametrize(
    ("pods", "found"),
    [
        pytest.param([pod("main-2"), pod("main-1")], ["main-1", "main-2"], id="primary and standbys"),
        pytest.param([ALONE], ["alone-0"], id="a server alone"),
        pytest.param([pod("main-1", ready="False")], [], id="on a node that is down"),
        pytest.param([pod("main-1", deleted=True)], [], id="one that goes"),
        pytest.param([pod("eu-1", servers="main-eu")], [], id="of other servers"),
        pytest.param([pod("main-4", **{"cnpg.io/jobRole": "join"})], [], id="a job"),
        pytest.param([pod("pooler", **{"cnpg.io/instanceName": ""})], [], id="a pooler"),
    ],
)
def test_servers_that_can_be_asked(pods, found):
    assert room.servers("main", pods) == found


@pytest.mark.parametrize(
    ("sizes", "bytes_"),
    [
        pytest.param([], 64 * MIB, id="nothing"),
        pytest.param([8 * MIB], 64 * MIB, id="next to nothing"),
        pytest.param([4 * GIB], 10 * GIB, id="two and a half times one"),
        pytest.param([4 * GIB, 2 * GIB], 12 * GIB, id="the largest, and the log of all"),
    ],
)
def test_room_for_copies(sizes, bytes_):
    assert room.needed(sizes) == bytes_


HEAD = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"


def test_what_df_says():
    assert room.free(f"{HEAD}/dev/mapper/a 5000 1000 4000 20% /var/lib/postgresql/data\n") == 4000 * 1024
    assert room.free(f"{HEAD}a name 5000 1000 4000 20% /data\n") == 4000 * 1024


@pytest.mark.parametrize("text", ["", HEAD, "df: no such file\n"])
def test_df_that_says_nothing(text):
    with pytest.raises(PostgresError, match="df says nothing"):
        room.free(text)


def test_a_server_without_room_is_named_with_figures_and_cure():
    room.check("the proof", [GIB], {"main-1": 3 * GIB, "main-2": 3 * GIB}, {}, "or go")
    with pytest.raises(PostgresError) as error:
        room.check("the proof", [GIB], {"main-1": 3 * GIB, "main-2": GIB}, {"pikube_proof_x": 2 * GIB}, "or go without it")
    said = str(error.value)
    assert "the proof needs 2.5 GiB free" in said
    assert "main-2 has 1 GiB. Nothing was touched" in said
    assert "main-1" not in said
    assert "pikube_proof_x (2 GiB)" in said
    assert said.endswith("or go without it")
    assert error.value.facts == {"needed": int(2.5 * GIB), "free": {"main-1": 3 * GIB, "main-2": GIB}}
