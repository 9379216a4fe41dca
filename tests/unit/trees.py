# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of /proc, /sys, /boot and /etc as Raspberry Pis have them, and what their commands print, made from two short tables.

A tree is a real folder: facts are read from it by the code that reads a node.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import UNITS

MIB = 1024 * 1024
GIB_SECTORS = 2 * 1024 * 1024
SERIAL = "10000000a1b2c3d4"
MACHINE_ID = "3d1219c7c4c5404aaa1f6d2a48adfda4"
ADDRESS = "192.0.2.12"
INITIATOR = "iqn.2004-10.com.ubuntu:01:8c5f2e6a91d4"


class TreeBoard(NamedTuple):
    """One board. memory_total_kib: MemTotal under a 64-bit kernel. ethernet: platform device and driver, None without a socket."""

    model: str
    revision: str
    id: str
    soc: str
    memory_mib: int
    memory_total_kib: int
    capable_64bit: bool
    ethernet: tuple[str, str] | None = ("platform/scb/fd580000.ethernet", "bcmgenet")
    wifi: bool = True


USB_ETHERNET = ("platform/soc/3f980000.usb/usb1/1-1/1-1.1/1-1.1:1.0", "smsc95xx")
RP1_ETHERNET = ("platform/axi/1f00100000.ethernet", "macb")
BOARDS = {
    "2b-1.1": TreeBoard("Raspberry Pi 2 Model B Rev 1.1", "a01041", "2b", "BCM2836", 1024, 944032, False, USB_ETHERNET, wifi=False),
    "2b-1.2": TreeBoard("Raspberry Pi 2 Model B Rev 1.2", "a22042", "2b", "BCM2837", 1024, 943236, True, USB_ETHERNET, wifi=False),
    "3b+": TreeBoard("Raspberry Pi 3 Model B Plus Rev 1.3", "a020d3", "3b+", "BCM2837", 1024, 927512, True, (USB_ETHERNET[0], "lan78xx")),
    "4b-2gb": TreeBoard("Raspberry Pi 4 Model B Rev 1.5", "b03115", "4b", "BCM2711", 2048, 1893976, True),
    "4b-4gb": TreeBoard("Raspberry Pi 4 Model B Rev 1.5", "c03115", "4b", "BCM2711", 4096, 3886140, True),
    "4b-8gb": TreeBoard("Raspberry Pi 4 Model B Rev 1.4", "d03114", "4b", "BCM2711", 8192, 7998772, True),
    "5-8gb": TreeBoard(
        "Raspberry Pi 5 Model B Rev 1.0", "d04170", "5", "BCM2712", 8192, 8256016, True, ("platform/axi/1f00100000.ethernet", "macb")
    ),
    "zero2w": TreeBoard("Raspberry Pi Zero 2 W Rev 1.0", "902120", "zero2w", "BCM2837", 512, 435152, True, None),
    "cm4": TreeBoard("Raspberry Pi Compute Module 4 Rev 1.0", "c03140", "cm4", "BCM2711", 4096, 3886140, True),
}


class TreeRelease(NamedTuple):
    """One release. identity: VERSION_ID and VERSION_CODENAME. userland: as dpkg says. running: units that are enabled and active."""

    id: str
    family: str
    identity: tuple[str, str]
    kernel: str
    userland: str
    running: tuple[str, ...]
    backend: str
    swap_mechanism: str | None
    boot: str = "/boot/firmware"
    os_prefix: str = ""
    os_id: str = "debian"
    mark: str = "etc/rpi-issue"
    ethernet: str = "eth0"
    wifi: str = "wlan0"


