# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.unbound import unbound
from ansible_collections.pikube.stateful.tests.unit.volumes_world import Bed, at, claim, hostpath


def event(reason, message, seconds_ago, name="data", **times):
    return {
        "kind": "Event",
        "metadata": {"name": f"{reason}-{seconds_ago}", "namespace": "database"},
        "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "database", "name": name},
        "reason": reason,
        "message": message,
        **(times or {"lastTimestamp": at(seconds_ago)}),
    }


PENDING = claim(of=None, phase="Pending")
WAITS = event("WaitForFirstConsumer", "waiting for first consumer\nto be created before binding", 60)
FAILED = event("ProvisioningFailed", "no node", 30, series={"lastObservedTime": at(30)})


@pytest.mark.parametrize(
    ("bed", "because", "age"),
    [
        pytest.param(
            Bed(PENDING, WAITS), "WaitForFirstConsumer: waiting for first consumer to be created before binding", 57, id="an event"
        ),
        pytest.param(Bed(PENDING, WAITS, FAILED), "ProvisioningFailed: no node", 27, id="the newest event"),
        pytest.param(Bed(PENDING, event("X", "y", 1, name="other")), "no event tells why; see kubectl describe pvc", None, id="no event"),
        pytest.param(
            Bed(claim(of=None, phase="Pending", storage_class="none")),
            "there is no StorageClass none, and no volume of that class that fits",
            None,
            id="no class",
        ),
        pytest.param(Bed(claim(of="pv-x", phase="Lost")), "its volume pv-x does not exist any more", None, id="a lost volume"),
        pytest.param(
            Bed(claim(of="pv-x", phase="Pending")),
            "it asks for the volume pv-x, which does not exist or belongs to another claim",
            None,
            id="a volume by name that is not there",
        ),
    ],
)
def test_reasons(bed, because, age):
    (row,) = unbound(bed.objects["PersistentVolumeClaim"], bed.world)
    assert (row["namespace"], row["name"], row["because"], row["age_seconds"]) == ("database", "data", because, age)


def test_a_claim_with_a_volume_is_none():
    bed = hostpath()
    assert unbound(bed.objects["PersistentVolumeClaim"], bed.world) == []
