"""Saved states: the hosts of a fleet, switched off, kept under a name and brought back as often as wanted.

A state holds a copy of each host's card, root file system (an image of podman) and /var/snap. It belongs to its fleet, whose addresses are
in it, and says which code of this checkout was there when it was saved.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import artefacts
import hosts
from hosts import PREFIX, Host
from machine import FLEET, HOME, LabError, podman, run, run_long, say

FOLDER = HOME / FLEET / "states"
OFF_SECONDS = 120
CHECKOUT = Path(__file__).resolve().parents[1]
# What makes hosts and changes them.
CODE = ("lab", "playbooks", "plugins", "roles", "site.yml")
CODE_FILE = "made-from"


def _image(state: str, host: str) -> str:
    return f"localhost/{PREFIX}state-{host}:{state}"


def _volume(host: Host) -> Path:
    return Path(podman("volume", "inspect", "--format", "{{.Mountpoint}}", f"{host.container}-snap"))


def save(state: str) -> None:
    """Switch the hosts off in an orderly way and keep them as they are then; a state of that name is replaced."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", state):
        raise LabError(f"{state!r} cannot be the name of a state: lower-case letters, digits, `-`, `_` and `.`")
    there = hosts.known()
    if not there:
        raise LabError("there are no hosts to save (lab/lab up makes some)")
    _switch_off(there)
    forget(state)
    unfinished = FOLDER / f".{state}"
    shutil.rmtree(unfinished, ignore_errors=True)
    for host in there:
        target = unfinished / host.name
        target.mkdir(parents=True)
        run("cp", "-a", str(host.folder), str(target / "card"))
        run("cp", "-a", str(_volume(host)), str(target / "snap"))
        log = HOME / FLEET / "save.log"
        run_long(
            f"{host.name}: keeping the root file system", ["podman", "commit", "--quiet", host.container, _image(state, host.name)], log
        )
    (unfinished / CODE_FILE).write_text(code())
    unfinished.rename(FOLDER / state)
    say(f"state {state}: {len(there)} hosts are kept and switched off (lab/lab start --from {state} switches them on)")


def _switch_off(there: list[Host]) -> None:
    waiting = [host for host in there if hosts.running(host)]
    for host in waiting:
        podman("kill", "--signal", "TERM", host.container)
    begin = last = time.monotonic()
    while waiting := [host for host in waiting if hosts.running(host)]:
        if time.monotonic() - begin > OFF_SECONDS:
            raise LabError(f"{waiting[0].name} did not shut down within {OFF_SECONDS} s; its console says:\n{hosts.console(waiting[0])}")
        if time.monotonic() - last > 8:
            last = time.monotonic()
            say(f"waiting for {', '.join(host.name for host in waiting)} to shut down: {last - begin:.0f} s")
        time.sleep(0.3)


def names() -> list[str]:
    return sorted(path.name for path in FOLDER.glob("[!.]*"))


def code() -> str:
    """A name for the code of this checkout, without what is only read by people."""
    found = [path for name in CODE for path in ((CHECKOUT / name).rglob("*") if (CHECKOUT / name).is_dir() else [CHECKOUT / name])]
    files = sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md")
    return artefacts.key(*(part for path in files for part in (str(path.relative_to(CHECKOUT)), path)))


def unfit(state: str, wanted: list[Host]) -> str:
    """Why a state cannot stand for these hosts as this code would make them; empty when it can."""
    if state not in names():
        return "it is not there"
    there = hosts.described((FOLDER / state).glob("*/card/host.json"))
    if there != wanted:
        return f"it has other hosts ({', '.join(host.name for host in there)})"
    saved = FOLDER / state / CODE_FILE
    if not saved.exists() or saved.read_text() != code():
        return "it was made by other code"
    return ""


def restore(state: str) -> list[Host]:
    """Bring the hosts of a state back, switched off; the hosts that the fleet has now are removed."""
    if state not in names():
        raise LabError(f"there is no state {state!r}; there are: {', '.join(names()) or 'none (lab/lab save NAME makes one)'}")
    for host in hosts.known():
        hosts.remove(host.name)
    for folder in sorted(path for path in (FOLDER / state).iterdir() if path.is_dir()):
        target = HOME / FLEET / "hosts" / folder.name
        target.parent.mkdir(parents=True, exist_ok=True)
        run("cp", "-a", str(folder / "card"), str(target))
    found = hosts.known()
    for host in found:
        podman("volume", "create", f"{host.container}-snap")
        run("cp", "-a", "-T", str(FOLDER / state / host.name / "snap"), str(_volume(host)))
        hosts.assemble(host, _image(state, host.name))
    return found


def forget(state: str) -> None:
    """Throw a state away, if it is there; its hosts, where they are up, go on."""
    for folder in (FOLDER / state).glob("*/"):
        podman("rmi", "--force", _image(state, folder.name), check=False)
    shutil.rmtree(FOLDER / state, ignore_errors=True)