TIMESYNCD = "systemd-timesyncd.service"
NM = "NetworkManager.service"
NETWORKD = "systemd-networkd.service"
DPHYS = "dphys-swapfile.service"
_BULLSEYE = TreeRelease(
    "raspios-bullseye",
    "raspberrypios",
    ("11", "bullseye"),
    "6.1.21-v8+",
    "arm64",
    (TIMESYNCD, "dhcpcd.service", DPHYS),
    "dhcpcd",
    "dphys-swapfile",
    boot="/boot",
)
_BOOKWORM = _BULLSEYE._replace(
    id="raspios-bookworm",
    identity=("12", "bookworm"),
    kernel="6.6.51+rpt-rpi-v8",
    running=(TIMESYNCD, NM, DPHYS),
    backend="networkmanager",
    boot="/boot/firmware",
)
_TRIXIE = _BOOKWORM._replace(
    id="raspios-trixie",
    identity=("13", "trixie"),
    kernel="6.12.47+rpt-rpi-v8",
    running=(TIMESYNCD, NM),
    backend="netplan-networkmanager",
    swap_mechanism="rpi-swap",
    mark="etc/apt/sources.list.d/raspi.sources",
)
_UBUNTU = TreeRelease(
    "ubuntu-22.04",
    "ubuntu",
    ("22.04", "jammy"),
    "5.15.0-1061-raspi",
    "arm64",
    (TIMESYNCD, NETWORKD, "unattended-upgrades.service"),
    "netplan-networkd",
    None,
    os_id="ubuntu",
    mark="",
)
RELEASES = {
    "raspios-bullseye": _BULLSEYE,
    "raspios-bullseye-32": _BULLSEYE._replace(userland="armhf", os_id="raspbian"),
    "raspios-bookworm": _BOOKWORM,
    "raspios-bookworm-32": _BOOKWORM._replace(userland="armhf", os_id="raspbian"),
    "raspios-trixie": _TRIXIE,
    "raspios-trixie-32": _TRIXIE._replace(userland="armhf", os_id="raspbian"),
    "ubuntu-22.04": _UBUNTU,
    "ubuntu-24.04": _UBUNTU._replace(id="ubuntu-24.04", identity=("24.04", "noble"), kernel="6.8.0-1018-raspi"),
    "ubuntu-25.10": _UBUNTU._replace(
        id="ubuntu-25.10",
        identity=("25.10", "questing"),
        kernel="6.17.0-1005-raspi",
        os_prefix="current/",
        ethernet="end0",
        wifi="wld0",
        running=("chrony.service", "chronyd.service", *_UBUNTU.running[1:]),
    ),
}


def public_key(kind: str, seed: str) -> str:
    """A public key file as sshd has it; the key is well formed and belongs to nobody."""
    name = kind.encode()
    body = hashlib.sha256(seed.encode()).digest()
    blob = len(name).to_bytes(4, "big") + name + len(body).to_bytes(4, "big") + body
    return f"{kind} {base64.b64encode(blob).decode()} root@{seed}\n"


