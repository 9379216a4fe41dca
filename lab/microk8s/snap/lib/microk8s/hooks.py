"""Stand-in for the snap's hooks: python3 hooks.py install|configure|remove|post-refresh."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from microk8s import addons, certificates, datastore, launch, network, paths, processes, sideload, tokens

HOST_PLUGINS = Path("/usr/lib/cni")
KUBELET_LINK = Path("/var/lib/kubelet")
LOW_MEMORY_KB = 524288
TEMPLATE = """[ req ]
default_bits = 2048
prompt = no
default_md = sha256
req_extensions = req_ext
distinguished_name = dn

[ dn ]
CN = 127.0.0.1

[ req_ext ]
subjectAltName = @alt_names

[ alt_names ]
DNS.1 = kubernetes
DNS.2 = kubernetes.default
DNS.3 = kubernetes.default.svc
DNS.4 = kubernetes.default.svc.cluster
DNS.5 = kubernetes.default.svc.cluster.local
IP.1 = 127.0.0.1
IP.2 = 10.152.183.1
#MOREIPS
"""
# What the group may use without root.
GROUP_FOLDERS = ("credentials", "certs", "args", "var/lock", "var/kubernetes/backend")


def install() -> None:
    """Everything before the services start; what fails here makes `snap install` fail."""
    if not Path("/dev/kmsg").exists():
        raise SystemExit("/dev/kmsg does not exist: the kubelet cannot run here")
    processes.run("groupadd", "--system", "--force", "microk8s", check=False)
    for folder in ("credentials", "certs", "var/lock", "var/kubernetes/backend", "opt/cni/bin"):
        (paths.SNAP_DATA / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("run", "var/lib/kubelet", "var/lib/containerd", "etc/launcher", "plugins"):
        (paths.SNAP_COMMON / folder).mkdir(parents=True, exist_ok=True)
    if not paths.ARGS.exists():
        subprocess.run(["cp", "-r", "--no-preserve=mode,ownership", paths.SNAP / "default-args", paths.ARGS], check=True)
    for plugin in HOST_PLUGINS.iterdir():
        link = paths.SNAP_DATA / "opt/cni/bin" / plugin.name
        if not link.is_symlink():
            link.symlink_to(plugin)
    for name in (tokens.JOIN, tokens.PERSISTENT, tokens.SIGNING):
        paths.write(paths.CREDENTIALS / name, "")
    paths.write(certificates.TEMPLATE, TEMPLATE)
    certificates.make_all()
    make_datastore_certificate()
    datastore.write_init(datastore.LOCAL, [])
    for name in ("ha-cluster", "lite.lock", "no-etcd", "no-flanneld", "no-apiserver-proxy", "cni-loaded"):
        paths.lock(name)
    if memory_kb() <= LOW_MEMORY_KB:
        paths.lock("low-memory-guard.lock")
    if not KUBELET_LINK.exists() and not KUBELET_LINK.is_symlink():
        KUBELET_LINK.symlink_to(paths.SNAP_COMMON / "var/lib/kubelet")
    addons.install_repository("core")
    launch.pre_init()
    sideload.at_install()
    give_to_group()
    paths.lock("installed.lock")


def make_datastore_certificate() -> None:
    """The pair that all members of the datastore share; copied to those that join."""
    key = paths.BACKEND / "cluster.key"
    paths.write(key, certificates.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"))
    subject = ("-subj", "/CN=k8s", "-addext", "subjectAltName=DNS:k8s,IP:127.0.0.1")
    text = certificates.openssl("req", "-x509", "-new", "-sha256", "-key", key, "-days", str(certificates.LONG_DAYS), *subject)
    paths.write(paths.BACKEND / "cluster.crt", text)


def memory_kb() -> int:
    return int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])


def give_to_group() -> None:
    folders = [str(paths.SNAP_DATA / folder) for folder in GROUP_FOLDERS] + [str(paths.SNAP_COMMON / "addons")]
    processes.run("chgrp", "-R", "microk8s", *folders, check=False)
    processes.run("chmod", "-R", "ug+rwX,o-rwx", *folders, check=False)


def configure() -> None:
    """After the services were started: at install, at refresh, and for `snap set`."""
    processes.run("groupadd", "--system", "--force", "microk8s", check=False)
    text = processes.run("snapctl", "get", "config", check=False).stdout.strip()
    if text:
        launch.snap_set(text + "\n")


def post_refresh() -> None:
    """SNAP_DATA is a copy of the last revision's: nothing in it names that revision, so that there is nothing to do but to see to it."""
    give_to_group()


def remove() -> None:
    """Leave nothing that runs, is mounted, or is a link to what goes away."""
    processes.stop(*processes.DAEMONS)
    processes.kill_containers()
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        target = line.split()[1]
        if target.startswith(f"{paths.SNAP_COMMON}/"):
            processes.run("umount", "-l", target, check=False)
    network.teardown()
    for table in ("nat", "filter", "mangle"):
        _drop_service_rules(table)
    if KUBELET_LINK.is_symlink() and str(KUBELET_LINK.readlink()).startswith("/var/snap/microk8s/"):
        KUBELET_LINK.unlink()
    with contextlib.suppress(OSError):
        shutil.rmtree(paths.SNAP_COMMON / "run")


def _drop_service_rules(table: str) -> None:
    """Take the chains of kube-proxy and the kubelet away."""
    saved = processes.run("iptables-save", "-t", table, check=False).stdout.splitlines()
    kept = [line for line in saved if "KUBE-" not in line]
    if kept != saved:
        processes.run("iptables-restore", "-T", table, input="\n".join(kept) + "\n", check=False)


HOOKS = {"install": install, "configure": configure, "post-refresh": post_refresh, "remove": remove}

if __name__ == "__main__":
    try:
        HOOKS[sys.argv[1]]()
    except launch.LaunchError as error:
        raise SystemExit(f"{error}") from error
