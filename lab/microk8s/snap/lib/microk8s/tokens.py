"""The files of tokens in credentials/: `token` or `token|expiry in seconds since 1970`, one a line."""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from microk8s import paths

JOIN, PERSISTENT, SIGNING = "cluster-tokens.txt", "persistent-cluster-tokens.txt", "certs-request-tokens.txt"
SHORTEST = 32


def new() -> str:
    return secrets.token_hex(16)


def check(text: str, token: str, now: float) -> tuple[bool, str]:
    """Whether the token is in the file and has not expired, and what the file holds afterwards: one without an expiry is gone."""
    valid, kept = False, []
    for line in text.splitlines():
        name, _, expiry = line.partition("|")
        if not name or name.strip() != token:
            kept.append(line)
        elif expiry:
            valid = valid or now < float(expiry)
            kept.append(line)
        else:
            valid = True
    return valid, "".join(f"{line}\n" for line in kept)


@contextmanager
def _locked(name: str) -> Iterator[Path]:
    path = paths.CREDENTIALS / name
    with (paths.CREDENTIALS / ".tokens.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def add(name: str, token: str, ttl: int = -1) -> None:
    """Append a token; a negative time to live makes it serve once."""
    with _locked(name) as path:
        before = path.read_text() if path.exists() else ""
        paths.write(path, before + (token if ttl < 0 else f"{token}|{int(time.time()) + ttl}") + "\n")


def present(token: str) -> bool:
    """Show a token for a join: it is used up by that unless it has an expiry or is a persistent one."""
    with _locked(PERSISTENT) as path:
        if path.exists() and token in path.read_text().split():
            return True
    return take(JOIN, token)


def take(name: str, token: str) -> bool:
    with _locked(name) as path:
        text = path.read_text() if path.exists() else ""
        valid, left = check(text, token, time.time())
        if left != text:
            paths.write(path, left)
        return valid


def callback() -> str:
    """The token by which the agents of a cluster know each other; made when it is first asked for."""
    if not paths.CALLBACK_TOKEN.exists():
        paths.write(paths.CALLBACK_TOKEN, new() + "\n")
    return paths.CALLBACK_TOKEN.read_text().strip()


def holds(name: str, token: str) -> bool:
    """Whether the token is in the file; it stays there."""
    with _locked(name) as path:
        return path.exists() and check(path.read_text(), token, time.time())[0]
