# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it: a process of its own, real folders, real mounts, and a command line that a kernel was started with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
MODULE = ROOT / "plugins" / "modules" / "boot_cmdline.py"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / ".cache" / "collections"), "ANSIBLE_LOCALHOST_WARNING": "false"}
UNSHARE = shutil.which("unshare") or "unshare"

LINE = "console=serial0,115200 console=tty1 root=LABEL=writable rootfstype=ext4 rootwait fixrtc\n"
AB = "[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/\n[all]\n"
FIRMWARE = "coherent_pool=1M cgroup_disable=memory vc_mem.mem_base=0x3ec00000 vc_mem.mem_size=0x40000000 "
STARTED = f"{FIRMWARE} {LINE}".replace("serial0", "ttyS0")
KUBERNETES = {"present": ["cgroup_enable=memory"], "absent": ["cgroup_disable=memory", "systemd.unified_cgroup_hierarchy=0"]}

# In a mount namespace of its own, so that /boot/firmware is a mount point and /proc/cmdline is a Pi's, for this process only.
PI = """
mount -t tmpfs tmpfs /boot && mkdir /boot/firmware && mount --bind "$1" /boot/firmware &&
mount -t tmpfs tmpfs /sys/firmware && mkdir -p /sys/firmware/devicetree/base/chosen &&
printf '%s\\0' "$2" > /sys/firmware/devicetree/base/chosen/os_prefix &&
printf '%s\\0' 'Raspberry Pi 4 Model B Rev 1.4' > /sys/firmware/devicetree/base/model &&
mount --bind "$3" /proc/cmdline || exit 99
eval "$4"
shift 4
exec "$@"
"""


def tree(folder, files):
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def texts(folder):
    return {place.relative_to(folder).as_posix(): place.read_bytes().decode() for place in folder.rglob("*") if place.is_file()}


def arguments(options, check):
    return json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_check_mode": check, "_ansible_diff": True}})


def run(options, check=False, before=()):
    command = [*before, sys.executable, str(MODULE)]
    done = subprocess.run(command, input=arguments(options, check), capture_output=True, check=False, text=True, env=ENVIRONMENT)
    if done.returncode == 99:
        pytest.skip(f"file systems cannot be mounted here: {done.stderr.strip()}")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def card(tmp_path):
    """A boot partition in a folder."""
    return tree(tmp_path / "card", {"config.txt": "arm_64bit=1\n", "cmdline.txt": LINE})


@pytest.fixture
def on_a_pi(tmp_path):
    """Runs the module where the folder is mounted at /boot/firmware and the kernel was started with that line."""

    def run_there(folder, options, running=STARTED, os_prefix="", also="", check=False):
        line = tmp_path / "proc_cmdline"
        line.write_text(running)
        return run(options, check, (UNSHARE, "--mount", "sh", "-c", PI, "sh", str(folder), os_prefix, str(line), also))

    return run_there


def test_a_pi_gets_its_memory_controller(card, on_a_pi):
    first = on_a_pi(card, KUBERNETES)
    after = LINE.strip() + " cgroup_enable=memory"
    assert first["changed"] is True
    assert first["path"] == "/boot/firmware/cmdline.txt"
    assert first["paths"] == ["/boot/firmware/cmdline.txt"]
    assert first["command_line"] == after
    assert first["running_command_line"] == " ".join(STARTED.split())
    assert first["reboot_required"] is True
    assert first["backup_files"] == ["/boot/firmware/cmdline.txt.bak"]
    assert first["diff"] == [
        {
            "before_header": "/boot/firmware/cmdline.txt",
            "after_header": "/boot/firmware/cmdline.txt",
            "before": LINE,
            "after": f"{after}\n",
        }
    ]
    assert texts(card) == {"config.txt": "arm_64bit=1\n", "cmdline.txt": f"{after}\n", "cmdline.txt.bak": LINE}

    second = on_a_pi(card, KUBERNETES)
    assert (second["changed"], second["diff"], second["backup_files"]) == (False, [], [])
    assert second["reboot_required"] is True, "interrupted before its reboot, a node still needs it"

    restarted = on_a_pi(card, KUBERNETES, running=f"{FIRMWARE} {after}".replace("serial0", "ttyS0"))
    assert (restarted["changed"], restarted["reboot_required"]) == (False, False)


