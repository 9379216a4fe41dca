# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.mirror import mirrored

VALUES = {
    "engines": {"local": {"lvm": {"enabled": False}, "zfs": {"enabled": True}}},
    "localpv-provisioner": {"localpv": {"basePath": "/x"}},
}


def test_every_part_that_is_on_gets_the_registry():
    found = mirrored(VALUES, "openebs", "4.6.1", "registry.example.org:5000/mirror/")
    assert found["localpv-provisioner"]["localpv"] == {"basePath": "/x", "image": {"registry": "registry.example.org:5000/mirror/"}}
    assert found["preUpgradeHook"]["image"]["registry"] == "registry.example.org:5000/mirror"
    assert "zfs-localpv" in found
    assert "lvm-localpv" not in found
    assert "image" not in VALUES["localpv-provisioner"]["localpv"]


def test_no_mirror_changes_nothing():
    assert mirrored(VALUES, "other", "1.0.0", "") == VALUES


@pytest.mark.parametrize(
    ("chart", "mirror", "says"),
    [("openebs", "https://registry.example.org", "without a scheme"), ("jiva", "r", "microk8s_registry_mirrors")],
)
def test_what_cannot_be_meant_is_refused(chart, mirror, says):
    with pytest.raises(OpenebsError, match=says):
        mirrored(VALUES, chart, "4.6.1", mirror)
