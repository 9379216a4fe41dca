"""`microk8s addons repo add|remove|update|list`: the repositories of this node."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from microk8s import addons
from microk8s.paths import complain, say, unknown

NEED_ROOT = 50


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s addons")
    repo = parser.add_subparsers(dest="command", required=True).add_parser("repo").add_subparsers(dest="action", required=True)
    add = repo.add_parser("add")
    add.add_argument("name")
    add.add_argument("url")
    add.add_argument("--reference")
    add.add_argument("--force", action="store_true")
    for action in ("remove", "update"):
        repo.add_parser(action).add_argument("name")
    repo.add_parser("list").add_argument("--format", choices=("table", "json", "yaml"), default="table")
    given = parser.parse_args(arguments)
    return {"add": _add, "remove": _remove, "update": _update, "list": _list}[given.action](given)


def _add(given: argparse.Namespace) -> int:
    target = addons.REPOSITORIES / given.name
    if target.exists() and not given.force:
        complain(f"Repository '{given.name}' already exists! You can use --force to replace it")
        return 1
    if Path(given.url).resolve() == (addons.BUNDLED / given.name).resolve() and not given.reference:
        addons.install_repository(given.name)
        return 0
    if shutil.which("git") is None:
        raise unknown(f"how to clone {given.url} without git, which the genuine snap brings along,")
    new = target.with_name(f".{given.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    reference = ["--branch", given.reference] if given.reference else []
    code = subprocess.run(["git", "clone", *reference, given.url, new], check=False).returncode
    if code != 0 or not (new / "addons.yaml").exists():
        complain(f"{given.url} is not a repository of addons")
        shutil.rmtree(new, ignore_errors=True)
        return 1
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    return 0


def _missing(name: str) -> bool:
    if (addons.REPOSITORIES / name / "addons.yaml").exists():
        return False
    complain(f"Repository '{name}' does not exist")
    return True


def _remove(given: argparse.Namespace) -> int:
    if _missing(given.name):
        return 1
    shutil.rmtree(addons.REPOSITORIES / given.name)
    say(f"Removing {addons.REPOSITORIES / given.name}")
    return 0


def _update(given: argparse.Namespace) -> int:
    if os.geteuid() != 0:
        complain("Elevated permissions are needed for this command. Please use sudo.")
        return NEED_ROOT
    if _missing(given.name):
        return 1
    say(f"Updating repository {given.name}")
    if (addons.BUNDLED / given.name).exists():
        addons.install_repository(given.name)
        return 0
    return subprocess.run(["git", "-C", addons.REPOSITORIES / given.name, "pull"], check=False).returncode


def _list(given: argparse.Namespace) -> int:
    found = []
    for folder in sorted(path.parent for path in addons.REPOSITORIES.glob("*/addons.yaml")):
        content = yaml.safe_load((folder / "addons.yaml").read_text())["microk8s-addons"]
        bundled = addons.BUNDLED / folder.name
        source = f"/snap/microk8s/current/addons/{folder.name}" if bundled.exists() else (folder / ".git").as_posix()
        found.append({"name": folder.name, "addons": len(content["addons"]), "source": source, "description": content["description"]})
    if given.format == "json":
        say(json.dumps(found, indent=2))
    elif given.format == "yaml":
        say(yaml.safe_dump(found, sort_keys=False).rstrip())
    else:
        for row in [{"name": "name", "addons": "addons", "source": "source", "description": "description"}, *found]:
            say(f"{row['name']:10} {row['addons']!s:>6} {row['source']} {row['description']}")
    return 0
