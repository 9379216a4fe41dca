# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes, mapping, password


def test_what_is_left_out_is_a_cluster_of_three_that_loses_no_row_with_a_node():
    found = Wishes.parse({}, nodes=3)
    assert (found.topology, found.instances, found.synchronous, found.warnings) == ("cluster", 3, 1, ())
    assert (found.size, found.image) == (5 * 1024**3, "ghcr.io/cloudnative-pg/postgresql:17.11-standard-trixie")


@pytest.mark.parametrize(
    ("given", "nodes", "says"),
    [
        pytest.param({"topology": "replicated"}, 3, 'postgres_topology: "replicated" is unknown. Use cluster or single', id="topology"),
        pytest.param({"instances": 4}, 3, "postgres_instances: 4 servers are asked for, and 3 nodes are there", id="more than nodes"),
        pytest.param({"instances": 0}, 3, 'postgres_instances: "0" is not a number of 1 or more', id="none"),
        pytest.param({"instances": True}, 3, "not a number", id="a switch"),
        pytest.param({"size": "5 GB"}, 3, 'postgres_size: "5 GB" is not a size as Kubernetes writes it. Write 5Gi', id="size of people"),
        pytest.param({"size": "5gigs"}, 3, "Write 5Gi", id="a unit of one's own"),
        pytest.param({"size": "0Gi"}, 3, "too little for a volume", id="no room"),
        pytest.param({"size": "511Mi"}, 3, 'postgres_size: "511Mi" is too little for a server', id="no room for a server"),
        pytest.param({"version": 12}, 3, "postgres_version: 12 is not known", id="version"),
        pytest.param({"version": "seventeen"}, 3, "postgres_version", id="version in letters"),
        pytest.param({"image": "postgres:latest"}, 3, "postgres_image", id="a tag that moves"),
        pytest.param({"name": "Main_1"}, 3, 'postgres_name: "Main_1"', id="name"),
        pytest.param({"name": "a" * 41}, 3, "postgres_name", id="a name that leaves no room for the operator"),
        pytest.param({"namespace": "1st"}, 3, "postgres_namespace", id="namespace"),
        pytest.param({"database": "x" * 64}, 3, "postgres_database", id="a name that would be cut off"),
        pytest.param({"database": "template1"}, 3, 'postgres_database: "template1" is PostgreSQL\'s own', id="reserved database"),
        pytest.param({"owner": "pg_monitor"}, 3, 'postgres_owner: "pg_monitor"', id="reserved owner"),
        pytest.param({"node_port": 5432}, 3, "postgres_node_port: 5432 is none of 30000 to 32767", id="port outside"),
        pytest.param({"node_port": 30432, "service_type": "ClusterIP"}, 3, "ClusterIP has none", id="port of a service without"),
        pytest.param({"service_type": "nodeport"}, 3, "postgres_service_type", id="service"),
        pytest.param({"synchronous": 3}, 3, "postgres_synchronous: 3 standbys", id="more standbys than there are"),
        pytest.param({"topology": "single"}, 0, "0 nodes are there", id="no node"),
    ],
)
def test_wishes_that_make_no_sense_name_their_variable(given, nodes, says):
    with pytest.raises(PostgresError, match=re.escape(says)):
        Wishes.parse(given, nodes)


@pytest.mark.parametrize("name", ["order", "my-db", "Straße", 'with "quotes"', "x" * 63])
def test_names_that_have_to_be_quoted_are_taken(name):
    found = Wishes.parse({"database": name, "owner": name}, 3)
    assert (found.database, found.owner) == (name, name)


@pytest.mark.parametrize(
    ("instances", "warns", "synchronous"),
    [pytest.param(1, "nothing takes over", 0, id="1"), pytest.param(2, "written no more", 1, id="2"), pytest.param(5, None, 1, id="5")],
)
def test_few_instances_are_told(instances, warns, synchronous):
    found = Wishes.parse({"instances": instances}, 5)
    assert found.synchronous == synchronous
    assert bool(found.warnings) == bool(warns)
    assert not warns or warns in found.warnings[0]


def test_a_single_server_is_one_whatever_is_asked():
    found = Wishes.parse({"topology": "single", "instances": 3, "version": 18}, 1)
    assert (found.instances, found.image, found.warnings) == (1, "docker.io/library/postgres:18.6-trixie", ())


@pytest.mark.parametrize("text", ["a", "with 'quotes\" and $ and \\ and `x`", "ä€ \u00a0"])
def test_any_password(text):
    assert password(text) == text


@pytest.mark.parametrize("text", ["", "s3cret\0", "s3cret\n", "\ts3cret", "s3cret\ue000", "s3cret\u0378"])
def test_what_cannot_be_a_password_is_refused_without_it(text):
    with pytest.raises(PostgresError, match="postgres_password") as refused:
        password(text)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "accepted"), [(True, True), ("true", True), ("yes", True), (False, False), ("false", False), ("no", False), ("0", False)]
)
def test_a_word_of_the_command_line_means_what_it_says(value, accepted):
    assert Wishes.parse({"accept_volume_loss": value}, 3).accept_volume_loss is accepted


def test_what_is_neither_true_nor_false_accepts_nothing():
    with pytest.raises(PostgresError, match='postgres_accept_volume_loss: "perhaps"'):
        Wishes.parse({"accept_volume_loss": "perhaps"}, 3)


@pytest.mark.parametrize("value", [["pg_trgm", "citext"], "pg_trgm,citext", "pg_trgm, citext,", '["pg_trgm", "citext"]'])
def test_a_list_of_the_command_line(value):
    assert Wishes.parse({"extensions": value}, 3).extensions == ("pg_trgm", "citext")
    assert Wishes.parse({"extensions": ""}, 3).extensions == ()


@pytest.mark.parametrize("value", [{"extensions": 7}, {"extensions": {"pg_trgm": "1"}}, {"addresses": True}])
def test_what_is_no_list(value):
    with pytest.raises(PostgresError, match=f"postgres_{next(iter(value))}: .* is not a list of words"):
        Wishes.parse(value, 3)


@pytest.mark.parametrize(
    ("value", "found"), [({"storage": "5Gi"}, {"storage": "5Gi"}), ('{"storage": "5Gi"}', {"storage": "5Gi"}), ("", {}), (None, {})]
)
def test_a_dictionary_of_a_survey(value, found):
    assert mapping("quota", value) == found


@pytest.mark.parametrize("value", ["storage=5Gi", "[1]", 5, ["a"]])
def test_what_is_no_dictionary(value):
    with pytest.raises(PostgresError, match="postgres_quota: this is no dictionary"):
        mapping("quota", value)


def test_an_image_that_is_named_is_a_request():
    assert Wishes.parse({"image": "x/postgresql:17.4"}, 3).image_asked is True
    assert Wishes.parse({"image": ""}, 3).image_asked is False
    assert Wishes.parse({"apply_settings": "yes"}, 3).apply_settings is True
