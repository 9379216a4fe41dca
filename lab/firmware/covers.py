"""Stand-in for what a Pi's kernel shows in /proc and /sys: files laid over the machine's own.

Values that a kernel keeps for the whole machine (vm.*, kernel.panic, fs.inotify.*) become the host's own files: a host can set them, sees
what it set, and has the defaults again after a reboot, while the machine that carries the lab stays as it is.
"""

from __future__ import annotations

import re
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from boards import Board
from releases import Release

STAGE = Path("/mnt")
MACHINE_WIDE = ("vm", "fs/inotify", "kernel/panic", "kernel/panic_on_oops", "kernel/keys", "fs/aio-max-nr", "fs/file-max", "kernel/pid_max")


@dataclass(frozen=True)
class Kernel:
    release: str
    page_size: int
    arguments: list[str]
    memory_controller: bool
    os_prefix: str


def meminfo(board: Board, text: str) -> str:
    total = (board.memory_mib - board.reserved_mib) * 1024
    values = {
        "MemTotal": total,
        "MemFree": total * 7 // 10,
        "MemAvailable": total * 8 // 10,
        "SwapTotal": 0,
        "SwapFree": 0,
        "Buffers": total // 50,
        "Cached": total // 10,
    }
    return re.sub(
        r"^(\w+):\s+(\d+) kB$", lambda m: f"{m[1]}:{values.get(m[1], min(int(m[2]), total // 20)):>{23 - len(m[1])}} kB", text, flags=re.M
    )


def cpuinfo(board: Board, serial: str, text: str) -> str:
    pi = {"Hardware\t": board.soc.upper(), "Revision\t": board.revision, "Serial\t\t": serial, "Model\t\t": board.model}
    return f"{text.rstrip()}\n\n" + "".join(f"{key}: {value}\n" for key, value in pi.items())


def cgroups(text: str, memory: bool) -> str:
    """The table /proc/cgroups; a controller that is off has 0 in its last column."""
    return text if memory else re.sub(r"^(memory\t.*\t)1$", r"\g<1>0", text, flags=re.M)


def lay(host: dict, board: Board, release: Release, kernel: Kernel, switches: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(STAGE)], check=True)
    proc = Path("/proc")
    version = (proc / "version").read_text()
    files = {
        "cmdline": " ".join(kernel.arguments) + "\n",
        "meminfo": meminfo(board, (proc / "meminfo").read_text()),
        "cpuinfo": cpuinfo(board, host["serial"], (proc / "cpuinfo").read_text()),
        "cgroups": cgroups((proc / "cgroups").read_text(), kernel.memory_controller),
        "swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
        "version": re.sub(r"^Linux version \S+", f"Linux version {kernel.release}", version),
        "sys/kernel/osrelease": kernel.release + "\n",
        "sys/kernel/random/boot_id": f"{uuid.uuid4()}\n",
    }
    for name, text in files.items():
        _cover(proc / name, STAGE / "proc" / name, text)
    for name in MACHINE_WIDE:
        _cover_copy(proc / "sys" / name, STAGE / "proc/sys" / name)
    # The machine's own value is higher, as its hosts share it.
    (proc / "sys/fs/inotify/max_user_instances").write_text("128\n")
    if (proc / "sysrq-trigger").exists():
        subprocess.run(["mount", "--bind", str(switches / "sysrq"), str(proc / "sysrq-trigger")], check=True)
    _device_tree(host, board, kernel)
    _thermal()
    _block_devices(host)
    Path("/run/pi-page-size").write_text(f"{kernel.page_size}\n")
    # The covers stay, the folder they come from goes out of sight.
    subprocess.run(["umount", "-l", str(STAGE)], check=True)


def _cover(target: Path, source: Path, text: str) -> None:
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text)
    subprocess.run(["mount", "--bind", str(source), str(target)], check=True)


def _cover_copy(target: Path, source: Path) -> None:
    if target.is_dir():
        source.mkdir(parents=True, exist_ok=True)
        for entry in target.iterdir():
            try:
                (source / entry.name).write_text(entry.read_text())
            except OSError:  # keys that can only be written, as compact_memory
                (source / entry.name).write_text("")
        subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
    elif target.exists():
        _cover(target, source, target.read_text())


def _folder(target: Path) -> None:
    if target.is_dir():
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(target)], check=True)


def _device_tree(host: dict, board: Board, kernel: Kernel) -> None:
    _folder(Path("/sys/firmware"))
    base = Path("/sys/firmware/devicetree/base")
    (base / "chosen").mkdir(parents=True)
    strings = {
        "model": board.model,
        "serial-number": host["serial"],
        "compatible": f"raspberrypi,{board.filters[-1]}\0brcm,{board.soc}",
        "chosen/os_prefix": kernel.os_prefix,
        "chosen/bootargs": " ".join(kernel.arguments),
    }
    for name, text in strings.items():
        (base / name).write_text(f"{text}\0")


def _thermal() -> None:
    _folder(Path("/sys/class/thermal"))
    zone = Path("/sys/class/thermal/thermal_zone0")
    if zone.parent.is_dir():
        zone.mkdir()
        (zone / "type").write_text("cpu-thermal\n")
        (zone / "temp").write_text("47712\n")


def _block_devices(host: dict) -> None:
    """The card and what is plugged in, instead of the machine's disks: /sys/block, /sys/class/block and /sys/dev/block."""
    boot = Path("/dev/mmcblk0p1").stat().st_rdev
    disks = {
        "mmcblk0": (
            "179:0",
            62333952,
            {"device/type": "SD", "device/name": "SD64G", "device/manfid": "0x000003", "removable": "0", "queue/rotational": "0"},
        )
    }
    for number, disk in enumerate(host.get("disks", [])):
        disks[f"sd{'abc'[number]}"] = (
            f"8:{16 * number}",
            disk["gib"] * 2097152,
            {"device/model": disk["model"], "device/vendor": "USB", "removable": "0", "queue/rotational": disk["rotational"]},
        )
    for folder in ("/sys/block", "/sys/class/block", "/sys/dev/block"):
        _folder(Path(folder))
    for name, (number, sectors, rest) in disks.items():
        bus = "mmc_host/mmc0/mmc0:0001" if name.startswith("mmc") else "usb2/2-1/2-1:1.0/host0/target0:0:0/0:0:0:0"
        home = Path("/sys/firmware/pi-disks") / bus / "block" / name
        files = {"dev": number, "size": str(sectors), "ro": "0", **rest}
        if name == "mmcblk0":
            files |= {
                "mmcblk0p1/dev": f"{boot >> 8}:{boot & 0xFF}",
                "mmcblk0p1/size": "1048576",
                "mmcblk0p1/partition": "1",
                "mmcblk0p1/start": "16384",
                "mmcblk0p2/dev": "179:2",
                "mmcblk0p2/size": "61268992",
                "mmcblk0p2/partition": "2",
                "mmcblk0p2/start": "1064960",
            }
        for path, text in files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(f"{text}\n")
        for part in (home, *(path.parent for path in home.glob("*/partition"))):
            for folder in ("holders", "slaves"):
                (part / folder).mkdir(exist_ok=True)
            Path("/sys/class/block", part.name).symlink_to(part)
            Path("/sys/dev/block", (part / "dev").read_text().strip()).symlink_to(part)
        Path("/sys/block", name).symlink_to(home)
