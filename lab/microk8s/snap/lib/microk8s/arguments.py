"""The files of arguments: one `--flag=value` or `--flag value` a line, expanded as bash would."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

from microk8s import paths

# --flag=value, --flag value, --flag; also -flag and NAME=value of the environment files.
LINE = re.compile(r"^\s*(?P<flag>-{1,2}[^\s=]+|[A-Za-z_][A-Za-z0-9_]*(?==))(?:(?:\s*=\s*|\s+)(?P<value>.*?))?\s*$")


def parse(text: str) -> dict[str, str]:
    """Flags and their values as written, without the quotes around a value; a flag without a value has an empty one."""
    found = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            found[match["flag"]] = re.sub(r"""^(["'])(.*)\1$""", r"\2", match["value"] or "")
    return found


def updated(text: str, wanted: Mapping[str, str | None]) -> str:
    """The text with these flags set (None: without them); other lines and the order stay."""
    left = dict(wanted)
    lines = []
    for line in text.splitlines():
        match = LINE.match(line)
        flag = match["flag"] if match else None
        if flag is None or flag not in wanted:
            lines.append(line)
        elif flag in left:
            value = left.pop(flag)
            if value is not None:
                lines.append(line if parse(line)[flag] == value else f"{flag}={value}")
    lines += [f"{flag}={value}" for flag, value in left.items() if value is not None]
    return "".join(f"{line}\n" for line in lines)


def read(file: str) -> dict[str, str]:
    """parse() of args/FILE; empty where the file does not exist."""
    try:
        return parse((paths.ARGS / file).read_text())
    except FileNotFoundError:
        return {}


def update(file: str, wanted: Mapping[str, str | None]) -> bool:
    """Write the flags into args/FILE; True when that changed it."""
    path = paths.ARGS / file
    before = path.read_text() if path.exists() else ""
    after = updated(before, wanted)
    if after == before:
        return False
    paths.write(path, after)
    return True


def expanded(file: str) -> list[str]:
    """The words of args/FILE as a daemon gets them: quotes taken away, variables put in."""
    return words((paths.ARGS / file).read_text(), environment())


def words(text: str, variables: Mapping[str, str]) -> list[str]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    replaced = re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda m: variables.get(m[1] or m[2], ""), "\n".join(lines))
    return shlex.split(replaced)


def environment() -> dict[str, str]:
    own = {"SNAP": paths.SNAP, "SNAP_DATA": paths.SNAP_DATA, "SNAP_COMMON": paths.SNAP_COMMON}
    return {**os.environ, **{name: str(path) for name, path in own.items()}}
