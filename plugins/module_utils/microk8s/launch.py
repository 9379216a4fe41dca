# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MicroK8s' launch configuration, which its install hook applies. What is wrong with it is said before it breaks an install."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

VERSIONS = ("0.1.0", "0.2.0")
TOKEN_LENGTH = 32
TEXT, ARGUMENTS, ADDONS, REPOSITORIES, NAMES, FILES, JOIN = "text", "arguments", "addons", "repositories", "names", "files", "join"


class Key(NamedTuple):
    """shape: what the value has to be. secret: values that nobody may see. What is in files for registries may hold passwords."""

    name: str
    shape: str
    secret: bool = False


# Source: canonical/microk8s-cluster-agent, pkg/k8sinit/schema.go
_ARGUMENT_KEYS = (
    "extraKubeletArgs",
    "extraKubeAPIServerArgs",
    "extraKubeProxyArgs",
    "extraKubeControllerManagerArgs",
    "extraKubeSchedulerArgs",
    "extraKubeliteEnv",
    "extraContainerdArgs",
    "extraContainerdEnv",
    "extraDqliteArgs",
    "extraDqliteEnv",
    "extraMicroK8sClusterAgentArgs",
    "extraMicroK8sClusterAgentEnv",
    "extraMicroK8sAPIServerProxyArgs",
    "extraMicroK8sAPIServerProxyEnv",
    "extraEtcdArgs",
    "extraEtcdEnv",
    "extraFlanneldArgs",
    "extraFlanneldEnv",
    "extraFIPSEnv",
    "extraCNIEnv",
)
KEYS = {
    key.name: key
    for key in (
        Key("version", TEXT),
        Key("addons", ADDONS),
        Key("addonRepositories", REPOSITORIES),
        Key("persistentClusterToken", TEXT, secret=True),
        Key("join", JOIN, secret=True),
        Key("extraSANs", NAMES),
        Key("containerdRegistryConfigs", FILES, secret=True),
        Key("extraConfigFiles", FILES, secret=True),
        *(Key(name, ARGUMENTS) for name in _ARGUMENT_KEYS),
    )
}


def _fail(place: str, what: str) -> None:
    raise MicroK8sError(f"launch configuration, {place}: {what}. MicroK8s would not install with it.")


def _check_map(place: str, value: Any, null: bool) -> None:
    if not isinstance(value, Mapping):
        _fail(place, f"a mapping is wanted, this is {_called(value)}")
    for key, entry in value.items():
        if isinstance(entry, (Mapping, list)) or (entry is None and not null):
            _fail(f"{place}.{key}", f"a text is wanted, this is {_called(entry)}")


def _check_rows(place: str, value: Any, known: Sequence[str]) -> None:
    if not isinstance(value, list):
        _fail(place, f"a list is wanted, this is {_called(value)}")
    for number, row in enumerate(value, 1):
        if not isinstance(row, Mapping) or not row.get("name"):
            _fail(f"{place}[{number}]", 'each entry is a mapping with "name"')
        unknown = sorted(set(row) - set(known))
        if unknown:
            _fail(f"{place}[{number}]", f"{', '.join(unknown)} is not known; {', '.join(known)} are")


def _check(place: str, key: Key, value: Any) -> None:
    if key.shape == TEXT and (isinstance(value, (Mapping, list)) or value is None):
        _fail(place, f"a text is wanted, this is {_called(value)}")
    elif key.shape in (ARGUMENTS, FILES):
        _check_map(place, value, null=key.shape == ARGUMENTS)
    elif key.shape == ADDONS:
        _check_rows(place, value, ("name", "disable", "args"))
    elif key.shape == REPOSITORIES:
        _check_rows(place, value, ("name", "url", "reference"))
    elif key.shape == NAMES and value is not None and not isinstance(value, list):
        _fail(place, f"a list is wanted, this is {_called(value)}")
    elif key.shape == JOIN:
        _fail(place, "nodes are joined one after the other by the role, with a token of their own; leave it out")
    if key.name == "persistentClusterToken" and len(str(value)) < TOKEN_LENGTH:
        _fail(place, f"joins refuse tokens of fewer than {TOKEN_LENGTH} characters, this one has {len(str(value))}")


