"""Stand-in for the launchers of the daemons: python3 daemon.py NAME."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from microk8s import paths

# Files of var/lock that keep a daemon from running; its launcher ends with 0 then.
KEPT_BACK = {
    "k8s-dqlite": ("no-k8s-dqlite", "low-memory-guard.lock"),
    "kubelite": ("low-memory-guard.lock",),
    "apiserver-kicker": ("clustered.lock",),
    "apiserver-proxy": ("no-apiserver-proxy",),
    "etcd": ("no-etcd",),
    "flanneld": ("no-flanneld",),
}


def main(name: str) -> int:
    for lock in KEPT_BACK.get(name, ()):
        if paths.locked(lock):
            paths.say(f"{lock} is there: {name} does not run on this node")
            return 0
    return importlib.import_module(f"microk8s.daemons.{name.replace('-', '_')}").run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
