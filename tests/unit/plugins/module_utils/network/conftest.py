"""Nodes in temporary folders: real files, real shell scripts, and a service manager that only keeps books."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.guard import Guard
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host
from ansible_collections.pikube.stateful.plugins.module_utils.network.scripts import BOOT_LINK, BOOT_UNIT, FOLDER, UNITS_FOLDER

PROGRAMS = ("systemctl", "systemd-run", "nmcli", "netplan", "iw", "wpa_cli")
FOLDERS = {
    "NetworkManager": ("etc/NetworkManager/system-connections", "etc/NetworkManager/conf.d", "var/lib/NetworkManager"),
    "systemd-networkd": ("etc/netplan",),
    "dhcpcd": ("etc/wpa_supplicant",),
}
WRITING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.chown"}


class Killed(BaseException):
    """The module is gone in the middle, as by SIGKILL; "except Exception" does not see it."""


class Death:
    """Kills after a number of steps: changes of the file system, which Python announces to audit hooks, and commands."""

    def __init__(self):
        self.lives = None

    def step(self):
        if self.lives is None:
            return
        if self.lives == 0:
            raise Killed
        self.lives -= 1

    def hook(self, event, arguments):
        if self.lives is not None and (event in WRITING or (event == "open" and self._writes(arguments))):
            self.step()

    @staticmethod
    def _writes(arguments):
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


DEATH = Death()
sys.addaudithook(DEATH.hook)


class Node:
    """A root folder with the files of a node."""

    def __init__(self, root: Path):
        self.root = root
        self.active = set()
        self.timers = {}
        self.commands = []
        self.answers = {"iw": (0, "global\ncountry GB: DFS-ETSI\n", "")}
        self.programs = set(PROGRAMS)
        for folder in ("etc/systemd/system", "etc/udev/rules.d", "var/lib"):
            (root / folder).mkdir(parents=True)

    @property
    def host(self):
        return Host(
            self.run, lambda name: f"/usr/bin/{name}" if name in self.programs else None, root=str(self.root), scratch=str(self.root.parent)
        )

    @property
    def guard(self):
        return Guard(self.host)

    def with_stack(self, service, *, runs=True):
        """A network stack by the name of its service."""
        for folder in FOLDERS[service]:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        if service == "dhcpcd":
            self.write("etc/dhcpcd.conf", "hostname\npersistent\n", 0o664)
        if runs:
            self.active.add(service)
        return self

    def with_radio(self, name="wlan0", operstate="up"):
        (self.root / f"sys/class/net/{name}/wireless").mkdir(parents=True)
        self.write(f"sys/class/net/{name}/operstate", f"{operstate}\n")
        return self

    def write(self, path, text, mode=0o600):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)
        return target

    def tree(self, folder="etc"):
        """Every file below a folder, with mode and text."""
        files = sorted(path for path in (self.root / folder).rglob("*") if path.is_file() or path.is_symlink())
        return {
            str(path.relative_to(self.root)): str(path.readlink())
            if path.is_symlink()
            else (oct(path.stat().st_mode & 0o7777), path.read_text(encoding="utf-8"))
            for path in files
        }

    def run(self, argv):
        """The run_command of a module: systemctl and systemd-run keep books, everything else is noted and succeeds or has its answer."""
        DEATH.step()
        program, words = Path(argv[0]).name, list(argv[1:])
        self.commands.append([program, *words])
        if program in self.answers:
            answer = self.answers[program]
            return answer(words) if callable(answer) else answer
        if program == "systemctl" and words[0] == "is-active":
            return 0, "".join(f"{self._state(unit)}\n" for unit in words[1:]), ""
        if program == "systemctl" and words[0] == "stop":
            for unit in words[1:]:
                self.timers.pop(unit.replace(".timer", ""), None)
        if program == "systemd-run":
            unit = next(word.partition("=")[2] for word in words if word.startswith("--unit="))
            assert unit not in self.timers, "systemd refuses a second timer of that name"
            self.timers[unit] = words[words.index("/bin/sh") + 1 :]
        return 0, "", ""

    def fire(self, unit):
        """Let a timer start its script."""
        script, *words = self.timers.pop(unit)
        self.script(Path(script), words)

    def boot(self):
        """Start the node anew: timers are gone, and the unit of the guard does what its file says."""
        self.timers.clear()
        folder = self.root / FOLDER[1:]
        scripts = [folder / name / "rollback" for name in ("rolling-back", "pending")]
        enabled = (self.root / BOOT_LINK[1:]).exists() and (self.root / UNITS_FOLDER[1:] / BOOT_UNIT).exists()
        found = [script for script in scripts if script.exists()]
        if enabled and found:
            self.script(found[0], ["boot"])

    def script(self, script, words, *, lines=None):
        """Run a script for real, the first lines of it or all, with programs that do nothing in place of those that touch a machine."""
        stubs = self.root.parent / "stubs"
        stubs.mkdir(exist_ok=True)
        for program in PROGRAMS:
            (stubs / program).write_text(f'#!/bin/sh\necho "{program} $*" >> {stubs}/called\n', encoding="utf-8")
            (stubs / program).chmod(0o755)
        text = script.read_text(encoding="utf-8").splitlines(keepends=True)
        path = next(number for number, line in enumerate(text) if line.startswith("PATH="))
        text[path] = f"PATH={stubs}:/usr/bin:/bin\n"
        copy = stubs / "script"
        copy.write_text("".join(text[:lines]), encoding="utf-8")
        subprocess.run(["/bin/sh", str(copy), *words], check=True, capture_output=True)

    def called(self):
        """The commands that scripts ran."""
        calls = self.root.parent / "stubs/called"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def _state(self, unit):
        return "active" if unit in self.active or (unit.endswith(".timer") and unit[: -len(".timer")] in self.timers) else "inactive"


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path / "node")


@pytest.fixture
def new_node(tmp_path_factory):
    """Nodes, one a call, for tests that need many."""
    return lambda: Node(tmp_path_factory.mktemp("node") / "node")


@pytest.fixture
def kill_after():
    """Run something until it has made so many steps; whether it was killed."""

    def run(lives, something):
        DEATH.lives = lives
        try:
            something()
        except Killed:
            return True
        finally:
            DEATH.lives = None
        return False

    return run