def test_both_sets_of_an_ab_layout(tmp_path, on_a_pi):
    card = tree(tmp_path / "card", {"config.txt": AB, "current/cmdline.txt": LINE, "new/cmdline.txt": f"quiet {LINE}"})
    result = on_a_pi(card, KUBERNETES, os_prefix="current/")
    assert result["paths"] == ["/boot/firmware/current/cmdline.txt", "/boot/firmware/new/cmdline.txt"]
    assert result["backup_files"] == [f"{path}.bak" for path in result["paths"]]
    assert texts(card)["new/cmdline.txt"] == f"quiet {LINE.strip()} cgroup_enable=memory\n"
    assert on_a_pi(card, KUBERNETES, os_prefix="new/")["path"] == "/boot/firmware/new/cmdline.txt"
    assert on_a_pi(card, KUBERNETES, os_prefix="new/")["changed"] is False


def test_check_mode_says_what_would_be_and_writes_nothing(card, on_a_pi):
    before = texts(card)
    would = on_a_pi(card, KUBERNETES, check=True)
    assert texts(card) == before
    assert would["backup_files"] == []
    done = on_a_pi(card, KUBERNETES)
    for key in ("changed", "path", "paths", "command_line", "reboot_required", "diff"):
        assert would[key] == done[key]


def test_what_is_in_force_needs_no_reboot_though_the_file_is_cleaned(card, on_a_pi):
    (card / "cmdline.txt").write_bytes((LINE.strip() + " cgroup_enable=memory\r\n").encode())
    result = on_a_pi(card, KUBERNETES, running=f"{STARTED.strip()} cgroup_enable=memory\n")
    assert (result["changed"], result["reboot_required"]) == (True, False)
    assert texts(card)["cmdline.txt"] == LINE.strip() + " cgroup_enable=memory\n"


def test_a_disable_in_the_file_that_won_at_the_last_start(card, on_a_pi):
    (card / "cmdline.txt").write_text(LINE.strip() + " cgroup_enable=memory cgroup_disable=memory\n")
    result = on_a_pi(card, KUBERNETES, running=f"{STARTED.strip()} cgroup_enable=memory cgroup_disable=memory\n")
    assert (result["changed"], result["reboot_required"]) == (True, True)
    assert texts(card)["cmdline.txt"] == LINE.strip() + " cgroup_enable=memory\n"


def test_the_only_console(card, on_a_pi):
    result = on_a_pi(card, {"replaced": ["console=tty1"]})
    assert result["command_line"] == "console=tty1 root=LABEL=writable rootfstype=ext4 rootwait fixrtc"
    assert result["reboot_required"] is True
    assert on_a_pi(card, {"replaced": ["console=tty1"]}, running=f"{FIRMWARE} {result['command_line']}\n")["reboot_required"] is False


def test_a_boot_partition_that_is_not_mounted_is_not_written_around(card, on_a_pi):
    result = on_a_pi(card, KUBERNETES, also="umount /boot/firmware && mkdir -p /boot/firmware && cp -r /boot/. /boot/firmware 2>/dev/null")
    assert result["failed"] is True
    assert "/boot/firmware is not a mount point" in result["msg"]
    assert "mount /boot/firmware" in result["msg"]


def test_a_read_only_boot_partition(card, on_a_pi):
    before = texts(card)
    result = on_a_pi(card, KUBERNETES, also="mount -o remount,bind,ro /boot/firmware")
    assert result["failed"] is True
    assert result["msg"].startswith("/boot/firmware/cmdline.txt.bak cannot be written: /boot/firmware is mounted read-only")
    assert "mount -o remount,rw /boot/firmware" in result["msg"]
    assert result["mount"] == "/boot/firmware"
    assert texts(card) == before


@pytest.mark.parametrize("backup", [True, False])
def test_a_full_boot_partition(card, on_a_pi, backup):
    """The partition is a small file system of its own, so what is in it afterwards is copied out."""
    also = f"""
        mount -t tmpfs -o size=12k,mode=755 tmpfs /boot/firmware && cp {card}/config.txt {card}/cmdline.txt /boot/firmware
        cat /dev/zero > /boot/firmware/FILLER.BIN 2>/dev/null
        shift 4
        "$@"
        ls /boot/firmware > {card}/listing
        cp /boot/firmware/cmdline.txt {card}/after
        exit
    """
    result = on_a_pi(card, {**KUBERNETES, "backup": backup}, also=also)
    assert result["failed"] is True
    file = "cmdline.txt.bak" if backup else "cmdline.txt"
    assert f"/boot/firmware/{file} cannot be written: /boot/firmware is full" in result["msg"]
    assert result["bytes_free"] == 0
    assert result["bytes_needed"] == len(LINE) + (0 if backup else len(" cgroup_enable=memory"))
    assert (card / "after").read_text() == LINE
    assert (card / "listing").read_text().split() == ["FILLER.BIN", "cmdline.txt", "config.txt"]


