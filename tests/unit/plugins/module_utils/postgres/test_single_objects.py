# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import datetime
from dataclasses import replace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import single_objects
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.authority import Identity
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import settings
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

GIB = 1024**3


def wishes(**given):
    return Wishes.parse({"topology": "single", "storage_class": "hostpath", **given}, 3)


def objects(**given):
    return {
        item["kind"] + " " + item["metadata"]["name"]: item for item in single_objects.server(wishes(**given), settings(8 * GIB, "nvme", 4))
    }


def following(**given):
    """The same on a volume that can be used on another node."""
    return {
        item["kind"] + " " + item["metadata"]["name"]: item
        for item in single_objects.server(replace(wishes(**given), follows=True), settings(8 * GIB, "nvme", 4))
    }


def container(**given):
    return objects(**given)["StatefulSet main"]["spec"]["template"]["spec"]["containers"][0]


def test_what_it_is_made_of():
    assert list(objects()) == [
        "ConfigMap main-settings",
        "Service main-pods",
        "Service main-rw",
        "Service main-outside",
        "StatefulSet main",
    ]
    assert "Service main-outside" not in objects(service_type="ClusterIP")
    assert objects(node_port=30432)["Service main-outside"]["spec"]["ports"][0]["nodePort"] == 30432


def test_one_server_on_a_claim_of_its_own_that_outlives_it_and_is_restarted_by_nobody():
    spec = objects()["StatefulSet main"]["spec"]
    assert spec["replicas"] == 1
    assert spec["updateStrategy"] == {"type": "OnDelete"}
    assert spec["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "hostpath"
    assert set(spec["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}
    assert objects()["Service " + spec["serviceName"]]["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize("version", [15, 18])
def test_the_data_are_in_a_folder_of_their_major_version_below_the_top_of_the_volume(version):
    found = container(version=version)
    mount = next(row["mountPath"] for row in found["volumeMounts"] if row["name"] == "data")
    folder = next(row["value"] for row in found["env"] if row["name"] == "PGDATA")
    assert folder == f"{mount}/{version}"


def test_the_password_is_a_file_and_in_no_variable_or_argument():
    found = container()
    assert {row["name"]: row["value"] for row in found["env"]}["POSTGRES_PASSWORD_FILE"] == "/etc/pikube/superuser/password"
    assert not any("valueFrom" in row for row in found["env"])


def test_the_settings_go_to_the_server_with_its_identity():
    words = container()["args"]
    given = dict(word.split("=", 1) for flag, word in zip(words[1::2], words[2::2]) if flag == "-c")
    assert (words[0], given["ssl"], given["listen_addresses"]) == ("postgres", "on", "*")
    assert given["shared_buffers"].endswith("MB")
    assert len(given) == len(words[1:]) / 2


def test_a_server_that_recovers_is_not_ready_and_alive():
    found = container()
    assert "--host=127.0.0.1" in found["readinessProbe"]["exec"]["command"]
    assert found["startupProbe"]["periodSeconds"] * found["startupProbe"]["failureThreshold"] >= 3600
    assert found["livenessProbe"]["exec"]["command"][-1].endswith("test $? -ne 2")


def test_secrets_that_are_there_stay():
    assert single_objects.secrets(wishes(), "", None) == []
    both = single_objects.secrets(wishes(), "secret", Identity("a", "b", "c", "d"))
    assert [item["metadata"]["name"] for item in both] == ["main-superuser", "main-authority", "main-server"]
    assert base64.b64decode(both[0]["data"]["password"]) == b"secret"
    assert both[2]["type"] == "kubernetes.io/tls"
    # The key by which anybody could pass for the server is not in the Secret that its pod has.
    assert base64.b64decode(both[1]["data"]["tls.key"]) == b"d"
    assert b"d" not in map(base64.b64decode, both[2]["data"].values())


def test_a_certificate_is_read_again_by_a_server_that_started_before_it_was_made():
    found = single_objects.reloading("PEM\n", datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc))
    assert "pg_conf_load_time() < '2026-11-24T00:00:00+00:00'" in found
    assert "pg_read_file('/etc/pikube/identity/tls.crt') = 'PEM\n'" in found


def test_a_server_whose_volume_follows_it_is_guarded():
    found = following()
    spec = found["StatefulSet main"]["spec"]["template"]["spec"]
    assert [row["name"] for row in spec["initContainers"]] == ["claim"]
    assert [row["name"] for row in spec["containers"]] == ["postgres", "guard"]
    assert {row["image"] for row in (*spec["initContainers"], *spec["containers"])} == {container()["image"]}
    assert found["ConfigMap main-settings"]["data"]["guard"].startswith("#!/bin/sh")
    assert {"ServiceAccount main", "Role main", "RoleBinding main"} <= set(found)
    assert spec["serviceAccountName"] == "main"


def test_the_token_is_the_guards_alone():
    spec = following()["StatefulSet main"]["spec"]["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    mounted = {row["name"]: {mount["name"] for mount in row["volumeMounts"]} for row in spec["containers"]}
    assert "account" in mounted["guard"]
    assert "account" not in mounted["postgres"]
    volumes = {row["name"] for row in spec["volumes"]} | {single_objects.CLAIM}
    assert all(names <= volumes for names in mounted.values())
    # The password and the key of the server are none of the guard's business.
    assert not {"superuser", "identity"} & mounted["guard"]


def test_nothing_above_the_volume_gives_up_before_it_goes_on():
    spec = following()["StatefulSet main"]["spec"]["template"]["spec"]
    assert all(row["tolerationSeconds"] >= 30 for row in spec["tolerations"])
    assert spec["terminationGracePeriodSeconds"] > 30
    alive = spec["containers"][0]["livenessProbe"]
    assert alive["periodSeconds"] * alive["failureThreshold"] > 2 * 30


def test_on_a_volume_of_one_node_there_is_no_guard():
    spec = objects()["StatefulSet main"]["spec"]["template"]["spec"]
    assert not {"initContainers", "tolerations", "serviceAccountName"} & set(spec)
    assert len(spec["containers"]) == 1
    assert set(objects()["ConfigMap main-settings"]["data"]) == {"pg_hba.conf"}


@pytest.mark.parametrize("made", [objects, following])
def test_an_acknowledged_row_is_on_the_disk_whatever_somebody_sets(made):
    words = made()["StatefulSet main"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert {"fsync=on", "full_page_writes=on", "data_sync_retry=off"} <= set(words)
