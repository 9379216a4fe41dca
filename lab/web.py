"""The chart repository of OpenEBS as a site with internet sees it: a container of the fleet, whose certificate hosts trust."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from pathlib import Path

import charts
import image
from binaries import architecture
from machine import FLEET, HOME, LabError, open_files, podman, run, say

NAME = charts.HOST
# No host can have this name.
CONTAINER = f"pikube-{FLEET}-web_site"
FOLDER = HOME / FLEET / "web"
CERTIFICATE = FOLDER / "certificate" / "site.crt"
SERVER = Path(__file__).parent / "openebs" / "web" / "server.py"
ANSWER_SECONDS = 20


def certificate() -> str:
    """The certificate of the site, made when it is absent. It signs itself; a card is flashed with it, as with a company's authority."""
    if not CERTIFICATE.exists():
        with tempfile.TemporaryDirectory() as scratch:
            command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"]
            names = ["-subj", f"/O=Lab of pikube.stateful/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
            run(*command, *names, "-keyout", f"{scratch}/site.key", "-out", f"{scratch}/site.crt", quiet=True)
            CERTIFICATE.parent.mkdir(parents=True, exist_ok=True)
            for name in ("site.key", "site.crt"):
                shutil.move(f"{scratch}/{name}", CERTIFICATE.with_name(name))
    return CERTIFICATE.read_text()


def start(network: str, address: str) -> None:
    """Serve the charts under their genuine addresses, built if they are not there; an older server of the fleet goes first."""
    stop()
    certificate()
    shutil.rmtree(FOLDER / "site", ignore_errors=True)
    for path, file in charts.site().items():
        (FOLDER / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, FOLDER / "site" / path)
    mounts = {FOLDER / "site": "/site", CERTIFICATE.parent: "/certificate", SERVER: "/server.py"}
    volumes = [word for source, target in mounts.items() for word in ("--volume", f"{source}:{target}:ro")]
    place = ["--network", network, "--ip", address, "--no-hosts", "--ulimit", f"nofile={open_files()}", "--ulimit", "nproc=30000"]
    podman("run", "--detach", "--name", CONTAINER, *place, *volumes, image.build(architecture()), "python3", "/server.py")
    end = time.monotonic() + ANSWER_SECONDS
    while not _answers(address):
        if time.monotonic() > end:
            raise LabError(f"https://{NAME} does not answer at {address}; it says:\n{podman('logs', CONTAINER, check=False)}")
        time.sleep(0.2)
    say(f"https://{NAME} answers at {address}")


def _answers(address: str) -> bool:
    try:
        with socket.create_connection((address, 443), timeout=1):
            return True
    except OSError:
        return False


def stop() -> None:
    podman("rm", "--force", "--time", "0", "--ignore", CONTAINER)
