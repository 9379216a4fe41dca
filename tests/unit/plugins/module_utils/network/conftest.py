"""Nodes in temporary folders, and networks as hypothesis makes them."""

import subprocess
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host

PROGRAMS = ("systemctl", "systemd-run", "nmcli", "netplan", "iw")
FOLDERS = {
    "networkmanager": ("etc/NetworkManager/system-connections", "etc/NetworkManager/conf.d", "var/lib/NetworkManager"),
    "netplan-networkd": ("etc/netplan",),
    "dhcpcd": ("etc/wpa_supplicant",),
}


class Killed(BaseException):
    """The module is gone in the middle, as by SIGKILL: nothing of it runs any more, no "except Exception" either."""


class Node:
    """A root folder with the files of a node, and a service manager that only keeps books."""

    def __init__(self, root: Path, active=()):
        self.root = root
        self.active = set(active)
        self.timers = {}
        self.commands = []
        self.answers = {}
        self.programs = set(PROGRAMS)
        self.lives = None
        for folder in ("etc/systemd/system", "etc/udev/rules.d", "var/lib"):
            (root / folder).mkdir(parents=True)

    @property
    def host(self):
        return Host(self.run, lambda name: f"/usr/bin/{name}" if name in self.programs else None, root=str(self.root))

    def with_stack(self, backend, service=None):
        for folder in FOLDERS[backend]:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        if backend == "dhcpcd":
            self.write("etc/dhcpcd.conf", "hostname\npersistent\n")
        if service:
            self.active.add(service)
        return self

    def with_radio(self, name="wlan0"):
        (self.root / f"sys/class/net/{name}/wireless").mkdir(parents=True)
        self.write(f"sys/class/net/{name}/operstate", "up\n")
        return self

    def write(self, path, text, mode=0o600):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)
        return target

    def tree(self, folder="etc"):
        """Every file below a folder, with mode and text."""
        files = sorted(path for path in (self.root / folder).rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path.relative_to(self.root)): (oct(path.stat().st_mode & 0o7777), path.read_text(encoding="utf-8")) for path in files}

    def run(self, argv):
        self.live()
        program, *words = [Path(argv[0]).name, *argv[1:]]
        self.commands.append([program, *words])
        if program == "systemctl" and words[0] == "is-active":
            return 0, "".join(f"{self._state(unit)}\n" for unit in words[1:]), ""
        if program == "systemctl" and words[0] == "stop":
            for unit in words[1:]:
                self.timers.pop(unit.removesuffix(".timer"), None)
            return 0, "", ""
        answer = self.answers.get(program)
        if answer is not None:
            return answer if isinstance(answer, tuple) else answer(words)
        if program == "systemd-run":
            unit = next(word.partition("=")[2] for word in words if word.startswith("--unit="))
            self.timers[unit] = words[words.index("/bin/sh") + 1 :]
        return 0, "", ""

    def live(self):
        """Count one more step of the module, if it is to be killed after some."""
        if self.lives is not None:
            if self.lives == 0:
                raise Killed
            self.lives -= 1

    def fire(self, unit, folder):
        """Let a timer start its script, for real, with programs that do nothing in place of those that would touch this machine."""
        script, *words = self.timers.pop(unit)
        stubs = folder / "stubs"
        stubs.mkdir(exist_ok=True)
        for program in (*PROGRAMS, "wpa_cli"):
            (stubs / program).write_text(f'#!/bin/sh\necho "{program} $*" >> {folder}/called\n')
            (stubs / program).chmod(0o755)
        lines = Path(script).read_text(encoding="utf-8").splitlines(keepends=True)
        path = next(position for position, line in enumerate(lines) if line.startswith("PATH="))
        lines[path] = f"PATH={stubs}:/usr/bin:/bin\n"
        copy = folder / "script"
        copy.write_text("".join(lines), encoding="utf-8")
        return subprocess.run(["/bin/sh", str(copy), *words], check=True, capture_output=True, text=True)

    def _state(self, unit):
        return "active" if unit in self.active or unit.removesuffix(".timer") in self.timers else "inactive"


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path / "node")
