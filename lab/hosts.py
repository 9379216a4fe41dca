"""The virtual hosts: made, switched on and off, cut from the network, thrown away."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import re
import shutil
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cards
import image
import web
from firmware.boards import BOARDS
from firmware.releases import RELEASES
from machine import FLEET, HOME, PROGRESS_SECONDS, LabError, cgroup_version, open_files, podman, run, say

PREFIX = f"pikube-{FLEET}-"
NETWORK = f"pikube-{FLEET}"
SUBNET = f"10.213.{47 if FLEET == 'lab' else 48 + zlib.crc32(FLEET.encode()) % 200}"
WEB = f"{SUBNET}.5"
BOOT_SECONDS = 180
DEAD = "the host stays dead"  # firmware/supervisor.py, after a crash
KEY = HOME / FLEET / "ssh" / "id_ed25519"
KNOWN_HOSTS = KEY.with_name("known_hosts")
FIRMWARE = Path(__file__).parent / "firmware"


@dataclass(frozen=True)
class Host:
    """One host: the name it has in the inventory (not the one it gives itself), its board and release, and its address."""

    name: str
    board: str
    release: str
    number: int
    sudo: str = "nopasswd"
    group: str = "control_plane"

    @classmethod
    def parse(cls, text: str, number: int) -> Host:
        """Read NAME=BOARD/RELEASE[,sudo=password][,worker], raising LabError that lists what there is."""
        match = re.fullmatch(r"([a-z0-9-]+)=([^/,]+)/([^,]+)(,sudo=password)?(,worker)?", text)
        if not match:
            raise LabError(f"{text!r} is not NAME=BOARD/RELEASE, for example pi01=4b-8gb/raspios-trixie")
        name, board, release, sudo, worker = match.groups()
        for value, table, what in ((board, BOARDS, "board"), (release, RELEASES, "release")):
            if value not in table:
                raise LabError(f"{name}: there is no {what} {value!r}; the table has {', '.join(table)}")
        return cls(name, board, release, number, "password" if sudo else "nopasswd", "workers" if worker else "control_plane")

    @property
    def container(self) -> str:
        return PREFIX + self.name

    @property
    def folder(self) -> Path:
        return HOME / FLEET / "hosts" / self.name

    @property
    def address(self) -> str:
        return f"{SUBNET}.{10 + self.number}"

    @property
    def user(self) -> str:
        return RELEASES[self.release].user

    def description(self) -> dict:
        return {
            "name": self.name,
            "container": self.container,
            "board": self.board,
            "release": self.release,
            "number": self.number,
            "sudo": self.sudo,
            "group": self.group,
            "user": self.user,
            "address": self.address,
            "prefix": 24,
            "mac": f"dc:a6:32:{int(SUBNET.split('.')[2]):02x}:00:{self.number:02x}",
            "gateway": f"{SUBNET}.1",
            "authorized_key": KEY.with_suffix(".pub").read_text(),
            "disks": [{"gib": 240, "model": "Portable SSD", "rotational": "0"}],
        }


def known() -> list[Host]:
    """The hosts that exist, by number."""
    return described((HOME / FLEET / "hosts").glob("*/host.json"))


def described(cards: Iterable[Path]) -> list[Host]:
    """The hosts that cards were flashed for, by number."""
    found = [json.loads(path.read_text()) for path in cards]
    return sorted(
        (Host(**{key: entry[key] for key in ("name", "board", "release", "number", "sudo", "group") if key in entry}) for entry in found),
        key=lambda host: host.number,
    )


def find(name: str) -> Host:
    for host in known():
        if host.name == name:
            return host
    raise LabError(f"there is no host {name}; there are: {', '.join(host.name for host in known()) or 'none (lab/lab up makes some)'}")


def running(host: Host) -> bool:
    return podman("inspect", "--format", "{{.State.Running}}", host.container, check=False) == "true"


def prepare_machine() -> None:
    """What all hosts share: a key to log in with, a network, forwarding, and enough watches of files for all their kubelets."""
    if not KEY.exists():
        KEY.parent.mkdir(parents=True, exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "pikube-lab", "-f", str(KEY))
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")
    for name, least in (("max_user_instances", 8192), ("max_user_watches", 1048576)):
        path = Path("/proc/sys/fs/inotify") / name
        if int(path.read_text()) < least:
            path.write_text(f"{least}\n")
    if NETWORK not in podman("network", "ls", "--format", "{{.Name}}").splitlines():
        podman("network", "create", "--subnet", f"{SUBNET}.0/24", "--gateway", f"{SUBNET}.1", NETWORK)


def create(host: Host) -> None:
    """Flash a card and put it into a board that is off."""
    remove(host.name)
    reference = image.build(RELEASES[host.release].base)
    site = {"name": web.NAME, "address": WEB, "certificate": web.certificate()}
    cards.flash(host.folder, {**host.description(), "site": site})
    assemble(host, reference)


def assemble(host: Host, reference: str) -> None:
    """Put a card that is there into a board; the root file system begins as an image is."""
    shutil.rmtree(host.folder / "firmware", ignore_errors=True)
    shutil.copytree(FIRMWARE, host.folder / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    limit = open_files()
    podman(
        "create",
        "--name",
        host.container,
        "--privileged",
        "--cgroupns",
        "private" if cgroup_version() == 2 else "host",
        "--pids-limit",
        "-1",
        "--ulimit",
        f"nofile={limit}:{limit}",
        "--ulimit",
        "nproc=30000:30000",
        "--network",
        NETWORK,
        "--ip",
        host.address,
        "--mac-address",
        host.description()["mac"],
        "--no-hosts",
        "--volume",
        f"{host.folder}:/card",
        "--volume",
        f"{host.container}-snap:/var/snap",
        reference,
        "python3",
        "/card/firmware/supervisor.py",
    )


def thaw(container: str) -> None:
    """Let a frozen boot partition go on: nothing that waits for it can end before."""
    for group in Path("/proc").glob("[0-9]*/cgroup"):
        with contextlib.suppress(OSError):
            if f"/{container}\n" in group.read_text() or f"/{container}/" in group.read_text():
                run("fsfreeze", "--unfreeze", str(group.with_name("root") / "boot/firmware"), check=False)
                return


def remove(name: str) -> None:
    container = PREFIX + name
    thaw(container)
    podman("rm", "--force", "--time", "0", "--ignore", container)
    podman("volume", "rm", "--force", f"{container}-snap", check=False)
    shutil.rmtree(HOME / FLEET / "hosts" / name, ignore_errors=True)


def power_on(*hosts: Host) -> None:
    """Switch hosts on and return when each answers over ssh."""
    with concurrent.futures.ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(lambda host: podman("start", host.container), hosts))
    wait(hosts)


def power_off(host: Host) -> None:
    """Power loss: first the link, then the processes, so that no connection is closed and peers wait as for a Pi without power."""
    if running(host):
        run("ip", "link", "set", _machine_side(host), "down")
        thaw(host.container)
        podman("kill", host.container)


def crash(host: Host) -> None:
    """All processes end at once; the kernel of a peer is told, as its connections are closed."""
    podman("kill", host.container)


def reboot(host: Host) -> None:
    """An orderly restart; returns when the host answers again with a new boot id."""
    boot_id = ssh_command(host, "cat /proc/sys/kernel/random/boot_id")
    before = run(*boot_id, quiet=True)
    podman("kill", "--signal", "USR1", host.container)
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end:
        time.sleep(0.5)
        try:
            if run(*boot_id, quiet=True) != before:
                break
        except LabError:
            continue
    wait((host,))


def cut(host: Host, up: bool = False) -> None:
    """Pull the network cable, or put it back; addresses and processes stay."""
    run("ip", "link", "set", _machine_side(host), "up" if up else "down")


def _machine_side(host: Host) -> str:
    """The name of the machine's end of the host's cable."""
    pid = podman("inspect", "--format", "{{.State.Pid}}", host.container)
    number = _iflink(pid)
    for line in run("ip", "-o", "link", "show").splitlines():
        index, name = line.split(": ")[:2]
        if index == number:
            return name.split("@")[0]
    raise LabError(f"{host.name}: no link of this machine leads to it; is it on? (lab/lab status)")


def _iflink(pid: str) -> str:
    """Index of the peer of eth0 in the network namespace of a process."""
    line = run("nsenter", "-t", pid, "-n", "ip", "-o", "link", "show", "eth0")
    return re.search(r"eth0@if(\d+)", line)[1]


def ssh_command(host: Host, *command: str) -> list[str]:
    return [
        "ssh",
        "-i",
        str(KEY),
        "-o",
        f"UserKnownHostsFile={KNOWN_HOSTS}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "ConnectTimeout=2",
        "-o",
        "BatchMode=yes",
        f"{host.user}@{host.address}",
        *command,
    ]


def scan_keys(*hosts: Host) -> None:
    """Write down the host keys that hosts show now, as somebody does who stands beside them."""
    lines = KNOWN_HOSTS.read_text().splitlines() if KNOWN_HOSTS.exists() else []
    ours = {host.address for host in hosts}
    kept = [line for line in lines if line and line.split()[0] not in ours]
    found = run("ssh-keyscan", "-T", "5", "-t", "ed25519", *sorted(ours), quiet=True, check=False).splitlines()
    KNOWN_HOSTS.write_text("\n".join([*kept, *found]) + "\n")


def wait(hosts: tuple[Host, ...]) -> None:
    """Wait until each host answers over ssh with its system up."""
    begin = last = time.monotonic()
    waiting = {host.name: host for host in hosts}
    while waiting:
        for name, host in list(waiting.items()):
            scan_keys(host)
            try:
                state = run(*ssh_command(host, "systemctl is-system-running || true"), quiet=True)
            except LabError:
                if DEAD in console(host, 1):
                    raise LabError(f"{name} did not boot; its console says:\n{console(host)}") from None
                continue
            if state in ("running", "degraded"):
                waiting.pop(name)
        now = time.monotonic()
        if waiting and now - begin > BOOT_SECONDS:
            name, host = next(iter(waiting.items()))
            raise LabError(f"{name} did not boot within {BOOT_SECONDS} s; its console says:\n{console(host)}")
        if waiting and now - last >= PROGRESS_SECONDS:
            last = now
            say(f"waiting for {', '.join(waiting)} to boot: {now - begin:.0f} s")
        time.sleep(0.3)


def console(host: Host, lines: int = 12) -> str:
    return run("sh", "-c", f"podman logs --tail {lines} {host.container} 2>&1", check=False)
