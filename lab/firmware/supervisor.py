"""Stand-in for the power supply and the processor of a Raspberry Pi: process 1 of a virtual host's container.

Each boot runs in process, mount and control group namespaces of its own, so that a reboot leaves nothing behind: the new system finds the
disk as the old one left it and everything else as after power-on. The way the system's process 1 ended says what was asked for
(reboot(2) in a process namespace): SIGHUP is a reboot, SIGINT a power-off; anything else is a crash and leaves the host dead.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import boot
import control_groups

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWPID = 0x00020000, 0x02000000, 0x20000000
PR_CAPBSET_DROP, CAP_SYS_TIME = 24, 25
SYSRQ_CRASH = {"b": "reboot", "c": "crash", "o": "power-off"}
libc = ctypes.CDLL(None, use_errno=True)


def log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def link(state: str) -> None:
    subprocess.run(["ip", "link", "set", "eth0", state], check=False)


def power_on_network() -> None:
    """The network as after power-on: no rule, no link of the last boot, one address as DHCP would give it."""
    host = boot.card()
    names = [
        line.split(": ")[1].split("@")[0]
        for line in subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    ]
    for name in names:
        if name not in ("lo", "eth0"):
            subprocess.run(["ip", "link", "delete", name], check=False, stderr=subprocess.DEVNULL)
    for command in ("iptables", "ip6tables"):
        for table in ("filter", "nat", "mangle", "raw"):
            for action in ("-F", "-X"):
                subprocess.run([command, "-t", table, action], check=False, stderr=subprocess.DEVNULL)
    for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        Path("/proc/sys/net", key).write_text("0\n")
    subprocess.run(["ip", "address", "flush", "dev", "eth0"], check=False)
    link("up")
    subprocess.run(["ip", "address", "add", f"{host['address']}/{host['prefix']}", "dev", "eth0"], check=False)
    subprocess.run(["ip", "route", "replace", "default", "via", host["gateway"]], check=False)


def start_system(switches: Path) -> int:
    """Start the boot in new namespaces; return the process id of its process 1 as seen from here."""
    report_read, report_write = os.pipe()
    middle = os.fork()
    if middle == 0:
        control_groups.enter(boot.card()["container"])
        # The machine's clock belongs to the machine.
        libc.prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0)
        if libc.unshare(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWPID) != 0:
            log(f"unshare: {os.strerror(ctypes.get_errno())}")
            os._exit(1)
        first = os.fork()
        if first == 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.setsid()
            boot.run(switches)
        os.write(report_write, str(first).encode())
        os._exit(0)
    os.close(report_write)
    os.waitpid(middle, 0)
    answer = os.read(report_read, 32)
    os.close(report_read)
    return int(answer)


def wait_for(process: int) -> int:
    """Wait for the system's process 1, collecting orphans of the container meanwhile; return its wait status."""
    while True:
        pid, status = os.wait()
        if pid == process:
            return status


class SysRq(threading.Thread):
    """Readers of the FIFO that covers /proc/sysrq-trigger: what a key would do to a kernel is done to this host alone."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.system = 0
        self.asked: str | None = None

    def run(self) -> None:
        while True:
            with self.path.open() as fifo:
                for key in fifo.read():
                    if key in SYSRQ_CRASH and self.system:
                        self.asked = SYSRQ_CRASH[key]
                        log(f"sysrq {key}: {self.asked}")
                        link("down")
                        os.kill(self.system, signal.SIGKILL)


def main() -> None:
    # The middle process ends before the system does, which then becomes a child of this one: process 1 of the container inherits orphans.
    switches = Path("/run/switches")
    switches.mkdir(exist_ok=True)
    fifo = switches / "sysrq"
    if not fifo.exists():
        os.mkfifo(fifo)
    sysrq = SysRq(fifo)
    sysrq.start()
    stop = False

    def button(number: int, frame: object) -> None:
        """SIGTERM is the power button, SIGUSR1 an orderly restart (systemd(1), signals)."""
        nonlocal stop
        stop = stop or number == signal.SIGTERM
        if sysrq.system:
            os.kill(sysrq.system, signal.SIGRTMIN + (4 if number == signal.SIGTERM else 5))

    signal.signal(signal.SIGTERM, button)
    signal.signal(signal.SIGUSR1, button)
    while not stop:
        sysrq.asked = None
        power_on_network()
        sysrq.system = start_system(switches)
        log(f"boot: process 1 of the system is {sysrq.system}")
        status = wait_for(sysrq.system)
        sysrq.system = 0
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        control_groups.clean(boot.card()["container"])
        if sysrq.asked == "reboot" or ended == signal.SIGHUP:
            log("reboot")
            link("down")
            time.sleep(0.5)
            continue
        if ended == signal.SIGINT or sysrq.asked == "power-off":
            log("power off")
        else:
            log(f"crashed: status {status}; the host stays dead until power is switched off and on")
            link("down")
            while not stop and sysrq.asked is None:
                time.sleep(1)
        return


if __name__ == "__main__":
    main()
