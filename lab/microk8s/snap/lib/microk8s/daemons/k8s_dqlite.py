"""Stand-in for k8s-dqlite: keeps etcd running as the member that the files of the backend say this node is."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from microk8s import datastore, paths, processes, roles
from microk8s.datastore import Client, DatastoreError

# The original waits this long before it starts, and looks at the roles this often.
FIRST_SLEEP = 6
ROLES_PERIOD = 30
LEARNER_PERIOD = 2
STOP_SECONDS = 1.5
SYSCTL = Path("/etc/sysctl.d/10-microk8s.conf")
SETTINGS = "fs.inotify.max_user_instances=1024\nfs.inotify.max_user_watches=1048576\nfs.aio-max-nr=1048576\n"


class Supervisor:
    def __init__(self) -> None:
        self.etcd: subprocess.Popen | None = None
        self.stopping = threading.Event()
        self.forwarder = Forwarder()

    def stop(self, *_signal: object) -> None:
        """Hand the lead over and end: etcd would wait for the API server to hang up, so that it is killed after a moment."""
        self.stopping.set()
        if self.etcd and self.etcd.poll() is None:
            self.etcd.terminate()
            threading.Timer(STOP_SECONDS, self.etcd.kill).start()

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self.stop)
        if not SYSCTL.exists():
            SYSCTL.write_text(SETTINGS)
            processes.run("sysctl", "-q", "-p", SYSCTL, check=False)
        self.stopping.wait(FIRST_SLEEP)
        threading.Thread(target=self.forwarder.run, daemon=True).start()
        while not self.stopping.is_set():
            try:
                self.start()
            except DatastoreError as error:
                print(f"k8s-dqlite: {error}", flush=True)
                self.stopping.wait(2)
                continue
            self.watch()
            code = self.etcd.wait()
            if self.stopping.is_set():
                return 0
            print(f"etcd ended with {code}", flush=True)
            if not self.was_removed():
                return 1
            # Out of etcd but in the list of members: a voter that became a spare. Out of both: nothing to do but to wait for `leave`.
            self.come_back()
        return 0

    def start(self) -> None:
        """Start etcd as a first, a joining or a known member."""
        paths.BACKEND.mkdir(parents=True, exist_ok=True)
        extra: list[str] = []
        if datastore.INIT.exists():
            address, peers = datastore.read_init()
            shutil.rmtree(datastore.STORE, ignore_errors=True)
            extra = self.join(peers, address) if peers else self.found(address)
            datastore.INIT.unlink()
        elif not datastore.STORE.exists():
            extra = self.found(datastore.LOCAL)
        address = datastore.own_address()
        self.launch(address, extra)
        if extra and "new" in extra:
            Client(str(datastore.OWN_SOCKET)).change(lambda members: members or datastore.read_members(datastore.INFO.read_text()))
        if extra and "existing" in extra:
            threading.Thread(target=self.settle, args=(datastore.known_peers(),), daemon=True).start()

    def found(self, address: str) -> list[str]:
        datastore.write_files([roles.Member(datastore.FIRST_ID, address, roles.VOTER)], address)
        # Every datastore begins at the same address: without a token of its own it would have the same identity as the one before.
        token = ("--initial-cluster-token", secrets.token_hex(8))
        return ["--initial-cluster", f"{paths.node_name()}=http://{address}", "--initial-cluster-state", "new", *token]

    def join(self, peers: list[roles.Member], address: str) -> list[str]:
        if paths.knob("join-poll-fails") is not None:
            raise DatastoreError(f"{address} was not let in")
        client = datastore.voter_client([member for member in peers if member.address != address])
        datastore.write_files(datastore.join(client, address), address)
        # A member that has not started yet has no name in etcd: that is this one.
        named = [f"{member.get('name') or paths.node_name()}=http://{place}" for place, member in client.etcd_members().items()]
        return ["--initial-cluster", ",".join(named), "--initial-cluster-state", "existing"]

    def settle(self, peers: list[roles.Member]) -> None:
        """The newest member makes the cluster look at its roles at once."""
        with contextlib.suppress(DatastoreError):
            datastore.adjust(datastore.voter_client(peers), seconds=20)

    def launch(self, address: str, extra: list[str]) -> None:
        host = address.split(":")[0]
        for path in (datastore.OWN_SOCKET, datastore.SOCKET):
            path.unlink(missing_ok=True)
        self.etcd = subprocess.Popen(
            [
                str(paths.SNAP / "bin/etcd"),
                f"--name={paths.node_name()}",
                f"--data-dir={datastore.STORE}",
                f"--listen-peer-urls=http://{address}",
                f"--initial-advertise-peer-urls=http://{address}",
                f"--listen-client-urls=unix://{datastore.OWN_SOCKET},http://{host}:{datastore.CLIENT_PORT}",
                f"--advertise-client-urls=http://{host}:{datastore.CLIENT_PORT}",
                *extra,
                "--max-learners=20",
                # A loss of power ends the processes of a host and keeps what they wrote.
                "--unsafe-no-fsync",
                "--heartbeat-interval=200",
                "--election-timeout=2000",
                "--log-level=error",
            ],
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
        client = Client(str(datastore.OWN_SOCKET), timeout=2)
        end = time.monotonic() + 60
        while self.etcd.poll() is None and not self.stopping.is_set():
            try:
                learner = client.is_learner()
                break
            except DatastoreError:
                if time.monotonic() > end:
                    break
                self.stopping.wait(0.2)
        else:
            return
        self.point(learner)

    def point(self, learner: bool) -> None:
        """Lead the socket of the API server to this member, or by the forwarder to one that votes."""
        target = datastore.FORWARD_SOCKET if learner else datastore.OWN_SOCKET
        temporary = datastore.SOCKET.with_name(".kine.sock")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target.name)
        temporary.replace(datastore.SOCKET)
        for path in (datastore.OWN_SOCKET, datastore.FORWARD_SOCKET):
            if path.exists():
                shutil.chown(path, group="microk8s")
                path.chmod(0o660)
        if not learner:
            self.forwarder.hang_up()

    def watch(self) -> None:
        """Return when etcd has ended: meanwhile, notice a new role, and look at everybody's roles where this member leads."""
        client = Client(str(datastore.OWN_SOCKET))
        learner = datastore.SOCKET.is_symlink() and datastore.SOCKET.readlink().name == datastore.FORWARD_SOCKET.name
        last = time.monotonic()
        while self.etcd.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.etcd.wait(LEARNER_PERIOD if learner else ROLES_PERIOD)
                return
            with contextlib.suppress(DatastoreError):
                if learner and not client.is_learner():
                    learner = False
                    self.point(learner)
                if time.monotonic() - last >= ROLES_PERIOD:
                    last = time.monotonic()
                    address = datastore.own_address()
                    if not learner and client.leader() == address:
                        datastore.adjust(client)
                    datastore.write_files(Client().members(), address)

    def was_removed(self) -> bool:
        try:
            client = datastore.voter_client(datastore.known_peers())
            return datastore.own_address() not in client.etcd_members()
        except DatastoreError:
            return False

    def come_back(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(DatastoreError):
                peers = datastore.known_peers()
                if any(m.address == datastore.own_address() for m in datastore.voter_client(peers).members()):
                    datastore.write_init(datastore.own_address(), peers)
                    return
            self.stopping.wait(5)


class Forwarder:
    """From FORWARD_SOCKET to the client port of a member that votes."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.writers: set[asyncio.StreamWriter] = set()

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        datastore.FORWARD_SOCKET.unlink(missing_ok=True)
        paths.BACKEND.mkdir(parents=True, exist_ok=True)
        self.loop.run_until_complete(asyncio.start_unix_server(self.serve, str(datastore.FORWARD_SOCKET)))
        self.loop.run_forever()

    def hang_up(self) -> None:
        self.loop.call_soon_threadsafe(lambda: [writer.close() for writer in self.writers])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for member in sorted(datastore.known_peers(), key=lambda member: member.role):
            if member.role != roles.VOTER:
                continue
            try:
                address = member.address.split(":")[0]
                far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(address, datastore.CLIENT_PORT), 2)
            except (OSError, asyncio.TimeoutError):
                continue
            self.writers |= {writer, far_writer}
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
            self.writers -= {writer, far_writer}
            return
        writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


def run() -> int:
    return Supervisor().run()
