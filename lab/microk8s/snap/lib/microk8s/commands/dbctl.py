"""`microk8s dbctl backup|restore`: the keys of the datastore in an archive, and back. Nothing is ever deleted by it."""

from __future__ import annotations

import argparse
import base64
import tarfile
import tempfile
import time
from pathlib import Path

from microk8s import datastore
from microk8s.paths import complain, say

NO_SOCKET, NOT_READ, NOT_PACKED, NOT_UNPACKED, NOT_RESTORED = 10, 1, 2, 3, 4
SUFFIX = ".tar.gz"
# What Kubernetes keeps; the list of members beside it is the datastore's own business.
FIRST, LAST = "/registry/", "/registry0"
SECONDS = 120


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s dbctl")
    parser.add_argument("--debug", action="store_true")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("backup").add_argument("-o", dest="file", default=time.strftime("backup-%Y-%m-%d-%H-%M-%S"))
    actions.add_parser("restore").add_argument("file")
    given = parser.parse_args(arguments)
    if not datastore.SOCKET.exists():
        complain("Please make sure the datastore (k8s-dqlite) is running on this node.")
        return NO_SOCKET
    return _backup(given.file) if given.action == "backup" else _restore(given.file)


def _text(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _backup(file: str) -> int:
    name = file.removesuffix(SUFFIX)
    try:
        found = datastore.Client(timeout=SECONDS).call("kv/range", {"key": _text(FIRST), "range_end": _text(LAST)})
    except datastore.DatastoreError as error:
        complain(f"Failed to back up the datastore: {error}")
        return NOT_READ
    with tempfile.TemporaryDirectory() as scratch:
        for number, pair in enumerate(found.get("kvs", [])):
            (Path(scratch) / f"{number}.key").write_bytes(base64.b64decode(pair["key"]))
            (Path(scratch) / f"{number}.data").write_bytes(base64.b64decode(pair["value"]))
        try:
            with tarfile.open(f"{name}{SUFFIX}", "w:gz") as archive:
                archive.add(scratch, Path(name).name)
        except OSError as error:
            complain(f"Failed to pack the backup: {error}")
            return NOT_PACKED
    say(f"The backup is: {name}{SUFFIX}")
    return 0


def _restore(file: str) -> int:
    """The archive must hold a folder of its own name, so a renamed one cannot be restored; a key that fails is mentioned only."""
    name = Path(file).name.removesuffix(SUFFIX)
    pairs = {}
    try:
        with tarfile.open(file) as archive:
            for member in archive.getmembers():
                if member.isfile() and Path(member.name).parent == Path(name):
                    pairs[member.name] = archive.extractfile(member).read()
    except (OSError, tarfile.TarError) as error:
        complain(f"Failed to unpack {file}: {error}")
        return NOT_UNPACKED
    if not pairs:
        complain(f"{file} does not hold a folder {name}")
        return NOT_UNPACKED
    client = datastore.Client(timeout=SECONDS)
    try:
        client.call("maintenance/status")
    except datastore.DatastoreError as error:
        complain(f"Failed to restore the datastore: {error}")
        return NOT_RESTORED
    for path, key in pairs.items():
        if path.endswith(".key"):
            _put(client, key, pairs.get(path.removesuffix("key") + "data", b""))
    return 0


def _put(client: datastore.Client, key: bytes, value: bytes) -> None:
    try:
        client.call("kv/put", {"key": base64.b64encode(key).decode(), "value": base64.b64encode(value).decode()})
    except datastore.DatastoreError as error:
        complain(f"{key.decode(errors='replace')}: {error}")
