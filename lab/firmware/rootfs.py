"""Stand-in for a flashed card's root file system: what a release's image has that the common base image has not.

Done once, at the first boot of a card, as the flashing of that release; later boots find what the system made of it.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from releases import Release

FLASHED = Path("/var/lib/pi-flashed")
COMMANDS = Path(__file__).parent / "commands"
COMMAND_HOMES = {
    "dphys-swapfile": "/usr/sbin",
    "getconf": "/usr/bin",
    "piboot-validate": "/usr/local/sbin",
    "swapoff": "/usr/sbin",
    "swapon": "/usr/sbin",
    "timedatectl": "/usr/bin",
    "vcgencmd": "/usr/bin",
}

STATIC_NETPLAN = """\
network:
  version: 2
  ethernets:
    eth0:
      dhcp4: false
      addresses: [{address}/{prefix}]
      routes: [{{to: default, via: {gateway}}}]
      optional: true
"""
STATIC_KEYFILE = """\
[connection]
id=Wired connection 1
uuid=2b9e5c5e-65e5-4d2c-a46a-29f4b4d8f0a1
type=ethernet
interface-name=eth0

[ipv4]
method=manual
address1={address}/{prefix},{gateway}

[ipv6]
method=auto
"""
# Debian's NetworkManager leaves veth links alone; on a Pi eth0 is a card.
# A Pi's address on the cable is in its hardware; systemd would make one of the machine-id for a link without.
KEEP_MAC = "[Match]\nOriginalName=eth0\n\n[Link]\nNamePolicy=keep\nMACAddressPolicy=none\n"
MANAGE_ETH0 = "[device-eth0]\nmatch-device=interface-name:eth0\nmanaged=1\n"
DPHYS_UNIT = """\
[Unit]
Description=dphys-swapfile - set up, mount/unmount, and delete a swap file

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/dphys-swapfile setup
ExecStart=/usr/sbin/dphys-swapfile swapon
ExecStop=/usr/sbin/dphys-swapfile swapoff

[Install]
WantedBy=multi-user.target
"""
# The machine's kernel has no iSCSI transport: the daemon is there, enabled or not, started or not, and has nothing to talk to.
ISCSID_WITHOUT_TRANSPORT = "[Service]\nType=simple\nPIDFile=\nExecStartPre=\nExecStart=\nExecStart=/bin/sleep infinity\n"
VALIDATE_UNIT = """\
[Unit]
Description=Promote a boot set that reached this point
After=multi-user.target ssh.service
ConditionPathExists=/run/pi-trial

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/piboot-validate

