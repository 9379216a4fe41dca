"""Add-ons: the repositories of this node, which add-ons are enabled, and how they are enabled and disabled."""

from __future__ import annotations

import fcntl
import os
import platform
import string
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from microk8s import kube
from microk8s.paths import LOCKS, SNAP, SNAP_COMMON, SNAP_DATA, unknown, version, write

REPOSITORIES = SNAP_COMMON / "addons"
BUNDLED = SNAP / "addons"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "s390x": "s390x", "ppc64le": "ppc64le"}
API_SECONDS = 30
INGRESSCLASS_SINCE = (1, 35)
HELP = """Usage: microk8s {action} ADDON[:ARGUMENT] | ADDON [--flag VALUE ...]

{action} an addon. `microk8s status` lists the addons that there are; REPOSITORY/ADDON names one of a certain repository.
"""


@dataclass(frozen=True, order=True)
class Addon:
    repository: str
    name: str
    description: str = ""
    version: str = ""
    check_status: str = ""

    @property
    def title(self) -> str:
        return f"{self.repository}/{self.name}"

    @property
    def folder(self) -> Path:
        return REPOSITORIES / self.repository / "addons" / self.name


def read_repository(folder: Path) -> list[Addon]:
    """The add-ons of one repository that this processor can run; versions stay text (5.0 is not a number)."""
    content = yaml.load((folder / "addons.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 (makes nothing but text)
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    return [
        Addon(folder.name, entry["name"], *(entry.get(key, "") for key in ("description", "version", "check_status")))
        for entry in content["microk8s-addons"]["addons"]
        if architecture in entry["supported_architectures"]
    ]


def catalogue() -> list[Addon]:
    return sorted(addon for path in REPOSITORIES.glob("*/addons.yaml") for addon in read_repository(path.parent))


def rows() -> list[str]:
    """What the enabled check looks through; raises CalledProcessError when the API does not answer."""
    numbers = tuple(int(part) for part in version().lstrip("v").split(".")[:2])
    kinds = "all,ingress" + (",ingressclass" if numbers >= INGRESSCLASS_SINCE else "")
    found = []
    for question in ((kinds, "--all-namespaces"), ("clusterroles", "--show-kind", "--no-headers")):
        found += kube.kubectl("get", *question, check=True).stdout.splitlines()
    return found


def is_enabled(addon: Addon, among: list[str]) -> bool:
    """By substring of any row, or by a file that exists on this node. It says nothing about health."""
    places = {"SNAP": SNAP, "SNAP_DATA": SNAP_DATA, "SNAP_COMMON": SNAP_COMMON}
    wanted = string.Template(addon.check_status).safe_substitute(places)
    return bool(wanted) and (any(wanted in row for row in among) or (wanted.startswith("/") and Path(wanted).exists()))


def listing() -> tuple[list[Addon], list[Addon]]:
    """Enabled and disabled add-ons, each sorted by repository and name."""
    among = rows()
    known = catalogue()
    enabled = [addon for addon in known if is_enabled(addon, among)]
    return enabled, [addon for addon in known if addon not in enabled]


def install_repository(name: str) -> None:
    """Copy a repository that the snap carries (the genuine snap clones it with git)."""
    target = REPOSITORIES / name
    subprocess.run(["rm", "-rf", target], check=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-r", "--no-preserve=ownership", BUNDLED / name, target], check=True)


def split_arguments(given: list[str], known: set[str]) -> list[tuple[str, list[str]]]:
    """(add-on, arguments of its script) for each; raises ValueError for a mixture that is refused."""
    if len(given) > 1 and all(word.partition(":")[0] in known for word in given):
        words = [word.partition(":") for word in given]
        return [(name, [argument] if argument else []) for name, _, argument in words]
    (name, _, argument), rest = given[0].partition(":"), given[1:]
    if argument and rest:
        raise ValueError("Can't pass string arguments and flag arguments")
    return [(name, [argument] if argument else rest)]


def find(name: str, known: list[Addon]) -> Addon | int:
    """The add-on of that name, or the exit code when there is none."""
    repository, _, bare = name.rpartition("/")
    if repository:
        for addon in known:
            if addon.title == name:
                return addon
        print(f"Addon {name} not found")
        return 0
    named = [addon for addon in known if addon.name == bare]
    if len(named) == 1:
        print(f"Infer repository {named[0].repository} for addon {bare}", file=sys.stderr)
        return named[0]
    if named:
        print(f"Addon {bare} exists in more than one repository: {', '.join(addon.title for addon in named)}", file=sys.stderr)
        return 1
    if not (REPOSITORIES / "community").exists() and bare in {addon.name for addon in read_repository(BUNDLED / "community")}:
        print("To use the community maintained flavor enable the respective repository:")
        print("\n    microk8s enable community\n")
    sys.stdout.flush()
    print(f"Addon {bare} was not found in any repository", file=sys.stderr)
    return 1


def wait_for_api() -> None:
    end = time.monotonic() + API_SECONDS
    while time.monotonic() < end and kube.kubectl("get", "--raw", "/readyz").returncode != 0:
        time.sleep(1)


def switch(action: str, given: list[str]) -> int:
    """`microk8s enable|disable`; the exit code is that of the first add-on that fails."""
    if any(word in ("-h", "--help") for word in given):
        print(HELP.format(action=action))
        return 0
    if not given:
        raise unknown(f"what {action} without an addon does")
    known = catalogue()
    try:
        wanted = split_arguments(given, {name for addon in known for name in (addon.name, addon.title)})
    except ValueError as error:
        print(error)
        return 1
    if len(wanted) > 1:
        print(f"WARNING: to {action} several addons with one command is deprecated.", file=sys.stderr)
    # Add-ons enable others that they need: the lock is taken by the outermost command only.
    if os.environ.get("MICROK8S_ADDON_LOCK"):
        return _switch_all(action, wanted, known)
    path = LOCKS / ".microk8s-addon-lock"
    if not path.exists():
        write(path, "")
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ["MICROK8S_ADDON_LOCK"] = "held"
        return _switch_all(action, wanted, known)


def _switch_all(action: str, wanted: list[tuple[str, list[str]]], known: list[Addon]) -> int:
    wait_for_api()
    for name, script_arguments in wanted:
        addon = find(name, known)
        code = addon if isinstance(addon, int) else _switch(action, addon, script_arguments)
        if code != 0:
            return code
    return 0


def _switch(action: str, addon: Addon, script_arguments: list[str]) -> int:
    if is_enabled(addon, rows()) == (action == "enable"):
        print(f"Addon {addon.title} is already {action}d", flush=True)
        return 0
    script = addon.folder / action
    if not script.exists():
        raise unknown(f"how to {action} addon {addon.title}")
    sys.stdout.flush()
    environment = {"SNAP": SNAP, "SNAP_DATA": SNAP_DATA, "SNAP_COMMON": SNAP_COMMON, "PYTHONPATH": SNAP / "lib"}
    return subprocess.run(
        ["/usr/bin/python3", "-Bu", script, *script_arguments],
        env={**os.environ, **{key: str(value) for key, value in environment.items()}},
        check=False,
    ).returncode
