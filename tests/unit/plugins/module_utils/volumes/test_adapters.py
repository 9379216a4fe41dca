# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.adapters import ADAPTERS, adapter_of
from ansible_collections.pikube.stateful.tests.unit.volumes_world import csi, volume


@pytest.mark.parametrize(
    ("item", "engine"),
    [
        pytest.param(volume(provisioner="openebs.io/local", labels={"openebs.io/cas-type": "local-hostpath"}), "hostpath", id="hostpath"),
        pytest.param(volume(provisioner="openebs.io/local", labels={"openebs.io/cas-type": "local-device"}), "device", id="device"),
        pytest.param(volume(provisioner="openebs.io/local"), "hostpath", id="a local volume without a label"),
        pytest.param(csi("local.csi.openebs.io"), "lvm", id="LVM"),
        pytest.param(csi("zfs.csi.openebs.io"), "zfs", id="ZFS"),
        pytest.param(csi("rawfile.csi.openebs.io"), "rawfile", id="rawfile"),
        pytest.param(csi("jiva.csi.openebs.io"), "jiva", id="Jiva"),
        pytest.param(csi("cstor.csi.openebs.io"), "cstor", id="cStor"),
        pytest.param(csi("io.openebs.csi-mayastor"), "mayastor", id="Mayastor"),
        pytest.param(volume(provisioner="microk8s.io/hostpath"), "microk8s-hostpath", id="MicroK8s' own"),
        pytest.param(csi("ebs.csi.aws.com"), "unknown", id="another driver"),
        pytest.param(volume(provisioner="example.org/x"), "unknown", id="another provisioner"),
        pytest.param(volume(source={"nfs": {"server": "x"}}), "static", id="made by a person"),
    ],
)
def test_who_speaks_for_a_volume(item, engine):
    assert adapter_of(item).engine == engine


def test_the_table():
    assert len({adapter.engine for adapter in ADAPTERS}) == len(ADAPTERS)
    assert {adapter.engine for adapter in ADAPTERS if adapter.replicates} == {"jiva", "cstor", "mayastor"}
    assert all(versions for adapter in ADAPTERS for _kind, versions in adapter.kinds)
