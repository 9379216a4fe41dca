# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import operator
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

IMAGE = "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0"
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": operator.DEPLOYMENT, "namespace": operator.NAMESPACE},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app.kubernetes.io/name": "cloudnative-pg"}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "manager",
                        "image": IMAGE,
                        "imagePullPolicy": "Always",
                        "env": [{"name": "OPERATOR_IMAGE_NAME", "value": IMAGE}, {"name": "OPERATOR_NAMESPACE"}],
                    }
                ]
            }
        },
    },
}
DEFINITION = {
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "clusters.postgresql.cnpg.io"},
    "spec": {"names": {"kind": "Cluster"}},
}
NAMESPACE = {"kind": "Namespace", "metadata": {"name": operator.NAMESPACE}}
RELEASED = [None, {"kind": "ServiceAccount", "metadata": {"name": "a"}}, DEPLOYMENT, DEFINITION, NAMESPACE]


def manager(found):
    return next(item for item in found if item["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]


def test_definitions_come_first_and_nothing_is_lost():
    found = operator.fitted(RELEASED)
    assert [item["kind"] for item in found] == ["Namespace", "CustomResourceDefinition", "ServiceAccount", "Deployment"]
    assert operator.version(found) == "1.30.0"


def test_an_image_that_is_there_is_used_and_two_operators_are_on_two_nodes():
    before = copy.deepcopy(RELEASED)
    found = operator.fitted(RELEASED)
    assert before == RELEASED
    deployment = next(item for item in found if item["kind"] == "Deployment")
    assert (deployment["spec"]["replicas"], manager(found)["imagePullPolicy"]) == (2, "IfNotPresent")
    assert deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"


def test_an_api_server_that_is_gone_is_missed_soon():
    env = {row["name"]: row.get("value") for row in manager(operator.fitted(RELEASED))["env"]}
    assert env == {"OPERATOR_IMAGE_NAME": IMAGE, "OPERATOR_NAMESPACE": None, **operator.CONNECTIONS}
    assert sum(map(int, operator.CONNECTIONS.values())) <= 10


def test_a_mirror_is_for_the_operator_and_for_what_it_starts():
    found = manager(operator.fitted(RELEASED, "pi:5000/mirror/"))
    assert found["image"] == "pi:5000/mirror/cloudnative-pg/cloudnative-pg:1.30.0"
    assert found["env"][0]["value"] == found["image"]


@pytest.mark.parametrize(
    ("image", "mirror", "found"),
    [
        pytest.param("ghcr.io/a/b:1", "r:5000", "r:5000/a/b:1", id="with a registry"),
        pytest.param("postgres:17", "r:5000/m", "r:5000/m/postgres:17", id="without one"),
        pytest.param("library/postgres:17", "r", "r/library/postgres:17", id="a name is no registry"),
    ],
)
def test_images_of_a_mirror(image, mirror, found):
    assert operator.mirrored(image, mirror) == found


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([], id="nothing"),
        pytest.param([DEPLOYMENT], id="no definition"),
        pytest.param([DEFINITION], id="no operator"),
        pytest.param(["text", DEFINITION], id="text"),
    ],
)
def test_what_is_no_such_manifest(documents):
    with pytest.raises(PostgresError, match="no manifest of CloudNativePG"):
        operator.fitted(documents)


def running(version="1.30.0", labels=None, name=operator.DEPLOYMENT):
    image = f"ghcr.io/cloudnative-pg/cloudnative-pg:{version}" if version else "pi:5000/cnpg@sha256:00"
    template = {"spec": {"containers": [{"image": image}]}}
    return {"metadata": {"name": name, "namespace": "cnpg-system", "labels": labels or {}}, "spec": {"template": template}}


@pytest.mark.parametrize(
    ("there", "wanted", "upgrade", "says"),
    [
        pytest.param(None, "1.30.0", False, None, id="none is there"),
        pytest.param(running(), "1.30.0", False, None, id="the same"),
        pytest.param(running("1.29.1"), "1.30.0", True, None, id="an upgrade that is asked for"),
        pytest.param(
            running("1.29.1"), "1.30.0", False, "is 1.29.1, and the manifest is of 1.30.0.*postgres_operator_upgrade", id="one that is not"
        ),
        pytest.param(running(""), "1.30.0", False, "is of an unknown version", id="by its digest"),
        pytest.param(running("1.30.1"), "1.30.0", True, r"older one does not know.*v1\.30\.1/cnpg-1\.30\.1\.yaml", id="never back"),
        pytest.param(running("1.9.0"), "1.30.0", False, "postgres_operator_upgrade", id="numbers, not letters"),
    ],
)
def test_another_version_is_for_people(there, wanted, upgrade, says):
    if says is None:
        operator.check(there, wanted, upgrade)
        return
    with pytest.raises(PostgresError, match=says):
        operator.check(there, wanted, upgrade)


def test_one_of_helm_is_left_alone_and_judged():
    assert operator.managed(running(labels={"app.kubernetes.io/managed-by": "Helm"}))
    assert not operator.managed(running())
    assert not operator.managed(None)
    assert operator.judged(running(), "1.30.0") == []
    assert "1.29.1, and 1.30.0" in operator.judged(running("1.29.1"), "1.30.0")[0]
    with pytest.raises(PostgresError, match=r"is 1\.23\.3, and 1\.28 is the first"):
        operator.judged(running("1.23.3"), "1.30.0")
