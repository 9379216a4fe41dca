# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn, node_addresses, outside

psycopg = pytest.importorskip("psycopg")


def way(**changes):
    given = {"hosts": ("10.0.0.1", "10.0.0.2"), "port": 30432, "database": "app", "owner": "app", "secret": "db/main-owner"}
    return WayIn(**{**given, "authority": "db/main-ca", **changes})


def node(name, address, ready="True"):
    rows = [{"type": "Hostname", "address": name}, *([{"type": "InternalIP", "address": address}] if address else [])]
    return {"metadata": {"name": name}, "status": {"addresses": rows, "conditions": [{"type": "Ready", "status": ready}]}}


@pytest.mark.parametrize("name", ["app", "my db", "it's", "back\\slash", "a=b"])
def test_libpq_reads_the_line_as_it_was_meant(name):
    (command, words) = shlex.split(way(database=name).facts("/x/ca.crt")["psql"])
    found = psycopg.conninfo.conninfo_to_dict(words)
    assert (command, found["dbname"], found["host"]) == ("psql", name, "10.0.0.1,10.0.0.2")
    assert found["sslmode"] == "verify-ca"


def test_a_service_file_says_how_to_use_it():
    found = way().service_file("main", "/home/me/pg service.conf", "/home/me/ca.crt").splitlines()
    assert found[0] == "# PGSERVICEFILE='/home/me/pg service.conf' psql service=main"
    assert "--namespace=db get secret main-owner --output=jsonpath={.data.password}" in found[1]
    assert found[2:4] == ["[main]", "host=10.0.0.1,10.0.0.2"]
    assert "password=" not in "".join(found[2:])


def test_nodes_that_are_ready_are_asked_first():
    found = node_addresses([node("a", "10.0.0.1", "Unknown"), node("c", "10.0.0.3"), node("b", "10.0.0.2"), node("d", "")])
    assert list(found.items()) == [("10.0.0.2", True), ("10.0.0.3", True), ("10.0.0.1", False)]


def service(kind, ingress=(), **port):
    return {
        "metadata": {"namespace": "db", "name": "main-outside"},
        "spec": {"type": kind, "ports": [{"port": 5432, **port}]},
        "status": {"loadBalancer": {"ingress": list(ingress)}},
    }


def test_a_port_of_the_nodes_and_an_address_of_its_own():
    assert outside(service("NodePort", nodePort=30432), ["10.0.0.1"]) == (("10.0.0.1",), 30432)
    assert outside(service("LoadBalancer", [{"ip": "10.0.0.9"}], nodePort=30432), ["10.0.0.1"]) == (("10.0.0.9",), 5432)
    with pytest.raises(PostgresError, match=r"db/main-outside has no address yet.*metallb"):
        outside(service("LoadBalancer"), ["10.0.0.1"])
