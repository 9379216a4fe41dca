"""What the scripts of the add-ons share: manifests, arguments of services on all nodes, restarts."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from microk8s import arguments, kube, peers, processes
from microk8s.paths import SNAP

API_SECONDS = 60


def manifest(script: str, name: str, **values: str) -> str:
    """A manifest beside the script, with each @name@ replaced."""
    text = (Path(script).parent / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def kubectl(*command: str, text: str | None = None, check: bool = True) -> subprocess.CompletedProcess:
    """kubectl whose output is shown; ends the script with its exit code when it fails."""
    done = kube.kubectl(*command, input=text)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    sys.stderr.write(done.stderr)
    if check and done.returncode != 0:
        sys.exit(done.returncode)
    return done


def microk8s(*command: str) -> None:
    code = subprocess.run([SNAP / "bin" / "microk8s", *command], check=False).returncode
    if code != 0:
        sys.exit(code)


def set_arguments(service: str, changes: dict[str, str | None]) -> None:
    """Change arguments of a service on this node and on all others, and restart it where they changed.

    Through sudo, as the genuine scripts do: whoever may not use it is left with half an add-on. A node that does not answer fails it too.
    """
    allowed = subprocess.run(["sudo", "true"], check=False).returncode
    if allowed != 0:
        sys.exit(allowed)
    # Asked before the restart, which may take the API away.
    others = peers.others()
    if arguments.update(service, changes):
        processes.restart("kubelite")
    try:
        for address in others:
            peers.configure(address, service, changes)
    except peers.PeerError as error:
        print(error)
        sys.exit(1)


def wait_for_api() -> None:
    """Until the API answers again; its last refusal is shown."""
    end = time.monotonic() + API_SECONDS
    while True:
        done = kube.kubectl("get", "--raw", "/readyz")
        if done.returncode == 0:
            return
        if time.monotonic() > end:
            sys.stderr.write(done.stderr)
            sys.exit(1)
        time.sleep(1)
