"""microk8s status: what runs, the members of the datastore, the add-ons."""

from __future__ import annotations

import argparse
import time

from microk8s import addons, datastore, kube, paths, roles

NOT_READY = "microk8s is not running. Use microk8s inspect for a deeper inspection."
PROBES = 10


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    ready = is_ready(options.timeout) if options.wait_ready else now_ready()
    if options.addon:
        return one_addon(options.addon, ready)
    members = list_members() if options.format == "pretty" or (options.format == "yaml" and not options.yaml) else []
    enabled, disabled = addons.listing() if ready else ([], [])
    if options.yaml:
        show_short_yaml(ready, enabled, disabled)
    else:
        {"pretty": show_pretty, "short": show_short, "yaml": show_yaml}[options.format](ready, members, enabled, disabled)
    return 0 if ready else 1


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="microk8s status", description="Microk8s cluster status check.")
    found.add_argument("--format", default="pretty", choices=("pretty", "yaml", "short"))
    found.add_argument("-w", "--wait-ready", action="store_true")
    found.add_argument("-t", "--timeout", type=int, default=0, help="seconds to wait with --wait-ready; 0 waits for ever")
    found.add_argument("-a", "--addon", default="")
    found.add_argument("--yaml", action="store_true", help="deprecated")
    return found


def now_ready() -> bool:
    """Whether the API lists its own service and any node at all is Ready; which node says nothing about this one."""
    services = kube.kubectl("get", "service", "kubernetes", "-n", "default", "-o", "name", timeout=30)
    if services.returncode != 0:
        return False
    return " Ready " in kube.kubectl("get", "nodes", timeout=30).stdout


def is_ready(timeout: int) -> bool:
    end = time.monotonic() + timeout
    while True:
        if now_ready():
            return True
        if timeout and time.monotonic() > end:
            return False
        time.sleep(2)


def list_members() -> list[roles.Member]:
    """The members as the datastore lists them; where it does not answer it is asked for a while, and then there are none."""
    if not paths.locked("ha-cluster"):
        return []
    for probe in range(PROBES):
        try:
            return datastore.Client().members()
        except datastore.DatastoreError:
            if probe < PROBES - 1:
                time.sleep(2 if probe < PROBES // 2 else 5)
    return []


def one_addon(wanted: str, ready: bool) -> int:
    if not ready:
        paths.say("disabled")
        return 1
    enabled, _disabled = addons.listing()
    on = any(wanted in (addon.name, f"{addon.repository}/{addon.name}") for addon in enabled)
    paths.say("enabled" if on else "disabled")
    return 0


def addresses(members: list[roles.Member], role: int) -> str:
    return " ".join(member.address for member in members if member.role == role) or "none"


def is_ha(members: list[roles.Member]) -> bool:
    return sum(member.role == roles.VOTER for member in members) > 2


def show_pretty(ready: bool, members: list, enabled: list, disabled: list) -> None:
    if not ready:
        paths.say(NOT_READY)
        return
    lines = ["microk8s is running", f"high-availability: {'yes' if is_ha(members) else 'no'}"]
    if paths.locked("ha-cluster"):
        lines.append(f"  datastore master nodes: {addresses(members, roles.VOTER)}")
        lines.append(f"  datastore standby nodes: {addresses(members, roles.STANDBY)}")
    lines.append("addons:")
    for title, found in (("enabled", enabled), ("disabled", disabled)):
        if found:
            lines.append(f"  {title}:")
            lines += [f"    {addon.name:<20} # ({addon.repository}) {addon.description}" for addon in found]
    paths.say("\n".join(lines))


def show_short(ready: bool, members: list, enabled: list, disabled: list) -> None:
    if not ready:
        paths.say(NOT_READY)
        return
    lines = ["microk8s is running", "addons:"]
    for title, found in (("enabled", enabled), ("disabled", disabled)):
        lines += [f"{addon.repository}/{addon.name}: {title}" for addon in found]
    paths.say("\n".join(lines))


def show_yaml(ready: bool, members: list, enabled: list, disabled: list) -> None:
    ha = paths.locked("ha-cluster")
    lines = ["microk8s:", f"  running: {ready}", "high-availability:", f"  enabled: {ha}"]
    if ha:
        lines.append("  nodes:")
        for member in members:
            lines += [f"    - address: {member.address}", f"      role: {roles.NAMES[member.role]}"]
    if not ready:
        lines.append(f"  message: {NOT_READY}")
        paths.say("\n".join(lines))
        return
    lines.append("addons:")
    for title, found in (("enabled", enabled), ("disabled", disabled)):
        for addon in found:
            lines += [
                f"  - name: {addon.name}",
                f"    repository: {addon.repository}",
                f"    description: {addon.description}",
                f"    version: {addon.version or ' '}",
                f"    status: {title}",
            ]
    paths.say("\n".join(lines))


def show_short_yaml(ready: bool, enabled: list, disabled: list) -> None:
    lines = ["microk8s:", f"  running: {ready}"]
    if not ready:
        paths.say("\n".join([*lines, f"  message: {NOT_READY}"]))
        return
    lines.append("addons:")
    for title, found in (("enabled", enabled), ("disabled", disabled)):
        lines += [f"  {addon.name}: {title}" for addon in found]
    paths.say("\n".join(lines))
