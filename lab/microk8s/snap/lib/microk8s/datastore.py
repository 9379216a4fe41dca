"""The datastore of the control plane: etcd in the place of dqlite, behind the same files, port and socket.

The members and their roles as dqlite would list them are one value in the store. A voter is a voting member of etcd, a stand-by or a spare
is a learner; etcd cannot make a learner of a voter, so that one is taken out and comes back by itself.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, replace

from microk8s import paths, roles
from microk8s.roles import Member

SOCKET = paths.BACKEND / "kine.sock:12379"
# Where etcd itself listens, and where the way to a voter begins on a node that does not vote; SOCKET is a link to one of them.
OWN_SOCKET = paths.BACKEND / "member.sock:12379"
FORWARD_SOCKET = paths.BACKEND / "forward.sock:12379"
STORE = paths.BACKEND / "store"
INFO, CLUSTER, INIT = (paths.BACKEND / name for name in ("info.yaml", "cluster.yaml", "init.yaml"))
MEMBERS_KEY = "/microk8s/members"
LOCAL = f"127.0.0.1:{paths.DATASTORE_PORT}"
CLIENT_PORT = 19002
FIRST_ID = 3297041220608546238


def _log(text: str) -> None:
    """Into the journal of the daemon; a command says nothing of it."""
    if "JOURNAL_STREAM" in os.environ:
        print(text, flush=True)


class DatastoreError(Exception):
    """The datastore did not answer, or refused."""


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


class Client:
    """Requests to etcd by its JSON gateway; endpoint is the path of a socket or the address of a member (IP:19001)."""

    def __init__(self, endpoint: str = str(SOCKET), timeout: float = 4) -> None:
        self.endpoint, self.timeout = endpoint, timeout

    def call(self, path: str, body: dict | None = None) -> dict:
        if self.endpoint.startswith("/"):
            connection: http.client.HTTPConnection = _UnixConnection(self.endpoint, timeout=self.timeout)
            connection.host = self.endpoint
        else:
            connection = http.client.HTTPConnection(self.endpoint.split(":")[0], CLIENT_PORT, timeout=self.timeout)
        try:
            connection.request("POST", f"/v3/{path}", json.dumps(body or {}), {"Content-Type": "application/json", "Host": "localhost"})
            answer = connection.getresponse()
            text = answer.read().decode()
            value = json.loads(text or "{}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DatastoreError(f"{path} at {self.endpoint}: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise DatastoreError(f"{path} at {self.endpoint}: {value.get('message') or text[:200]}")
        return value

    def etcd_members(self) -> dict[str, dict]:
        """Members of etcd by address (IP:19001)."""
        found = self.call("cluster/member/list").get("members", [])
        return {url.split("//")[1]: member for member in found for url in member.get("peerURLs", ())}

    def table(self) -> tuple[list[Member], int]:
        """The members as dqlite would list them, and the revision of that list (0: there is none)."""
        found = self.call("kv/range", {"key": _text(MEMBERS_KEY)}).get("kvs", [])
        if not found:
            return [], 0
        entries = json.loads(base64.b64decode(found[0]["value"]))
        return [Member(**entry) for entry in entries], int(found[0]["mod_revision"])

    def members(self) -> list[Member]:
        return self.table()[0]

    def change(self, edit: Callable[[list[Member]], list[Member]]) -> list[Member]:
        """Write the list of members as edit() makes it of the one that is there; repeated when somebody else was faster."""
        for _attempt in range(20):
            before, revision = self.table()
            after = edit(before)
            entries = []
            for member in after:
                entry = asdict(member)
                entry.pop("online")
                entries.append(entry)
            compare = {"key": _text(MEMBERS_KEY), "target": "MOD", "mod_revision": str(revision)}
            put = {"request_put": {"key": _text(MEMBERS_KEY), "value": _text(json.dumps(entries))}}
            if self.call("kv/txn", {"compare": [compare], "success": [put]}).get("succeeded"):
                return after
            time.sleep(secrets.randbelow(1000) / 1000)
        raise DatastoreError("the list of members changed all the while")

    def leader(self) -> str:
        """Address of the leader, empty when there is none."""
        identifier = self.call("maintenance/status").get("leader")
        return next((address for address, member in self.etcd_members().items() if member["ID"] == identifier), "")

    def is_learner(self) -> bool:
        return bool(self.call("maintenance/status").get("isLearner"))


def _text(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# The files that show the member: info.yaml is this one, cluster.yaml all of them.


def entry_text(member: Member) -> str:
    return f"Address: {member.address}\nID: {member.id}\nRole: {member.role}\n"


def write_files(members: list[Member], own: str) -> None:
    """info.yaml and cluster.yaml, written where they differ."""
    texts = [(CLUSTER, "".join("- " + entry_text(m).replace("\n", "\n  ").rstrip(" ") for m in members))]
    texts += [(INFO, entry_text(m)) for m in members if m.address == own]
    for path, text in texts:
        if not path.exists() or path.read_text() != text:
            paths.write(path, text)


def write_init(address: str, peers: list[Member]) -> None:
    """What the daemon does when it starts next: join these members, or without any found a datastore of its own."""
    entries = "".join(f"- {member.address}\n" for member in peers)
    paths.write(INIT, (f"Cluster:\n{entries}" if peers else "") + f"Address: {address}\n")


def read_init() -> tuple[str, list[Member]]:
    text = INIT.read_text()
    peers = [Member(0, address, roles.VOTER) for address in re.findall(r"^\s*- (\S+)", text, re.M)]
    return re.search(r"^Address:\s*(\S+)", text, re.M)[1], peers


def read_members(text: str) -> list[Member]:
    """The members of info.yaml or cluster.yaml."""
    entries = re.findall(r"Address:\s*(\S+)\s+ID:\s*(\d+)\s+Role:\s*(\d)", text)
    return [Member(int(identifier), address, int(role)) for address, identifier, role in entries]


def own_address() -> str:
    """IP:19001 of this node, empty without a datastore."""
    found = re.search(r"Address:\s*(\S+)", INFO.read_text()) if INFO.exists() else None
    return found[1] if found else ""


def known_peers() -> list[Member]:
    own = own_address()
    return [m for m in read_members(CLUSTER.read_text()) if m.address != own] if CLUSTER.exists() else []


def answers(address: str, timeout: float = 1.5) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout).close()
    except OSError:
        return False
    return True


def domain() -> int:
    """The failure domain of this node, args/ha-conf as copied to the backend."""
    with contextlib.suppress(OSError, ValueError):
        return int((paths.BACKEND / "failure-domain").read_text())
    return 0


def probed(members: list[Member]) -> list[Member]:
    return [replace(member, online=answers(member.address)) for member in members]


def voter_client(peers: list[Member]) -> Client:
    """A client of the first voter that answers; raises DatastoreError."""
    for member in sorted(peers, key=lambda member: member.role):
        client = Client(member.address)
        try:
            if not client.is_learner() and client.members():
                return client
        except DatastoreError:
            continue
    raise DatastoreError(f"no member of the datastore answers: {', '.join(m.address for m in peers) or 'none is known'}")


def join(client: Client, address: str) -> list[Member]:
    """Add this node to the members; returns them all. Repeating it changes nothing."""
    _clear_etcd(client, address)
    _patiently(lambda: client.call("cluster/member/add", {"peerURLs": [f"http://{address}"], "isLearner": True}))

    def edit(members: list[Member]) -> list[Member]:
        if any(member.address == address for member in members):
            return [replace(m, role=roles.SPARE) if m.address == address else m for m in members]
        identifier = max(member.id for member in members) + 1 + secrets.randbelow(2**40)
        return [*members, Member(identifier, address, roles.SPARE, domain=domain())]

    return client.change(edit)


def leave(client: Client, address: str) -> None:
    """Take a member out for good."""
    client.change(lambda members: [member for member in members if member.address != address])
    _clear_etcd(client, address)
    adjust(client)


def _clear_etcd(client: Client, address: str) -> None:
    found = client.etcd_members().get(address)
    if found:
        _patiently(lambda: client.call("cluster/member/remove", {"ID": found["ID"]}))


def _patiently(action: Callable[[], object], seconds: float = 15) -> None:
    """etcd refuses a change of members while the last one is not through, or a peer has only just come."""
    end = time.monotonic() + seconds
    while True:
        try:
            action()
            return
        except DatastoreError as error:
            if time.monotonic() > end or "not found" in str(error):
                raise
            time.sleep(0.5)


def rebind(address: str) -> None:
    """Give the only member another address; the daemon has to be restarted then."""
    client = Client(str(OWN_SOCKET))
    (found,) = client.etcd_members().values()
    client.call("cluster/member/update", {"ID": found["ID"], "peerURLs": [f"http://{address}"]})
    write_files(client.change(lambda members: [replace(member, address=address) for member in members]), address)


def adjust(client: Client, seconds: float = 0) -> None:
    """Change roles until they are as they should be; what cannot be done yet is tried again for that many seconds."""
    if paths.knob("no-role-change") is not None:
        return
    end = time.monotonic() + seconds
    for _attempt in range(40):
        try:
            leader = client.leader()
            change = roles.next_change(probed(client.members()), leader)
            if change is None:
                return
            _apply(client, change)
        except DatastoreError as error:
            if time.monotonic() > end:
                _log(f"roles: {error}")
                return
            time.sleep(1)


def _apply(client: Client, change: roles.Change) -> None:
    address = change.member.address
    found = client.etcd_members().get(address, {})
    _log(f"roles: {address} becomes {roles.NAMES[change.role]}")
    if change.role == roles.VOTER and found.get("isLearner"):
        client.call("cluster/member/promote", {"ID": found["ID"]})
    elif change.role != roles.VOTER and found and not found.get("isLearner"):
        # It finds itself out of etcd but in the list, and comes back as a learner.
        client.call("cluster/member/remove", {"ID": found["ID"]})
    client.change(lambda members: [replace(m, role=change.role) if m.address == address else m for m in members])
