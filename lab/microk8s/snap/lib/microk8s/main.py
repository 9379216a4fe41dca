"""Stand-in for the `microk8s` command: which subcommands there are, and what each does on a worker or when MicroK8s was stopped."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from microk8s import paths

ON_WORKER = "This MicroK8s deployment is acting as a node in a cluster. "
CONTROL_PLANE = ON_WORKER + "Please use the control plane node."
MASTER = ON_WORKER + "Please use the microk8s {name} on the master."

NO_PERMISSION = """Insufficient permissions to access MicroK8s.
You can either try again with sudo or add the user {user} to the 'microk8s' group:

    sudo usermod -a -G microk8s {user}
    sudo chown -R {user} ~/.kube

After this, reload the user groups either via a reboot or by running 'newgrp microk8s'."""


@dataclass(frozen=True)
class Command:
    """What a subcommand does where it cannot work: the exit codes of its notices, None where it works all the same."""

    worker: int | None = None
    stopped: int | None = None
    notice: str = CONTROL_PLANE
    # The gate is that client.config can be read; what prints a notice on stderr rather than stdout is a shell script in the original.
    gate: bool = True
    shell: bool = True


COMMANDS: dict[str, Command] = {
    "add-node": Command(worker=1, stopped=1),
    "addons": Command(shell=False),
    "config": Command(worker=0),
    "ctr": Command(),
    "dashboard-proxy": Command(worker=1, stopped=1),
    "dbctl": Command(worker=1),
    "disable": Command(worker=1, stopped=1),
    "enable": Command(worker=1, stopped=1),
    "helm": Command(worker=0, stopped=1, notice=MASTER),
    "helm3": Command(worker=0, stopped=1, notice=MASTER),
    "images": Command(stopped=1),
    "inspect": Command(),
    "join": Command(),
    "kubectl": Command(worker=0, stopped=1, notice=MASTER),
    "leave": Command(stopped=1),
    "refresh-certs": Command(worker=0),
    "remove-node": Command(worker=1),
    "reset": Command(worker=1, stopped=1),
    "start": Command(worker=0),
    "status": Command(worker=0, stopped=0, shell=False),
    "stop": Command(worker=0),
    "version": Command(gate=False),
    # Subcommands of the original that this stand-in refuses.
    "istioctl": Command(),
    "linkerd": Command(),
}

HELP = """Available subcommands are:
{names}
"""


def help_text() -> str:
    return HELP.format(names="\n".join(f"\t{name}" for name in sorted(COMMANDS)))


def plugin(name: str) -> Path | None:
    """An executable in plugins/ is a subcommand too."""
    path = paths.SNAP_COMMON / "plugins" / name
    return path if path.is_file() and os.access(path, os.X_OK) else None


def refused(name: str, command: Command) -> int | None:
    """Print what stands in the way and return the exit code that goes with it, None when nothing does."""
    if command.gate and not os.access(paths.CLIENT_CONFIG, os.R_OK):
        text = NO_PERMISSION.format(user=os.environ.get("USER", os.environ.get("LOGNAME", "root")))
        (paths.complain if command.shell or name == "status" else paths.say)(text)
        return 1
    if command.worker is not None and paths.is_worker():
        paths.say(command.notice.format(name=name))
        return command.worker
    if command.stopped is not None and paths.is_stopped():
        (paths.say if command.stopped == 0 else paths.complain)(paths.NOT_RUNNING)
        return command.stopped
    return None


def main(arguments: list[str]) -> int:
    if not arguments:
        paths.say(help_text())
        return 1
    name, rest = arguments[0], arguments[1:]
    if name in ("help", "-h", "--help"):
        paths.say(help_text())
        return 0
    command = COMMANDS.get(name)
    if command is None:
        extra = plugin(name)
        if extra:
            os.execv(extra, [str(extra), *rest])
        paths.say(f"'{name}' is not a valid MicroK8s subcommand.")
        paths.say(help_text())
        return 1
    code = refused(name, command)
    if code is not None:
        return code
    try:
        module = importlib.import_module(f"microk8s.commands.{name.replace('-', '_')}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("microk8s.commands."):
            raise
        paths.complain(str(paths.unknown(f"the subcommand {name}")))
        return 99
    try:
        return module.run(rest)
    except paths.UnknownError as error:
        paths.complain(str(error))
        return 99
    except BrokenPipeError:
        return 141


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
