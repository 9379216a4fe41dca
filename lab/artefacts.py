"""What is built once and kept in the user's cache folder: every artefact lies in a folder named by what it is made from."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from machine import HOME, PROGRESS_SECONDS, say

FOLDER = HOME / "build"
# Only while something is built: Go's caches of one Kubernetes release take several GB.
SCRATCH = FOLDER / "scratch"
_holders = 0


def key(*parts: str | bytes | Path) -> str:
    """A name for what is made from these texts and files."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


def kept(group: str, name: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the artefact's path. `build` writes it to the path it is given, unless the artefact is there already."""
    target = FOLDER / group / key / name
    if target.exists():
        return target
    with building():
        # Another process may have built it while this one waited.
        if not target.exists():
            unfinished = SCRATCH / f"{group}-{key}-{name}"
            unfinished.unlink(missing_ok=True)
            build(unfinished)
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished.replace(target)
    return target


@contextlib.contextmanager
def building() -> Iterator[None]:
    """One process at a time builds. The outermost of these blocks empties the scratch folder, unless it failed: the next try goes on."""
    global _holders
    if _holders:
        yield
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        begin = last = time.monotonic()
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.3)
                if time.monotonic() - last >= PROGRESS_SECONDS:
                    last = time.monotonic()
                    say(f"waiting for another process that builds: {last - begin:.0f} s")
        SCRATCH.mkdir(exist_ok=True)
        _holders += 1
        try:
            yield
        finally:
            _holders -= 1
        shutil.rmtree(SCRATCH, ignore_errors=True)
