"""`microk8s refresh-certs`: when certificates expire, new ones, and the old ones again."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from microk8s import certificates, processes
from microk8s.paths import CERTS, SNAP_DATA, complain, say

BACKUP = SNAP_DATA / "certs-backup"
NAMES = {"ca.crt": "CA", "server.crt": "server", "front-proxy-client.crt": "front proxy client"}
BOTH_KINDS, SEVERAL, NONE, NO_BACKUP, FAILED, NEED_ROOT = 1, 2, 3, 4, 10, 50
NO_FILES, NOT_CERTIFICATE, NOT_PAIR = 30, 31, 32


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s refresh-certs")
    parser.add_argument("ca_dir", nargs="?", type=Path)
    parser.add_argument("-c", "--check", action="store_true")
    parser.add_argument("-u", "--undo", action="store_true")
    parser.add_argument("-e", "--cert", choices=tuple(NAMES))
    given = parser.parse_args(arguments)
    options = sum((given.check, given.undo, given.cert is not None))
    if os.geteuid() != 0:
        complain("Elevated permissions are needed for this command. Please use sudo.")
        return NEED_ROOT
    wrong = _wrong_options(given, options)
    if wrong:
        complain(wrong[1])
        return wrong[0]
    if given.check:
        return _check()
    try:
        return _undo() if given.undo else _refresh(given.cert, given.ca_dir)
    except (OSError, subprocess.CalledProcessError) as error:
        complain(f"Failed to refresh the certificates: {error}")
        return FAILED


def _wrong_options(given: argparse.Namespace, options: int) -> tuple[int, str] | None:
    if given.ca_dir and options:
        return BOTH_KINDS, "A folder with a CA and other options cannot be given together."
    if options > 1:
        return SEVERAL, "Please use one option only."
    if not options and not given.ca_dir:
        return NONE, "Please use one of the options -c, -u and -e."
    return None


def _check() -> int:
    for file, name in NAMES.items():
        text = certificates.openssl("x509", "-noout", "-enddate", "-in", CERTS / file).partition("=")[2].strip()
        end = datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=timezone.utc)
        say(f"The {name} certificate will expire in {(end - datetime.now(timezone.utc)).days} days.")
    return 0


def _bad_authority(folder: Path) -> int:
    """The exit code for a folder that holds no usable authority; which of the three is which is our own choice."""
    pair = [folder / "ca.crt", folder / "ca.key"]
    if not all(path.is_file() for path in pair):
        return NO_FILES
    certificate = processes.run("openssl", "x509", "-noout", "-pubkey", "-in", pair[0], check=False)
    if certificate.returncode != 0:
        return NOT_CERTIFICATE
    return 0 if processes.run("openssl", "pkey", "-pubout", "-in", pair[1], check=False).stdout == certificate.stdout else NOT_PAIR


def _refresh(name: str | None, folder: Path | None) -> int:
    if folder:
        code = _bad_authority(folder)
        if code:
            complain(f"{folder} must hold a CA: ca.crt and its ca.key")
            return code
    shutil.rmtree(BACKUP, ignore_errors=True)
    shutil.copytree(CERTS, BACKUP)
    say("Taking a backup of the current certificates under " + str(BACKUP))
    if name == "server.crt":
        certificates.make_server()
    elif name == "front-proxy-client.crt":
        certificates.make_front_proxy()
    else:
        _new_authority(folder)
    processes.restart("kubelite", "cluster-agent")
    say("Restarting, please wait.")
    if folder or name == "ca.crt":
        say("The CA certificates have been replaced. Kubernetes will restart the pods of your workloads.")
        say("Any worker nodes you may have in your cluster need to be removed and re-joined to become aware of the new CA.")
    return 0


def _new_authority(folder: Path | None) -> None:
    if folder:
        for file in ("ca.crt", "ca.key"):
            shutil.copyfile(folder / file, CERTS / file)
    else:
        subject = certificates.openssl("x509", "-noout", "-subject", "-nameopt", "compat", "-in", CERTS / "ca.crt")
        certificates.make_authority("ca", subject.partition("=")[2].strip())
    certificates.make_server()
    certificates.make_clients()
    certificates.make_kubeconfigs()


def _undo() -> int:
    if not BACKUP.exists():
        complain("No previous backup found")
        return NO_BACKUP
    for path in BACKUP.iterdir():
        shutil.copy2(path, CERTS / path.name)
    certificates.make_kubeconfigs()
    processes.restart("kubelite", "cluster-agent")
    return 0
