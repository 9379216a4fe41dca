# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.installed import Installed
from ansible_collections.pikube.stateful.plugins.module_utils.engines.storage_classes import CLASSES
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster, disk, node, server
from hypothesis import given
from hypothesis import strategies as st

REPLICATED = {"application_replicas": 3}


def volume(engine, claim="database/data-0", path=None):
    row = CLASSES[engine]
    paths = {"hostpath": "/var/snap/microk8s/common/var/openebs/local/pvc-1", "device": "/dev/sda"}
    return {"provisioner": row["provisioner"], "claim": claim, "path": path if path is not None else paths.get(engine, "")}


def storage_class(engine, ours=True, default=False):
    row = CLASSES[engine]
    return {
        "name": f"openebs-{engine}",
        "provisioner": row["provisioner"],
        "annotations": row.get("annotations", {}),
        "ours": ours,
        "default": default,
    }


@pytest.mark.parametrize("engine", sorted(CLASSES))
def test_an_engine_is_known_by_its_class_and_by_its_volumes(engine):
    assert Installed.of(classes=[storage_class(engine)]) == Installed(engine)
    assert Installed.of(volumes=[volume(engine)]) == Installed(engine, (engine,))


@pytest.mark.parametrize(
    ("classes", "volumes", "found"),
    [
        pytest.param([], [], Installed(), id="nothing is there"),
        pytest.param([storage_class("hostpath", ours=False)], [], Installed(), id="a class of somebody else says nothing"),
        pytest.param([storage_class("lvm"), storage_class("zfs", default=True)], [], Installed("zfs"), id="the default comes first"),
        pytest.param(
            [storage_class("lvm", default=True), storage_class("zfs")],
            [volume("zfs")],
            Installed("zfs", ("zfs",)),
            id="one that has volumes comes before the default",
        ),
        pytest.param(
            [storage_class("jiva")],
            [volume("jiva"), volume("hostpath", "openebs/pvc-1-jiva-rep-0"), volume("hostpath", "openebs/pvc-1-jiva-rep-1")],
            Installed("jiva", ("jiva",)),
            id="copies of an engine are no volumes of another one",
        ),
        pytest.param(
            [],
            [volume("lvm"), volume("lvm"), volume("hostpath")],
            Installed("lvm", ("hostpath", "lvm")),
            id="most volumes, where no class is ours",
        ),
        pytest.param([], [{"provisioner": "nfs", "claim": "", "path": ""}], Installed(), id="a stranger"),
    ],
)
def test_what_is_installed(classes, volumes, found):
    assert Installed.of(classes, volumes) == found


def test_a_disk_that_is_full_of_its_own_volumes_keeps_its_engine():
    full = cluster(3, node(free=3))
    assert decide(full, REPLICATED)["verdict"] == "none"
    found = decide(full, REPLICATED, installed={"volumes": [volume("hostpath")]})
    assert found["verdict"] == "hostpath"
    assert "R08" in {reason["id"] for reason in found["reasons"]}
    assert any("one more volume of 5 GiB would not fit in the room that is left on pi1, pi2, pi3" in text for text in found["warnings"])


def test_disks_that_an_engine_claimed_itself_keep_it():
    free, claimed = cluster(3, server()), cluster(3, server(disks=(disk(free=False),)))
    assert decide(free, engine="mayastor")["verdict"] == "mayastor"
    assert decide(claimed, engine="mayastor")["verdict"] == "none"
    assert decide(claimed, engine="mayastor", installed={"classes": [storage_class("mayastor")]})["verdict"] == "mayastor"


def test_an_engine_that_is_installed_comes_before_one_that_promises_more_and_says_so():
    wish = {"application_replicas": 2, "survive_node_loss": False}
    found = decide(cluster(3, server()), wish, installed={"classes": [storage_class("zfs")]})
    assert found["verdict"] == "zfs"
    assert found["refused"]["hostpath"][0]["because"].endswith("is installed already")


def test_without_volumes_an_engine_that_does_not_do_gives_way():
    wish = {"survive_node_loss": True, "accept_archived": True}
    assert decide(cluster(3), wish, installed={"classes": [storage_class("hostpath")]})["verdict"] == "jiva"


def test_with_volumes_no_other_chart_takes_their_engine_away():
    wish = {"survive_node_loss": True, "accept_archived": True}
    found = decide(cluster(3), wish, installed={"volumes": [volume("hostpath")]})
    assert found["verdict"] == "none"
    assert "E34" in {rule["id"] for rule in found["refused"]["jiva"]}
    assert any("remove_openebs.yml" in text for text in found["to_do"])


def test_an_engine_of_the_same_chart_comes_beside_the_one_that_has_volumes():
    found = decide(cluster(3, server()), engine="lvm", installed={"volumes": [volume("rawfile")]})
    assert found["verdict"] == "none"  # a single instance on a local engine
    found = decide(cluster(3, server()), REPLICATED, engine="lvm", installed={"volumes": [volume("rawfile")]})
    assert found["verdict"] == "lvm"
    engines = found["chart"]["values"]["engines"]["local"]
    assert (engines["lvm"]["enabled"], engines["rawfile"]["enabled"], engines["zfs"]["enabled"]) == (True, True, False)


@given(
    st.sampled_from(sorted(CLASSES)),
    st.sampled_from(sorted(CLASSES)),
    st.booleans(),
    st.sampled_from([REPLICATED, {"survive_node_loss": False}, {"accept_archived": True}, {"snapshots": True, **REPLICATED}]),
)
def test_no_chart_ever_leaves_volumes_without_their_engine(used, asked, auto, workload):
    found = decide(cluster(3, server()), workload, engine=None if auto else asked, installed={"volumes": [volume(used)]})
    if found["verdict"] in ("none", used):
        return
    major = found["chart"]["version"].partition(".")[0]
    own = decide(cluster(3, server()), {"survive_node_loss": False, "accept_archived": True, "accept_experimental": True}, engine=used,
                 overrides=["E10"])  # fmt: skip
    assert own["chart"]["version"].partition(".")[0] == major
