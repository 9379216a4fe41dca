# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it: a process of its own, on real images and folders."""

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
import tomllib
import yaml

ROOT = Path(__file__).parents[4]
MODULE = ROOT / "plugins" / "modules" / "card.py"
FIXTURES = ROOT / "tests" / "unit" / "fixtures" / "cards"
PATH = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
ENVIRONMENT = {**os.environ, "PATH": PATH, "PYTHONPATH": str(ROOT / ".cache" / "collections")}
UNSHARE = shutil.which("unshare", path=PATH) or "unshare"
TOOLS = ("sfdisk", "mkfs.fat", "mcopy", "mtype", "mdir", "mren", "mdel", "fsck.fat")
START, SIZE = 16384, 131072  # sectors of the boot partition

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGrT0pJ0mLAEwh1x5Lw2n5rXO5cWcVbQWJvXOQ2x0m1t ops@example.org"
HASH = "$6$abcdef$6lGaqhZkZqB0Az2mGvLWSM3ub7yeD1/XQqsgcaYlVWTE0OXJ.lxDIQ/skGqqCKfybTHNpeae0r1PxIGJ3V.BW."
PASSPHRASE = "correct horse battery"
PSK = "ea4f1f8a4cb4ec1a5ce8c1b0e3a3a5d9a3f5f1ab6f5ca6f24b4ae1a4f6a1ab22"
WANTED = {
    "hostname": "pi01",
    "users": [{"name": "ops", "authorized_keys": [KEY], "password_hash": HASH}],
    "timezone": "Europe/Berlin",
    "wifi_country": "DE",
    "wifi_networks": [{"ssid": "Attic", "psk": PSK}, {"ssid": "Barn", "passphrase": PASSPHRASE, "hidden": True}],
    "kernel_parameters_present": ["psi=1"],
}