[Install]
WantedBy=multi-user.target
"""


def flash(host: dict, release: Release) -> None:
    if FLASHED.exists():
        return
    _identity(host, release)
    _user(host)
    _network(host, release)
    _site(host)
    _swap_packages(release)
    _units()
    _commands(release)
    _unit("piboot-validate.service", VALIDATE_UNIT, "multi-user.target.wants")
    _write("/usr/lib/systemd/system/iscsid.service.d/10-no-transport.conf", ISCSID_WITHOUT_TRANSPORT)
    FLASHED.write_text(f"{host['release']}\n")


def _write(path: str, text: str, mode: int = 0o644) -> None:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.write_text(text)
    target.chmod(mode)


def _unit(name: str, text: str, wants: str) -> None:
    _write(f"/usr/lib/systemd/system/{name}", text)
    link = Path("/etc/systemd/system") / wants / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(f"/usr/lib/systemd/system/{name}")


def _commands(release: Release) -> None:
    for name in ("getconf", "timedatectl"):
        Path("/usr/bin", name).rename(Path("/usr/bin", f"{name}.real"))
    for name, home in COMMAND_HOMES.items():
        if name != "dphys-swapfile" or release.swap == "dphys-swapfile":
            _write(f"{home}/{name}", (COMMANDS / name).read_text(), 0o755)


def _identity(host: dict, release: Release) -> None:
    _write("/usr/lib/os-release", "".join(f'{key}="{value}"\n' for key, value in release.identity.items()))
    if release.issue:
        _write("/etc/rpi-issue", release.issue)
    if release.cloud_init:
        Path("/etc/cloud/cloud.cfg.d").mkdir(parents=True, exist_ok=True)
    for name, text in release.boot_files.items():
        if name.startswith("../"):
            _write(f"/boot/{name[3:]}", text)
    _write("/etc/hostname", f"{release.hostname}\n")
    _write("/etc/hosts", f"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n\n127.0.1.1\t{release.hostname}\n")
    # Empty, not "uninitialized": that would make the first boot apply presets, which an image of Debian's packages has none of.
    _write("/etc/machine-id", "")
    Path("/var/lib/dbus/machine-id").unlink(missing_ok=True)
    for key in Path("/etc/ssh").glob("ssh_host_*"):
        key.unlink()
    subprocess.run(["ssh-keygen", "-A"], check=True, stdout=subprocess.DEVNULL)
    name = subprocess.run(["/sbin/iscsi-iname"], check=True, capture_output=True, text=True).stdout.strip()
    _write("/etc/iscsi/initiatorname.iscsi", f"InitiatorName={name}\n", 0o600)


def _user(host: dict) -> None:
    user = host["user"]
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", user], check=True)
    home = Path("/home") / user / ".ssh"
    home.mkdir(mode=0o700)
    (home / "authorized_keys").write_text(host["authorized_key"])
    (home / "authorized_keys").chmod(0o600)
    subprocess.run(["chown", "-R", f"{user}:{user}", str(home)], check=True)
    if host["sudo"] == "nopasswd":
        _write(f"/etc/sudoers.d/010_{user}-nopasswd", f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def _network(host: dict, release: Release) -> None:
    if release.network == "networkmanager":
        _write("/etc/NetworkManager/system-connections/eth0.nmconnection", STATIC_KEYFILE.format(**host), 0o600)
    else:
        renderer = "  renderer: NetworkManager\n" if release.network == "netplan-networkmanager" else ""
        text = STATIC_NETPLAN.format(**host).replace("  version: 2\n", f"  version: 2\n{renderer}")
        _write("/etc/netplan/50-cloud-init.yaml", text, 0o600)
    _write("/etc/NetworkManager/conf.d/10-eth0.conf", MANAGE_ETH0)
    _write("/etc/systemd/network/00-eth0.link", KEEP_MAC)
    manager, networkd = ["NetworkManager.service"], ["systemd-networkd.service", "systemd-networkd.socket"]
    off, on = (manager, networkd) if release.network == "netplan-networkd" else (networkd, manager)
    _systemctl("disable", *off)
    _systemctl("enable", *on)


def _site(host: dict) -> None:
    """A site's own ways: a web address that its name service would tell, and the authority that its computers trust."""
    site = host["site"]
    with Path("/etc/hosts").open("a") as hosts:
        hosts.write(f"{site['address']}\t{site['name']}\n")
    _write("/usr/local/share/ca-certificates/lab.crt", site["certificate"])
    with Path("/etc/ssl/certs/ca-certificates.crt").open("a") as bundle:
        bundle.write(site["certificate"])


def _units() -> None:
    """A host without a screen asks nobody, and its address is there before it starts; a container runtime belongs to no release."""
    _systemctl("mask", "getty@tty1.service", "systemd-networkd-wait-online.service", "NetworkManager-wait-online.service")
    _systemctl("disable", "containerd.service")


def _systemctl(*arguments: str) -> None:
    subprocess.run(["systemctl", "--quiet", *arguments], check=True, env={"SYSTEMD_OFFLINE": "1", "PATH": os.environ["PATH"]})


def _swap_packages(release: Release) -> None:
    if release.swap == "dphys-swapfile":
        _write("/etc/dphys-swapfile", "CONF_SWAPSIZE=512\n")
        _unit("dphys-swapfile.service", DPHYS_UNIT, "multi-user.target.wants")
    elif release.swap == "rpi-swap":
        _write("/etc/rpi/swap.conf", "[Main]\n#Mechanism=auto\n")


def modules(kernel: str, release: Release) -> None:
    """Modules of the Pi's kernel, as built-ins: the machine's kernel, whose release uname tells, loads none."""
    folder = Path("/lib/modules") / kernel
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / "modules.order").write_text("")
        (folder / "modules.builtin").write_text("".join(f"kernel/{name}/{name}.ko\n" for name in release.modules))
        subprocess.run(["depmod", kernel], check=True, stderr=subprocess.DEVNULL)
    machine = Path("/lib/modules") / os.uname().release
    machine.unlink(missing_ok=True)
    machine.symlink_to(kernel)


def swap(release: Release) -> None:
    """rpi-swap: a zram device unless swap.conf or a drop-in says that there shall be none (rpi-swap(8))."""
    if release.swap != "rpi-swap":
        return
    texts = [
        path.read_text() for path in (Path("/etc/rpi/swap.conf"), *sorted(Path("/etc/rpi/swap.conf.d").glob("*.conf"))) if path.exists()
    ]
    mechanisms = re.findall(r"^\s*Mechanism\s*=\s*(\S+)", "\n".join(texts), flags=re.M)
    if (mechanisms or ["auto"])[-1] != "none":
        with Path("/proc/swaps").open("a") as table:
            table.write("/dev/zram0                              partition\t2097148\t\t0\t\t100\n")


def trial(on: bool) -> None:
    if on:
        Path("/run/pi-trial").touch()
