"""`microk8s images import|export-local`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from microk8s import peers, processes, sideload, tokens
from microk8s.paths import AGENT_PORT, complain, say


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="microk8s images")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("import").add_argument("file", nargs="?", default="-")
    export = actions.add_parser("export-local")
    export.add_argument("out")
    export.add_argument("image", nargs="*")
    given = parser.parse_args(arguments)
    return _import(given.file) if given.action == "import" else _export(given.out, given.image)


def _import(file: str) -> int:
    """To every node; a node that does not take it is mentioned, and nothing more."""
    archive = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    for _, address in peers.nodes():
        say(f"Pushing OCI images to {address}:{AGENT_PORT}")
        try:
            peers.post(address, "/image/import", archive, X_MicroK8s_Callback_Token=tokens.callback())
        except peers.UnreachableError as error:
            complain(f"Failed to reach {address}: {error}")
        except peers.PeerError as error:
            complain(f"Failed to import images on {address}: {error}")
    return 0


def _export(out: str, images: list[str]) -> int:
    names = images or processes.run(*sideload.CTR, "image", "list", "--quiet").stdout.split()
    done = processes.run(*sideload.CTR, "image", "export", out, *names, check=False)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode
