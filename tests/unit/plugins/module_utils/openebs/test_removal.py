# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.removal import definitions, volumes, waiting


def volume(name, by=None, driver=None, claim=("db", "data")):
    return {
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": by} if by else {}},
        "spec": {
            "claimRef": {"namespace": claim[0], "name": claim[1]},
            "storageClassName": "c",
            **({"csi": {"driver": driver}} if driver else {"local": {"path": "/x/" + name}}),
        },
        "status": {"phase": "Bound"},
    }


def test_only_volumes_of_openebs_are_in_the_way():
    found = volumes(
        [volume("b", driver="jiva.csi.openebs.io"), volume("a", "openebs.io/local"), volume("m", "microk8s.io/hostpath"), volume("s")]
    )
    assert [(row["name"], row["claim"], row["path"]) for row in found] == [("a", "db/data", "/x/a"), ("b", "db/data", "")]


def test_claims_that_wait_for_openebs_are_in_the_way_too():
    classes = [
        {"metadata": {"name": "c"}, "provisioner": "openebs.io/local"},
        {"metadata": {"name": "m"}, "provisioner": "microk8s.io/hostpath"},
    ]
    claims = [
        {"metadata": {"namespace": "db", "name": name}, "spec": {"storageClassName": class_}, "status": {"phase": phase}}
        for name, class_, phase in (("one", "c", "Pending"), ("two", "c", "Bound"), ("three", "m", "Pending"))
    ]
    assert waiting(claims, classes) == ["db/one"]


def test_definitions_with_the_version_that_is_stored():
    def crd(name, group):
        versions = [{"name": "v1alpha1"}, {"name": "v1", "storage": True}]
        return {"metadata": {"name": f"{name}s.{group}"}, "spec": {"group": group, "names": {"kind": name}, "versions": versions}}

    found = definitions([crd("JivaVolume", "openebs.io"), crd("Cluster", "postgresql.cnpg.io")])
    assert found == [{"name": "JivaVolumes.openebs.io", "kind": "JivaVolume", "api_version": "openebs.io/v1"}]