@dataclass
class Tree:
    """A node's files under root, and what its commands print. asked: the commands that were run."""

    root: Path
    commands: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    units: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    signatures: dict[str, list[str]] = field(default_factory=dict)

    def source(self) -> Source:
        return Source(self.run, str(self.root))

    def run(self, argv: list[str]) -> tuple[int, str, str]:
        self.asked.append(argv)
        if argv[0] == "systemctl" and self.units is not None:
            return 0, "\n".join(self._unit(name) for name in argv if name in UNITS), ""
        if argv[0] == "wipefs" and "wipefs" not in self.commands:
            found = self.signatures.get(argv[-1], [])
            return 0, json.dumps({"signatures": [{"device": Path(argv[-1]).name, "type": kind} for kind in found]}), ""
        try:
            return self.commands[argv[0]]
        except KeyError:
            raise FileNotFoundError(argv[0]) from None

    def _unit(self, name: str) -> str:
        load, active, state = self.units.get(name, ("not-found", "inactive", ""))
        return f"LoadState={load}\nActiveState={active}\nUnitFileState={state}\n"

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def write(self, name: str, content: str | bytes) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def append(self, name: str, text: str) -> None:
        with self.path(name).open("a", encoding="utf-8") as file:
            file.write(text)

    def remove(self, name: str) -> None:
        self.path(name).unlink()

    def link(self, name: str, target: str) -> None:
        """A relative link to a path of the node."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(Path("/".join([".."] * (len(path.relative_to(self.root).parts) - 1))) / target.lstrip("/"))

    def mount(self, point: str, device: str, kind: str, source: str, options: str = "rw") -> None:
        number = 30 + len(self.path("/proc/self/mountinfo").read_text().splitlines())
        self.append("/proc/self/mountinfo", f"{number} 1 {device} / {point} rw,relatime shared:{number} - {kind} {source} {options}\n")
        self.path(point).mkdir(parents=True, exist_ok=True)

    def block(
        self,
        name: str,
        way: str,
        device: str,
        sectors: int,
        files: dict[str, str] | None = None,
        parts: dict[str, str] | None = None,
        folder: str = "block",
    ) -> None:
        """A disk at a way below /sys/devices. files: below the disk ("device/type"). parts: partition -> number of its device."""
        home = f"/sys/devices/{way}/{folder}/{name}".replace("//", "/")
        self.write(f"{home}/dev", f"{device}\n")
        self.write(f"{home}/size", f"{sectors}\n")
        values = {"ro": "0", "removable": "0", "queue/rotational": "0", **(files or {})}
        for part, number in (parts or {}).items():
            values |= {f"{part}/dev": number, f"{part}/size": str(sectors // 2), f"{part}/partition": part[-1], f"{part}/ro": "0"}
            self.path(f"{home}/{part}/holders").mkdir(parents=True)
        for file, value in values.items():
            if file.startswith("device/"):
                self.write(f"/sys/devices/{way}/{file[7:]}", f"{value}\n")
            else:
                self.write(f"{home}/{file}", f"{value}\n")
        for below in ("holders", "slaves"):
            self.path(f"{home}/{below}").mkdir(parents=True, exist_ok=True)
        self.link(f"{home}/device", f"/sys/devices/{way}")
        self.link(f"/sys/block/{name}", home)

    def virtual_block(self, name: str, device: str, slaves: tuple[str, ...] = ()) -> None:
        """A block device without hardware: loop, RAM, stacked."""
        home = f"/sys/devices/virtual/block/{name}"
        for file, value in {"dev": device, "size": "2048", "ro": "0", "removable": "0", "queue/rotational": "0"}.items():
            self.write(f"{home}/{file}", f"{value}\n")
        for slave in slaves:
            self.write(f"{home}/slaves/{slave}/dev", "")
        self.link(f"/sys/block/{name}", home)

    def interface(
        self, name: str, way: str | None, driver: str = "", mac: str = "", speed: str = "", carrier: str = "1", wifi: bool = False
    ) -> None:
        home = f"/sys/devices/{way}/net/{name}" if way else f"/sys/devices/virtual/net/{name}"
        values = {"type": "1", "address": mac, "carrier": carrier}
        if speed:
            values["speed"] = speed
        for file, value in values.items():
            self.write(f"{home}/{file}", f"{value}\n")
        if way:
            self.link(f"{home}/device", f"/sys/devices/{way}")
            if not self.path(f"/sys/devices/{way}/driver").is_symlink():
                self.link(f"/sys/devices/{way}/driver", f"/sys/bus/platform/drivers/{driver}")
        if wifi:
            self.path(f"{home}/wireless").mkdir()
        self.link(f"/sys/class/net/{name}", home)


SD_WAY = "platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa"
USB_WAY = (
    "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb2/2-{port}/2-{port}:1.0/host{port}/target{port}:0:0/{port}:0:0:0"
)


def sd_card(tree: Tree, kind: str = "SD") -> None:
    files = {"device/type": kind, "device/name": "SD64G" if kind == "SD" else "DF4032", "device/serial": "0x6a2b3c4d"}
    tree.block("mmcblk0", SD_WAY, "179:0", 120 * GIB_SECTORS, files, {"mmcblk0p1": "179:1", "mmcblk0p2": "179:2"})
    if kind == "MMC":
        for number, name in enumerate(("mmcblk0boot0", "mmcblk0boot1")):
            tree.block(name, f"{SD_WAY}/{name}-stub", f"179:{32 * (number + 1)}", 8192, {"device/type": "MMC"})


def usb_disk(
    tree: Tree,
    name: str = "sda",
    port: int = 1,
    rotational: str = "0",
    removable: str = "0",
    page_b1: bytes | None = None,
    parts: dict[str, str] | None = None,
) -> str:
    """A disk behind a USB bridge. Returns the folder of its device."""
    way = USB_WAY.format(port=port)
    number = 16 * (ord(name[-1]) - ord("a"))
    names = {"device/model": "PSSD T7         ", "device/vendor": "Samsung "}
    tree.block(name, way, f"8:{number}", 465 * GIB_SECTORS, {**names, "queue/rotational": rotational, "removable": removable}, parts)
    hub = f"/sys/devices/{way.split(f'/2-{port}:1.0')[0]}"
    tree.write(f"{hub}/idVendor", "04e8\n")
    tree.write(f"{hub}/serial", f"S5SXNS0R70015{port}\n")
    if page_b1 is not None:
        tree.write(f"/sys/devices/{way}/vpd_pgb1", page_b1)
    return way


def nvme_disk(tree: Tree, name: str = "nvme0n1", transport: str = "pcie", parts: dict[str, str] | None = None) -> None:
    way = f"platform/axi/1000110000.pcie/pci0001:00/0001:00:00.0/0001:01:00.0/nvme/{name.partition('n1')[0]}"
    files = {
        "device/transport": transport,
        "device/model": "WD_BLACK SN770M 500GB                   ",
        "device/serial": "23413W801234        ",
    }
    tree.block(name, way, "259:0", 465 * GIB_SECTORS, files, parts, folder="")


def cgroup_2(tree: Tree, controllers: str = "cpuset cpu io memory pids") -> None:
    tree.mount("/sys/fs/cgroup", "0:26", "cgroup2", "cgroup2", "rw,nsdelegate,memory_recursiveprot")
    tree.write("/sys/fs/cgroup/cgroup.controllers", f"{controllers}\n")
    tree.write("/sys/fs/cgroup/cgroup.procs", "1\n")


def _system(tree: Tree, release: TreeRelease) -> None:
    version, codename = release.identity
    name = {"ubuntu": "Ubuntu", "raspbian": "Raspbian GNU/Linux"}.get(release.os_id, "Debian GNU/Linux")
    identity = {
        "PRETTY_NAME": f'"{name} {version} ({codename})"',
        "NAME": f'"{name}"',
        "VERSION_ID": f'"{version}"',
        "VERSION": f'"{version} ({codename})"',
        "VERSION_CODENAME": codename,
        "ID": release.os_id,
    }
    tree.write("/etc/os-release", "".join(f"{key}={value}\n" for key, value in identity.items()))
    if release.mark:
        tree.write(release.mark, "Raspberry Pi reference 2025-10-01\n")
    tree.write("/etc/machine-id", f"{MACHINE_ID}\n")
    tree.write("/etc/fstab", "proc /proc proc defaults 0 0\nPARTUUID=0a1b2c3d-02 / ext4 defaults,noatime 0 1\n")
    for kind, file in (("ssh-rsa", "rsa"), ("ecdsa-sha2-nistp256", "ecdsa"), ("ssh-ed25519", "ed25519")):
        tree.write(f"/etc/ssh/ssh_host_{file}_key.pub", public_key(kind, file))
        tree.write(f"/etc/ssh/ssh_host_{file}_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n")
    tree.write("/etc/iscsi/initiatorname.iscsi", f"## DO NOT EDIT OR REMOVE THIS FILE!\nInitiatorName={INITIATOR}\n")
    tree.write("/usr/sbin/iscsid", "")
    tree.write("/usr/bin/cloud-init", "")
    if release.backend.startswith("netplan"):
        renderer = "  renderer: NetworkManager\n" if release.backend == "netplan-networkmanager" else ""
        tree.write("/etc/netplan/50-cloud-init.yaml", f"network:\n  version: 2\n{renderer}  ethernets:\n    eth0:\n      dhcp4: true\n")
    if release.swap_mechanism == "rpi-swap":
        tree.write("/usr/lib/systemd/system-generators/rpi-swap-generator", "#!/bin/sh\n")
        tree.write("/etc/rpi/swap.conf", "[Main]\n#Mechanism=auto\n\n[File]\n#Path=/var/swap\n")
    tree.units = dict.fromkeys((*release.running, "iscsid.service"), ("loaded", "active", "enabled"))


def _kernel(tree: Tree, board: TreeBoard, release: TreeRelease) -> None:
    cores = "".join(f"processor\t: {core}\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\n\n" for core in range(4))
    tree.write("/proc/cpuinfo", f"{cores}Revision\t: {board.revision}\nSerial\t\t: {SERIAL}\nModel\t\t: {board.model}\n")
    tree.write(
        "/proc/meminfo",
        f"MemTotal:{board.memory_total_kib:>15} kB\nMemFree:{board.memory_total_kib // 2:>16} kB\n"
        f"MemAvailable:{board.memory_total_kib * 3 // 4:>11} kB\nSwapTotal:{0:>14} kB\n",
    )
    tree.write("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
    firmware = "coherent_pool=1M cgroup_disable=memory vc_mem.mem_base=0x3ec00000 vc_mem.mem_size=0x40000000"
    tree.write(
        "/proc/cmdline", f"{firmware} console=ttyS0,115200 root=PARTUUID=0a1b2c3d-02 rootfstype=ext4 rootwait cgroup_enable=memory\n"
    )
    tree.write("/proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t99\t1\ncpu\t0\t99\t1\npids\t0\t99\t1\n")
    tree.write("/proc/modules", "br_netfilter 32768 0 - Live 0x0000000000000000\noverlay 151552 2 - Live 0x0000000000000000\n")
    tree.write("/proc/sys/kernel/osrelease", f"{release.kernel}\n")
    tree.write("/proc/sys/kernel/hostname", "pi02\n")
    tree.write("/proc/self/mountinfo", "22 28 0:20 / /proc rw,nosuid - proc proc rw\n23 28 0:21 / /sys rw,nosuid - sysfs sysfs rw\n")
    tree.write("/proc/self/status", "Name:\tpython3\nPid:\t4242\nPPid:\t4200\n")
    tree.write("/proc/self/environ", "LANG=C\0PATH=/usr/bin:/bin\0")
    tree.write("/proc/4200/status", "Name:\tsudo\nPid:\t4200\nPPid:\t1700\n")
    tree.write("/proc/4200/environ", f"USER=pi\0SSH_CONNECTION=192.0.2.1 51234 {ADDRESS} 22\0")
    files = {
        "kernel/drivers/net/vxlan/vxlan.ko.xz": "kernel/net/ipv4/udp_tunnel.ko.xz",
        "kernel/net/ipv4/udp_tunnel.ko.xz": "",
        "kernel/drivers/scsi/iscsi_tcp.ko.xz": "kernel/drivers/scsi/libiscsi.ko.xz",
        "kernel/drivers/md/dm-crypt.ko.xz": "",
        **({"kernel/drivers/nvme/host/nvme-tcp.ko.zst": ""} if release.family == "ubuntu" else {}),
    }
    modules = f"/lib/modules/{release.kernel}"
    tree.write(f"{modules}/modules.dep", "".join(f"{file}: {needs}\n" for file, needs in files.items()))
    tree.write(f"{modules}/modules.builtin", "kernel/drivers/nvme/host/nvme.ko\nkernel/fs/ext4/ext4.ko\n")
    for name, value in {"model": board.model, "serial-number": SERIAL, "chosen/os_prefix": release.os_prefix}.items():
        tree.write(f"/sys/firmware/devicetree/base/{name}", f"{value}\0")
    tree.write("/sys/class/thermal/thermal_zone0/temp", "48686\n")
    tree.write("/sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    tree.write("/sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    tree.write("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")


def _boot(tree: Tree, release: TreeRelease) -> None:
    line = "console=serial0,115200 console=tty1 root=PARTUUID=0a1b2c3d-02 rootfstype=ext4 rootwait cgroup_enable=memory\n"
    prefix = "[all]\nos_prefix=current/\n\n[tryboot]\nos_prefix=new/\n\n" if release.os_prefix else ""
    tree.write(f"{release.boot}/config.txt", f"{prefix}[all]\narm_64bit=1\n")
    for folder in ("current/", "new/") if release.os_prefix else ("",):
        tree.write(f"{release.boot}/{folder}cmdline.txt", line)
        tree.write(f"{release.boot}/{folder}bcm2711-rpi-4-b.dtb", "")
    for kernel in ("kernel8.img", "kernel_2712.img") if release.family == "raspberrypios" else ("vmlinuz",):
        tree.write(f"{release.boot}/{kernel}", "")
    if release.boot == "/boot/firmware":
        tree.write("/boot/cmdline.txt", "DO NOT EDIT THIS FILE\n\nThe file you are looking for has moved to /boot/firmware/cmdline.txt\n")


def _network(tree: Tree, board: TreeBoard, release: TreeRelease) -> None:
    links = [{"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]}]
    tree.interface("lo", None, mac="00:00:00:00:00:00")
    names = []
    if board.ethernet:
        way, driver = board.ethernet
        tree.interface(release.ethernet, way, driver, "d8:3a:dd:00:00:02", speed="1000")
        names.append(release.ethernet)
    if board.wifi:
        tree.interface(
            release.wifi, "platform/soc/fe300000.mmcnr/mmc_host/mmc1/mmc1:0001/mmc1:0001:1", "brcmfmac", "d8:3a:dd:00:00:03", wifi=True
        )
        names.append(release.wifi)
    for place, name in enumerate(names):
        addresses = [
            {"family": "inet", "local": f"192.0.2.{12 + place}", "prefixlen": 24, "scope": "global"},
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"},
        ]
        links.append({"ifname": name, "addr_info": addresses})
    tree.interface("cali0123456789a", None, mac="ee:ee:ee:ee:ee:ee")
    header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    routes = [f"{name}\t00000000\t010200C0\t0003\t0\t0\t{100 + 500 * place}\t00000000\t0\t0\t0\n" for place, name in enumerate(names)]
    tree.write("/proc/net/route", header + "".join(routes))
    tree.commands["ip"] = (0, json.dumps(links), "")


def capture(root: Path, board: str = "4b-4gb", release: str = "raspios-bookworm", medium: str = "SD", cgroups: bool = True) -> Tree:
    """The tree of a board with a release. medium: SD, MMC or NVMe, where the system is. cgroups: whether version 2 is mounted."""
    hardware, system = BOARDS[board], RELEASES[release]
    tree = Tree(root)
    _kernel(tree, hardware, system)
    _system(tree, system)
    _boot(tree, system)
    _network(tree, hardware, system)
    for number in range(2):
        tree.virtual_block(f"loop{number}", f"7:{number}")
    if medium == "NVMe":
        nvme_disk(tree, parts={"nvme0n1p1": "259:1", "nvme0n1p2": "259:2"})
        devices = {"boot": ("259:1", "/dev/nvme0n1p1"), "root": ("259:2", "/dev/nvme0n1p2")}
    else:
        sd_card(tree, medium)
        devices = {"boot": ("179:1", "/dev/mmcblk0p1"), "root": ("179:2", "/dev/mmcblk0p2")}
    tree.mount("/", devices["root"][0], "ext4", devices["root"][1])
    tree.mount(system.boot, devices["boot"][0], "vfat", devices["boot"][1], "rw,fmask=0022,dmask=0022")
    if cgroups:
        cgroup_2(tree)
    kernel = "aarch64" if hardware.capable_64bit else "armv7l"
    tree.commands |= {
        "uname": (0, f"{kernel}\n", ""),
        "dpkg": (0, f"{system.userland}\n", ""),
        "getconf": (0, "4096\n", ""),
        "timedatectl": (0, "Timezone=Europe/London\nNTPSynchronized=yes\n", ""),
        "vcgencmd": (0, "throttled=0x0\n", ""),
    }
    return tree
