"""The image that all hosts of one architecture share: Debian packages, nothing of ours. Built once and kept by what it is built from."""

from __future__ import annotations

import fcntl
import hashlib

from machine import HOME, podman, run, run_long, say

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "dbus",
    "ethtool",
    "fuse3",
    "iproute2",
    "iptables",
    "iputils-ping",
    "iw",
    "kmod",
    "less",
    "netplan.io",
    "network-manager",
    "open-iscsi",
    "openssh-server",
    "procps",
    "python3",
    "rfkill",
    "runc",
    "snapd",
    "squashfuse",
    "sudo",
    "systemd",
    "systemd-sysv",
    "systemd-timesyncd",
    "wpasupplicant",
)


def reference(architecture: str) -> str:
    key = hashlib.sha256("\n".join((SUITE, architecture, *PACKAGES)).encode()).hexdigest()[:12]
    return f"localhost/pikube-lab-base-{architecture}:{key}"


def mirror() -> list[str]:
    """Where this machine gets Debian from, so that a local mirror serves the image as well; empty: mmdebstrap's own choice."""
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Label: Debian", "Identifier: Packages", check=False).split()
    return sorted(set(found))[:1]


def build(architecture: str) -> str:
    """Return the reference of the image, which is there afterwards."""
    name = reference(architecture)
    HOME.mkdir(parents=True, exist_ok=True)
    # Two runs at a time build it once.
    with (HOME / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if name in podman("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines():
            return name
        archive = HOME / f"base-{architecture}.tar"
        try:
            command = [
                "mmdebstrap",
                "--variant=minbase",
                f"--architectures={architecture}",
                f"--include={','.join(PACKAGES)}",
                '--aptopt=Acquire::Retries "3"',
                SUITE,
                str(archive),
                *mirror(),
            ]
            run_long(
                f"building the {architecture} image of {len(PACKAGES)} Debian packages, about a minute, once",
                command,
                HOME / f"image-{architecture}.log",
            )
            run_long(
                f"importing the {architecture} image",
                ["podman", "import", "--quiet", str(archive), name],
                HOME / f"import-{architecture}.log",
            )
        finally:
            archive.unlink(missing_ok=True)
    say(f"image {name} is ready")
    return name
