"""`microk8s inspect`: are the services up, what is odd about the host, and everything into one archive."""

from __future__ import annotations

import re
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from microk8s import certificates, kube, processes
from microk8s.paths import ARGS, CERTS, SNAP_DATA, is_worker, node_name, say

RED, YELLOW, PLAIN = "\033[0;31m", "\033[0;33m", "\033[0m"
EVERYWHERE = ("cluster-agent", "containerd", "kubelite")
CONTROL_PLANE = (*EVERYWHERE, "k8s-dqlite", "apiserver-kicker")
WORKER = (*EVERYWHERE, "apiserver-proxy")
CA_SECONDS = 3 * 24 * 3600


def _number(path: str) -> int:
    file = Path("/proc/sys") / path
    return int(file.read_text()) if file.exists() else 0


def _memory_missing() -> bool:
    unified = Path("/sys/fs/cgroup/cgroup.controllers")
    if unified.exists():
        return "memory" not in unified.read_text().split()
    return not re.search(r"^memory\s.*\s1$", Path("/proc/cgroups").read_text(), re.M)


def _forward_drops() -> bool:
    return "-P FORWARD DROP" in processes.run("iptables", "-S", "FORWARD", check=False).stdout


def _ca_expires() -> bool:
    return processes.run("openssl", "x509", "-checkend", str(CA_SECONDS), "-noout", "-in", CERTS / "ca.crt", check=False).returncode != 0


WARNINGS: tuple[tuple[Callable[[], bool], str], ...] = (
    (_memory_missing, "The memory cgroup is not enabled. The cluster may not be functioning properly."),
    (_forward_drops, "IPtables FORWARD policy is DROP. Consider enabling traffic forwarding with: sudo iptables -P FORWARD ACCEPT"),
    (lambda: bool(re.search(r"[A-Z_]", Path("/proc/sys/kernel/hostname").read_text())), "The hostname has capitals or an underscore."),
    (lambda: not Path("/proc/sys/net/bridge").exists(), "br_netfilter is not loaded."),
    (lambda: not processes.run("ip", "route", "show", "default", check=False).stdout, "No default route exists."),
    (lambda: _number("fs/aio-max-nr") < 1048576, "fs.aio-max-nr is less than 1048576."),
    (lambda: _number("fs/inotify/max_user_instances") < 1024, "fs.inotify.max_user_instances is less than 1024."),
    (lambda: _number("fs/inotify/max_user_watches") < 1048576, "fs.inotify.max_user_watches is less than 1048576."),
    (_ca_expires, "The CA certificate expires within 3 days."),
)


def run(arguments: list[str]) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "inspection-report"
        folder.mkdir()
        say("Inspecting system\nInspecting Certificates\nInspecting services")
        for daemon in WORKER if is_worker() else CONTROL_PLANE:
            unit = processes.unit(daemon).removesuffix(".service")
            if processes.is_active(daemon):
                say(f"  Service {unit} is running")
            else:
                failed = True
                say(f"{RED} FAIL: {PLAIN} Service {unit} is not running\nFor more details look at: sudo journalctl -u {unit}")
            journal = processes.run("journalctl", "--no-pager", "--lines=3000", "--unit", unit, check=False).stdout
            (folder / f"{unit}.log").write_text(journal)
        _collect(folder)
        for applies, text in WARNINGS:
            if applies():
                say(f"{YELLOW}WARNING: {PLAIN} {text}")
        say("Building the report tarball")
        target = SNAP_DATA / f"inspection-report-{time.strftime('%Y%m%d_%H%M%S')}.tar.gz"
        with tarfile.open(target, "w:gz") as archive:
            archive.add(folder, folder.name)
    say(f"  Report tarball is at {target}")
    return 1 if failed else 0


def _collect(folder: Path) -> None:
    say("  Copy service arguments to the final report tarball\nInspecting kubernetes cluster")
    for path in ARGS.iterdir():
        if path.is_file():
            (folder / f"args-{path.name}").write_bytes(path.read_bytes())
    (folder / "server.crt.txt").write_text(certificates.openssl("x509", "-noout", "-text", "-in", CERTS / "server.crt"))
    if not is_worker():
        (folder / "cluster.txt").write_text(kube.kubectl("get", "all,nodes", "--all-namespaces", "-o", "wide").stdout)
    (folder / "node.txt").write_text(f"{node_name()}\n")