def _called(value: Any) -> str:
    if value is None:
        return "empty"
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "something else")


def check(documents: Any) -> list[dict[str, Any]]:
    """The documents, if MicroK8s would take them. One document may stand without a list around it. Raises MicroK8sError."""
    found = [documents] if isinstance(documents, Mapping) else documents
    if not isinstance(found, list) or not found:
        raise MicroK8sError("launch configuration: a mapping is wanted, or a list of them. Nothing of it would be applied.")
    for number, document in enumerate(found, 1):
        place = f"document {number}"
        if not isinstance(document, Mapping):
            _fail(place, f"a mapping is wanted, this is {_called(document)}")
        if "version" not in document:
            _fail(place, f'"version" is missing; write version: {VERSIONS[0]}')
        if str(document["version"]) not in VERSIONS:
            _fail(place, f"version {document['version']} is not known; {' and '.join(VERSIONS)} are")
        for name, value in document.items():
            if name not in KEYS:
                _fail(place, f'"{name}" is not a key. Known keys: {", ".join(KEYS)}')
            _check(f"{place}, {name}", KEYS[name], value)
    return [dict(document) for document in found]


def warnings(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """What installs well and is not what people expect: a configuration of one's own replaces MicroK8s' default one."""
    addons = [
        row.get("name", "").rpartition("/")[2] for document in documents for row in document.get("addons") or () if not row.get("disable")
    ]
    flags = {flag for document in documents for flag in document.get("extraKubeletArgs") or ()}
    found = []
    if "dns" not in addons:
        found.append("launch configuration: the add-on dns is not listed, so pods will not resolve names until it is enabled")
    elif not {"--cluster-dns", "--cluster-domain"} <= flags:
        found.append(
            "launch configuration: --cluster-dns and --cluster-domain are not both in extraKubeletArgs: the add-on dns restarts kubelite"
        )
    return found


def secrets(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every text in the documents that nobody may see."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, Mapping):
            for part in value.values():
                collect(part)
        elif isinstance(value, str) and value:
            found.append(value)

    for document in documents:
        for name, value in document.items():
            if name in KEYS and KEYS[name].secret:
                collect(value)
    return found


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value if isinstance(value, (int, float)) else str(value), ensure_ascii=False)


# Words that YAML 1.1 takes for no text, in whatever case.
NO_TEXT = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")


def _key(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name) and name.lower() not in NO_TEXT
    return name if plain else json.dumps(name)


def _block(value: Any, indent: int) -> list[str]:
    pad = "  " * indent
    rows: list[str] = []
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(part, (Mapping, list)) and part:
                rows += [f"{pad}{_key(str(name))}:", *_block(part, indent + 1)]
            else:
                rows.append(f"{pad}{_key(str(name))}: {_flat(part)}")
    else:
        for part in value:
            if isinstance(part, Mapping) and part:
                first, *rest = _block(part, indent + 1)
                rows += [f"{pad}- {first.lstrip()}", *rest]
            else:
                rows.append(f"{pad}- {_flat(part)}")
    return rows


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, list) else _scalar(value)


def render(documents: Any) -> str:
    """The text of the file. Values of arguments are texts: true is written "true". Raises MicroK8sError as check does."""
    texts = []
    for document in check(documents):
        plain = {
            name: {flag: _argument(value) for flag, value in part.items()} if KEYS[name].shape == ARGUMENTS else part
            for name, part in document.items()
        }
        texts.append("---\n" + "\n".join(_block({"version": str(plain.pop("version")), **plain}, 0)) + "\n")
    return "".join(texts)


def _argument(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse(text: str) -> list[dict[str, Any]] | None:
    """The documents of a text, checked; None where no PyYAML is there to read it. Raises MicroK8sError."""
    try:
        import yaml
    except ImportError:
        return None
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "somewhere"
        # The error's own text would quote the line, with whatever secret is in it.
        raise MicroK8sError(
            f"launch configuration, {place}: this is not YAML ({getattr(error, 'problem', None) or 'cannot be read'})."
        ) from None
    return check(documents)