@pytest.mark.parametrize(
    ("files", "options", "part_of_message"),
    [
        pytest.param(
            {"cmdline.txt": f"{LINE}cgroup_enable=memory\n"}, {}, "cmdline.txt cannot be used: it has text on line 1, 2", id="two lines"
        ),
        pytest.param({"cmdline.txt": ""}, {}, "cmdline.txt cannot be used: it is blank", id="an empty file"),
        pytest.param({"cmdline.txt": "console=tty1\n"}, {}, "has no root= parameter", id="no root="),
        pytest.param({"config.txt": AB}, {}, "/current/cmdline.txt or", id="nothing where config.txt leads"),
        pytest.param({}, {"present": ["a b"]}, "'a b' is 2 parameters", id="two parameters in one entry"),
        pytest.param({}, {"absent": ["root"]}, "without root=", id="a change that would leave no root="),
        pytest.param({}, {"present": ["quiet"], "absent": ["quiet"]}, "both wanted and to be absent", id="wanted and not wanted"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(tmp_path, files, options, part_of_message):
    contents = {"config.txt": "", "cmdline.txt": LINE, **files}
    if files.get("config.txt") == AB:
        del contents["cmdline.txt"]
    card = tree(tmp_path / "card", contents)
    for check in (True, False):
        result = run({"boot_directory": str(card), **(options or KUBERNETES)}, check)
        assert result["failed"] is True
        assert part_of_message in result["msg"]
        assert texts(card) == contents


def test_a_folder_that_is_not_there():
    result = run({"boot_directory": "/nowhere", **KUBERNETES})
    assert result["msg"] == "/nowhere is not a folder; give the folder where the boot partition is mounted"


def test_reading_without_a_wish_changes_nothing(card):
    before = texts(card)
    result = run({"boot_directory": str(card)})
    assert (result["changed"], result["reboot_required"], result["command_line"]) == (False, False, LINE.strip())
    assert result["running_command_line"].split() == Path("/proc/cmdline").read_text().split()
    assert texts(card) == before


def test_what_the_machine_was_started_with_needs_no_reboot(card):
    """Against the real /proc/cmdline of the machine that runs the test."""
    token = Path("/proc/cmdline").read_text().split()[0]
    assert run({"boot_directory": str(card), "present": [token]})["reboot_required"] is False
    assert run({"boot_directory": str(card), "present": ["pikube_never_given=1"]})["reboot_required"] is True


def test_killed_in_the_middle_the_next_run_finishes(card):
    """The module is killed at different moments of its work; the line stays whole and the next run converges."""
    after = f"{LINE.strip()} cgroup_enable=memory\n"
    for wait in (0.05, 0.08, 0.11, 0.14, 0.17, 0.2, 0.23, 0.26):
        (card / "cmdline.txt").write_text(LINE)
        process = subprocess.Popen([sys.executable, str(MODULE)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        process.stdin.write(arguments({"boot_directory": str(card), **KUBERNETES}, False).encode())
        process.stdin.close()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (card / "cmdline.txt").read_text() in (LINE, after)
    run({"boot_directory": str(card), **KUBERNETES})
    assert texts(card) == {"config.txt": "arm_64bit=1\n", "cmdline.txt": after, "cmdline.txt.bak": LINE}


def test_ansible_runs_it_with_check_and_diff(card):
    """The whole way: ansible packs the module, runs it and shows its diff."""
    ansible = Path(sys.executable).with_name("ansible")
    command = [ansible, "localhost", "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}", "--diff"]
    command += ["-m", "pikube.stateful.boot_cmdline", "-a", json.dumps({"boot_directory": str(card), **KUBERNETES})]
    would = subprocess.run([*command, "--check"], cwd=ROOT, capture_output=True, check=False, text=True, env=ENVIRONMENT)
    assert f"--- before: {card}/cmdline.txt" in would.stdout, would.stdout + would.stderr
    assert f"+{LINE.strip()} cgroup_enable=memory" in would.stdout
    assert (card / "cmdline.txt").read_text() == LINE
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, env=ENVIRONMENT)
    assert "CHANGED" in done.stdout
    again = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, env=ENVIRONMENT)
    assert "SUCCESS" in again.stdout
    assert "--- before" not in again.stdout
