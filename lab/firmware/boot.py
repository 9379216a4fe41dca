"""Stand-in for the firmware and the kernel of a Raspberry Pi: from power-on to process 1 of the system, in the host's own namespaces.

It reads the boot files as the firmware does (config.txt leads to a command line), decides what a kernel of that release makes of it, and
covers those files of /proc and /sys that would show the machine instead of the Pi. The card is a folder that the lab mounts at /card:
host.json says which board and release, boot.img is the boot partition.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import control_groups
import covers
import rootfs
from boards import BOARDS, Board
from releases import RELEASES, Release

CARD = Path("/card")
BOOT = Path("/boot/firmware")
BOOT_PARTITION = Path("/dev/mmcblk0p1")
LOOP_DEVICES = 64
PANIC = 200  # exit status of a kernel that cannot go on


def card() -> dict:
    return json.loads((CARD / "host.json").read_text())


def settings(text: str, board: Board, trial: bool) -> dict[str, str]:
    """What config.txt sets on this board: the last value of each key in a section that holds (raspberrypi/documentation, config_txt)."""
    found: dict[str, str] = {}
    holds = True
    for line in text.splitlines():
        line = line[:98].strip()
        if line.startswith("["):
            name = line.strip("[]")
            holds = name == "all" or name in board.filters or (name == "tryboot" and trial)
        elif holds and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key.strip()] = value.strip()
    return found


def device_tree_arguments(release: Release, mac: str) -> list[str]:
    """What the device tree and the firmware put before the line of the card; vc_mem.* is their last."""
    off = ["cgroup_disable=memory"] if release.memory_switch in ("device_tree", "ignored") else []
    return [
        "coherent_pool=1M",
        "8250.nr_uarts=1",
        *off,
        f"smsc95xx.macaddr={mac.upper()}",
        "vc_mem.mem_base=0x3ec00000",
        "vc_mem.mem_size=0x40000000",
    ]


def serial_console(board: Board, argument: str) -> str:
    """The firmware puts the console's real name in place of its alias (raspberrypi/firmware#752)."""
    return argument.replace("console=serial0,", "console=ttyAMA10," if board.soc == "bcm2712" else "console=ttyS0,")


def memory_controller(release: Release, arguments: list[str]) -> bool:
    """Whether a kernel of this release, started with these arguments, has the memory controller."""
    switches = {"cgroup_enable": release.memory_switch != "ignored", "cgroup_disable": True}
    on = False
    for argument in arguments:
        key, _, value = argument.partition("=")
        if switches.get(key) and "memory" in value.split(","):
            on = key == "cgroup_enable"
        elif argument == "cgroup_memory=1" and release.memory_switch == "kernel":
            on = True
    return on


def kernel_release(board: Board, release: Release, config: dict[str, str]) -> tuple[str, int]:
    """Release and page size in bytes of the kernel that the firmware loads: a Pi 5 prefers the one with 16 KiB pages (linux#6605)."""
    if board.prefers_16k_pages and release.kernel_16k and config.get("kernel", "kernel_2712.img") == "kernel_2712.img":
        return release.kernel_16k, 16384
    return release.kernel, 4096


def panic(reason: str) -> None:
    sys.stderr.write(f"kernel panic - not syncing: {reason}\n")
    os._exit(PANIC)


def read_boot_files(host: dict, board: Board, release: Release) -> tuple[list[str], dict[str, str], bool]:
    """The kernel's arguments, config.txt's settings, and whether this boot is the trial of an A/B release."""
    config_text = (BOOT / "config.txt").read_text(errors="replace") if (BOOT / "config.txt").exists() else ""
    trial = (BOOT / "new/state").exists() and (BOOT / "new/state").read_text().strip() == "unknown" and "[tryboot]" in config_text
    config = settings(config_text, board, trial)
    name = config.get("os_prefix", "") + config.get("cmdline", "cmdline.txt")
    if trial:
        (BOOT / "new/state").write_text("trying\n")
    text = (BOOT / name).read_text(errors="replace") if (BOOT / name).is_file() else ""
    # The firmware takes the first line and leaves the rest.
    line = (text.splitlines() or [""])[0].split()
    arguments = device_tree_arguments(release, host["mac"]) + [serial_console(board, argument) for argument in line]
    roots = [argument for argument in arguments if argument.startswith("root=")]
    if roots[-1:] not in ([f"root=PARTUUID={host['disk_id']}-02"], ["root=LABEL=writable"]):
        panic(f"VFS: Unable to mount root fs: {name} says {roots[-1:] or 'nothing of root='}")
    return arguments, config, trial


def mount_boot_partition() -> None:
    # The kernel makes loop devices as they are asked for; their nodes appear on the machine, not here.
    for number in range(LOOP_DEVICES):
        with contextlib.suppress(FileExistsError):
            os.mknod(f"/dev/loop{number}", 0o660 | 0o060000, os.makedev(7, number))
    loop = subprocess.run(
        ["losetup", "--find", "--show", str(CARD / "boot.img")], check=True, capture_output=True, text=True
    ).stdout.strip()
    device = Path(loop).stat().st_rdev
    BOOT_PARTITION.unlink(missing_ok=True)
    os.mknod(BOOT_PARTITION, 0o660 | 0o060000, device)
    BOOT.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-o", "sync", str(BOOT_PARTITION), str(BOOT)], check=True)
    # Detached as soon as the last mount goes, that is with this boot's mount namespace.
    subprocess.run(["losetup", "--detach", loop], check=True)


def own_files() -> None:
    """Take away what the container runtime laid over files that belong to the system, and the machine's disks."""
    resolver = Path("/etc/resolv.conf").read_text()
    for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv"):
        subprocess.run(["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)
    if not Path("/etc/resolv.conf").exists() or not Path("/etc/resolv.conf").read_text():
        Path("/etc/resolv.conf").write_text(resolver)
    for node in Path("/dev").glob("vd*"):
        node.unlink()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "tmpfs", "/run"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777,nosuid,nodev", "tmpfs", "/tmp"], check=True)


def run(switches: Path) -> None:
    """Never returns: becomes process 1 of the system."""
    try:
        host = card()
        board, release = BOARDS[host["board"]], RELEASES[host["release"]]
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "proc", "-o", "nosuid,nodev,noexec", "proc", "/proc"], check=True)
        own_files()
        mount_boot_partition()
        rootfs.flash(host, release)
        arguments, config, trial = read_boot_files(host, board, release)
        kernel, page_size = kernel_release(board, release, config)
        memory = memory_controller(release, arguments)
        control_groups.mount(memory)
        covers.lay(host, board, release, covers.Kernel(kernel, page_size, arguments, memory, config.get("os_prefix", "")), switches)
        rootfs.modules(kernel, release)
        rootfs.swap(release)
        rootfs.trial(trial)
        subprocess.run(["umount", "-l", str(CARD)], check=True)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        panic(f"{error}")
    environment = {"container": "podman", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "linux"}
    os.execve("/sbin/init", ["/sbin/init"], environment)
