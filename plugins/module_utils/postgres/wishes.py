# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of PostgreSQL, as a value: each word checked, and every error says which variable to correct."""

from __future__ import annotations

import json
import re
import stringprep
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import quantity, sql, versions
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

TOPOLOGIES = (versions.CLUSTER, versions.SINGLE)
SERVICES = ("ClusterIP", "NodePort", "LoadBalancer")
NODE_PORTS = range(30000, 32768)
LABEL = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")  # the operator adds up to 23 characters, and a label has 63
LEAST_SIZE = 512 * 1024**2  # bytes: the catalogues of three databases, a WAL that has to turn round, and what is kept of it
# Of SASLprep, by which clients and servers prepare a password before SCRAM; of the spaces all but those of ASCII become one.
PROHIBITED = (
    stringprep.in_table_a1, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
    stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip
RESERVED_DATABASES = ("postgres", "template0", "template1")
RESERVED_OWNERS = ("postgres", "streaming_replica")


@dataclass(frozen=True)
class Wishes:
    """topology: cluster or single. size: bytes of one volume, and as it was written. synchronous: standbys that have to have a row.

    image_asked: whether somebody named it. apply_settings: whether servers may restart for a change. addresses: by which people get in.
    follows: whether the volume of a server alone can be used on another node.
    """

    topology: str
    name: str
    namespace: str
    version: int
    image: str
    instances: int
    size: int
    size_text: str
    storage_class: str
    database: str
    owner: str
    service: str
    node_port: int | None
    synchronous: int
    extensions: tuple[str, ...] = ()
    accept_volume_loss: bool = False
    image_asked: bool = False
    apply_settings: bool = False
    addresses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    follows: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, Any], nodes: int) -> Wishes:
        """given: the variables of role postgres without their prefix. nodes: how many may carry a server. Raises PostgresError."""
        topology = _among("topology", given.get("topology", versions.CLUSTER), TOPOLOGIES)
        version = _number("version", given.get("version", 17))
        instances = _number("instances", given.get("instances", 3)) if topology == versions.CLUSTER else 1
        size_text = str(given.get("size", "5Gi"))
        service = _among("service_type", given.get("service_type", "NodePort"), SERVICES)
        database, owner = str(given.get("database", "app")), str(given.get("owner", "app"))
        _identifier("database", database, RESERVED_DATABASES)
        _identifier("owner", owner, RESERVED_OWNERS)
        warnings = _instances(instances, nodes, topology)
        synchronous = _synchronous(given.get("synchronous"), instances)
        image = str(given.get("image") or "")
        return cls(
            topology,
            _label("name", given.get("name", "main")),
            _label("namespace", given.get("namespace", "database")),
            version,
            versions.image(topology, version, image),
            instances,
            _size(size_text),
            size_text,
            str(given.get("storage_class") or ""),
            database,
            owner,
            service,
            _node_port(given.get("node_port"), service),
            synchronous,
            _words("extensions", given.get("extensions") or ()),
            flag("accept_volume_loss", given.get("accept_volume_loss", False)),
            bool(image),
            flag("apply_settings", given.get("apply_settings", False)),
            _words("addresses", given.get("addresses") or ()),
            warnings,
        )


def password(text: str) -> str:
    """The password, if it can be one. No error holds it."""
    if not text:
        raise PostgresError("postgres_password is empty. Leave it out to have one made, or give one")
    for place, letter in enumerate(text, 1):
        if any(among(letter) for among in PROHIBITED):
            kind = "a line break" if letter in "\r\n" else "a control character or one that is no letter yet"
            raise PostgresError(
                f"postgres_password: character {place} of {len(text)} is {kind}, which SASLprep (RFC 4013) prohibits and CloudNativePG does"
                " not set. Give another one; if it was read from a file, without the end of its line"
            )
    return text


def _among(variable: str, value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise PostgresError(f'postgres_{variable}: "{value}" is unknown. Use {" or ".join(words)}')
    return str(value)


def _number(variable: str, value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise PostgresError(f'postgres_{variable}: "{value}" is not a number of 1 or more')
    return int(text)


def flag(variable: str, value: Any) -> bool:
    """From the command line it comes as a word, of which every one would count as true."""
    try:
        return boolean(value)
    except TypeError as error:
        raise PostgresError(f'postgres_{variable}: "{value}" is neither true nor false') from error


def _words(variable: str, value: Any) -> tuple[str, ...]:
    """A list, which on the command line is words with commas between them, or JSON."""
    if isinstance(value, str):
        listed = _json(value)
        value = listed if isinstance(listed, list) else value.split(",")
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise PostgresError(f'postgres_{variable}: "{value}" is not a list of words')
    return tuple(word for word in (str(word).strip() for word in value) if word)


def _json(text: str) -> Any:
    """What a text says as JSON, None if it says nothing."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def mapping(variable: str, value: Any) -> dict[str, Any]:
    """A dictionary, which from a survey or the command line is JSON. Raises PostgresError."""
    found = _json(value) if isinstance(value, str) and value.strip() else value or {}
    if not isinstance(found, Mapping):
        raise PostgresError(f"postgres_{variable}: this is no dictionary: {value}. From the command line it is written as JSON")
    return dict(found)


def _label(variable: str, value: Any) -> str:
    if not LABEL.fullmatch(str(value)):
        raise PostgresError(
            f'postgres_{variable}: "{value}" cannot be a name here: up to 40 lower-case letters, digits and "-", a letter first'
        )
    return str(value)


def _size(text: str) -> int:
    size = quantity.size("postgres_size", text)
    if size < LEAST_SIZE:
        raise PostgresError(
            f'postgres_size: "{text}" is too little for a server of PostgreSQL, which needs {quantity.words(LEAST_SIZE)} when it is empty'
        )
    return size


def _identifier(variable: str, text: str, reserved: tuple[str, ...]) -> None:
    try:
        sql.name(text)
    except PostgresError as error:
        raise PostgresError(f"postgres_{variable}: {error}") from error
    if text in reserved or text.startswith("pg_"):
        raise PostgresError(f'postgres_{variable}: "{text}" is PostgreSQL\'s own. Choose another name')


def _instances(instances: int, nodes: int, topology: str) -> tuple[str, ...]:
    if instances > nodes:
        have = f"{nodes} node{' is' if nodes == 1 else 's are'}"
        raise PostgresError(
            f"postgres_instances: {instances} servers are asked for, and {have} there, for one each. Add nodes, or ask for {nodes}"
        )
    if topology == versions.CLUSTER and instances == 1:
        return ("one instance alone: nothing takes over when its node is lost",)
    if topology == versions.CLUSTER and instances == 2:
        return ("two instances: after the loss of one, rows are written no more until it is back. Use three",)
    return ()


def _synchronous(value: Any, instances: int) -> int:
    if instances == 1:
        return 0
    number = 1 if value is None else _number("synchronous", value)
    if number >= instances:
        raise PostgresError(
            f"postgres_synchronous: {number} standbys have to have each row, and {instances} instances have {instances - 1}. Ask for fewer"
        )
    return number


def _node_port(value: Any, service: str) -> int | None:
    if value in (None, ""):
        return None
    port = _number("node_port", value)
    if port not in NODE_PORTS:
        raise PostgresError(
            f"postgres_node_port: {port} is none of {NODE_PORTS.start} to {NODE_PORTS.stop - 1}, which are those of Kubernetes"
        )
    if service == "ClusterIP":
        raise PostgresError("postgres_node_port is given, and postgres_service_type ClusterIP has none. Take one of them out")
    return port