def start(target, options=None, check=False):
    arguments = {"ANSIBLE_MODULE_ARGS": {"target": str(target), **(options or WANTED), "_ansible_check_mode": check, "_ansible_diff": True}}
    process = subprocess.Popen(
        [sys.executable, str(MODULE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    process.stdin.write(json.dumps(arguments))
    process.stdin.close()
    return process


def run(target, options=None, check=False):
    process = start(target, options, check)
    out, err = process.stdout.read(), process.stderr.read()
    process.wait()
    assert out, err
    for secret in (HASH, PASSPHRASE, PSK):
        assert secret not in out.split('"invocation"')[0] + err
    return json.loads(out)


def tool(*arguments, data=b""):
    done = subprocess.run([str(argument) for argument in arguments], input=data, capture_output=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def texts(folder):
    return {place.relative_to(folder).as_posix(): place.read_bytes() for place in folder.rglob("*") if place.is_file()}


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    missing = [name for name in TOOLS if shutil.which(name, path=PATH) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    path = tmp_path_factory.mktemp("blank") / "card.img"
    with path.open("wb") as file:
        file.truncate((START + SIZE + 2048) * 512)
    tool("sfdisk", "--quiet", path, data=f"label: dos\nstart={START},size={SIZE},type=c\nstart={START + SIZE},type=83\n".encode())
    tool("mkfs.fat", "-F", "32", "--offset", START, path, SIZE // 2)
    return path


class Card:
    """A boot partition in an image or in a folder, read in the same way."""

    def __init__(self, target, drive=None):
        self.target, self.drive = target, drive

    def text(self, name):
        data = tool("mtype", "-i", self.drive, f"::{name}") if self.drive else (self.target / name).read_bytes()
        return data.decode()

    def names(self):
        if not self.drive:
            return set(texts(self.target))
        lines = tool("mdir", "-b", "-/", "-i", self.drive, "::").decode().splitlines()
        return {line.removeprefix("::/") for line in lines if not line.endswith("/")}

    def put(self, name, text):
        if self.drive:
            tool("mcopy", "-o", "-i", self.drive, "-" if text else "/dev/null", f"::{name}", data=text.encode())
        else:
            (self.target / name).write_text(text)


@pytest.fixture(params=["folder", "image"])
def card(request, tmp_path):
    def make(release):
        if request.param == "folder":
            return Card(Path(shutil.copytree(FIXTURES / release, tmp_path / "card")))
        path = tmp_path / "card.img"
        tool("cp", "--sparse=always", request.getfixturevalue("blank"), path)
        drive = f"{path}@@{START * 512}"
        tool("mcopy", "-s", "-i", drive, *sorted((FIXTURES / release).iterdir()), "::")
        return Card(path, drive)

    return make


@pytest.mark.parametrize(
    ("release", "init_format", "files"),
    [
        ("raspios-bullseye", "userconf", ["ssh", "userconf.txt", "wpa_supplicant.conf"]),
        ("raspios-bookworm", "custom_toml", ["custom.toml"]),
        ("raspios-trixie", "cloud_init", ["user-data", "network-config", "meta-data"]),
        ("ubuntu-22.04", "cloud_init", ["user-data", "network-config", "meta-data"]),
        ("ubuntu-24.04", "cloud_init", ["user-data", "network-config", "meta-data"]),
        ("ubuntu-25.10", "cloud_init", ["user-data", "network-config", "meta-data"]),
    ],
)
def test_every_release_is_prepared_once(card, release, init_format, files):
    made = card(release)
    lines = ["current/cmdline.txt", "new/cmdline.txt"] if release == "ubuntu-25.10" else ["cmdline.txt"]
    before = made.names()
    would = run(made.target, check=True)
    assert (would["changed"], made.names()) == (True, before)
    first = run(made.target)
    assert {key: first[key] for key in ("changed", "release", "init_format", "restored")} == {
        "changed": True,
        "release": release,
        "init_format": init_format,
        "restored": [],
    }
    assert first["files"] == [*files, *(f"{line}.bak" for line in lines), *lines] == would["files"]
    assert first["diff"] == would["diff"]
    for name in lines:
        tokens = made.text(name).split()
        assert {"cgroup_enable=memory", "cfg80211.ieee80211_regdom=DE", "psi=1"} <= set(tokens)
        assert tokens[: len(made.text(f"{name}.bak").split())] == made.text(f"{name}.bak").split()
        assert first["command_line"] == made.text(lines[0]).strip()
    again = run(made.target)
    assert (again["changed"], again["files"], again["diff"]) == (False, [], [])
    assert made.names() == before | {*files, *(f"{line}.bak" for line in lines)}


def test_cloud_init_gets_one_identity_in_both_places(card):
    made = card("raspios-trixie")
    made.put("cmdline.txt", made.text("cmdline.txt").replace("resize", "resize ds=nocloud;i=rpi-imager-1712345678"))
    run(made.target)
    identity = yaml.safe_load(made.text("meta-data"))["instance-id"]
    assert [token for token in made.text("cmdline.txt").split() if token.startswith("ds=")] == [f"ds=nocloud;i={identity}"]
    run(made.target, {**WANTED, "timezone": "UTC"})
    assert yaml.safe_load(made.text("meta-data"))["instance-id"] != identity
    run(made.target)
    assert yaml.safe_load(made.text("meta-data"))["instance-id"] == identity


def test_what_a_format_has_no_place_for_is_warned_of(card):
    made = card("raspios-bookworm")
    result = run(made.target)
    assert result["left_out"] == ['Wi-Fi network "Barn"']
    assert "custom.toml has no place for" in str(result["warnings"])
    assert tomllib.loads(made.text("custom.toml"))["wlan"]["password"] == PSK


def test_a_used_card_keeps_all_but_its_command_line(card):
    made = card("raspios-bookworm")
    made.put("cmdline.txt", made.text("cmdline.txt").replace(" init=/usr/lib/raspberrypi-sys-mods/firstboot", ""))
    result = run(made.target, {"hostname": "pi01"})
    assert (result["booted"], result["files"]) == (True, ["cmdline.txt.bak", "cmdline.txt"])
    assert "has booted already" in str(result["warnings"])


def test_a_damaged_command_line_is_restored_and_prepared(card):
    made = card("raspios-trixie")
    run(made.target)
    whole = made.text("cmdline.txt")
    made.put("cmdline.txt", made.text("cmdline.txt.bak")[:60])
    result = run(made.target)
    assert (result["restored"], result["changed"], made.text("cmdline.txt")) == (["cmdline.txt"], True, whole)
    assert "cmdline.txt was damaged" in str(result["warnings"])
    assert run(made.target)["changed"] is False


def test_killed_anywhere_the_card_boots_and_the_next_run_finishes(card):
    made = card("raspios-trixie")
    run(made.target)
    began = time.monotonic()
    run(made.target, {**WANTED, "timezone": "UTC"})
    takes = time.monotonic() - began
    killed = 0
    for moment in range(12):
        options = {**WANTED, "timezone": f"Etc/GMT+{moment}"}
        process = start(made.target, options)
        # Most of the time is the start of Python; the files are written at the end.
        time.sleep(takes * (0.25 + moment / 15))
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += process.returncode == -signal.SIGKILL
        assert "root=PARTUUID=1234abcd-02" in made.text("cmdline.txt").split()
    assert killed
    run(made.target, options)
    assert run(made.target, options)["changed"] is False
    assert "pikube.tmp" not in {name.lower() for name in made.names()}
    assert {"cgroup_enable=memory", "psi=1"} <= set(made.text("cmdline.txt").split())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            {"hostname": "pi_01"}, 'hostname "pi_01": an underscore is not allowed in a host name (RFC 1123). Try "pi-01".', id="name"
        ),
        pytest.param({"users": []}, "nobody could log in", id="nobody"),
        pytest.param({"users": [{"name": "ops", "password_hash": PASSPHRASE}]}, "is not a hash of crypt(5)", id="a password in clear text"),
        pytest.param({"wifi_country": "XX"}, "not a country code", id="country"),
        pytest.param({"wifi_networks": [{"ssid": "Attic", "psk": "1234567"}]}, "the psk has 7 characters", id="a key of 7 characters"),
        pytest.param({"kernel_parameters_absent": ["cgroup_enable=memory"]}, "is both wanted and to be absent", id="contradiction"),
        pytest.param({"kernel_parameters_absent": ["root"]}, "without root=", id="the root file system"),
    ],
)
def test_wishes_that_cannot_come_true_change_nothing(card, change, says):
    made = card("raspios-trixie")
    before = {name: made.text(name) for name in made.names()}
    result = run(made.target, {**WANTED, **change})
    assert result["failed"] is True
    assert says in result["msg"]
    assert {name: made.text(name) for name in made.names()} == before


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("cmdline.txt", "root=/dev/mmcblk0p2\ncgroup_enable=memory\n", "text on line 1, 2", id="a command line of two lines"),
        pytest.param("cmdline.txt", "quiet\n", "no root= parameter", id="a command line without root"),
        pytest.param("cmdline.txt", "", "it is blank", id="an empty command line without backup"),
    ],
)
def test_cards_that_cannot_be_prepared_are_left_as_they_are(card, name, text, says):
    made = card("raspios-trixie")
    made.put(name, text)
    before = {name: made.text(name) for name in made.names()}
    result = run(made.target)
    assert result["failed"] is True
    assert says in result["msg"]
    assert {name: made.text(name) for name in made.names()} == before


def test_a_read_only_folder(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("file systems are mounted by root")
    folder = Path(shutil.copytree(FIXTURES / "raspios-trixie", tmp_path / "card"))
    mounted = subprocess.run([UNSHARE, "--mount", "true"], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("there are no mount namespaces here")
    script = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec {sys.executable} {MODULE}"
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"target": str(folder), **WANTED}})
    done = subprocess.run(
        [UNSHARE, "--mount", "sh", "-c", script], input=arguments, capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert "its file system is mounted read-only" in json.loads(done.stdout)["msg"]
