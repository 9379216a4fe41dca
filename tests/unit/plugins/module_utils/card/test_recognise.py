# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import Look, recognise
from ansible_collections.pikube.stateful.plugins.module_utils.card.releases import FORMATS

FIRST_BOOT = "init=/usr/lib/raspberrypi-sys-mods/firstboot"


def look_of(folder, prefix=""):
    files = [place.relative_to(folder).as_posix() for place in folder.rglob("*") if place.is_file()]
    issue = folder / "issue.txt"
    line = (folder / prefix / "cmdline.txt").read_text().split()
    return Look.of(files, line, prefix, issue.read_bytes() if issue.exists() else None)


def look(files, line="root=PARTUUID=1-02 rootwait", prefix="", made=None):
    return Look.of(files, line.split(), prefix, f"Raspberry Pi reference {made}\n".encode() if made else None)


@pytest.mark.parametrize(
    ("fixture", "prefix", "release", "init_format", "booted"),
    [
        ("raspios-bullseye", "", "raspios-bullseye", "userconf", False),
        ("raspios-bookworm", "", "raspios-bookworm", "custom_toml", False),
        ("raspios-trixie", "", "raspios-trixie", "cloud_init", False),
        ("ubuntu-22.04", "", "ubuntu-22.04", "cloud_init", None),
        ("ubuntu-24.04", "", "ubuntu-24.04", "cloud_init", None),
        ("ubuntu-25.10", "current/", "ubuntu-25.10", "cloud_init", None),
    ],
)
def test_each_release_is_recognised_by_its_boot_files(fixtures, fixture, prefix, release, init_format, booted):
    system = recognise(look_of(fixtures / fixture, prefix), "auto", None, "card")
    assert (system.release.id, system.format.id, system.booted) == (release, init_format, booted)


@pytest.mark.parametrize(
    ("seen", "release", "booted"),
    [
        pytest.param(look(["INITRAMFS8", "Issue.TXT"], FIRST_BOOT), "raspios-bookworm", False, id="names in capital letters"),
        pytest.param(look(["initramfs8", "issue.txt"]), "raspios-bookworm", True, id="bookworm without the first boot's parameter"),
        pytest.param(look(["user-data", "meta-data"], made="2026-04-13"), "raspios-trixie", True, id="trixie without resize"),
        pytest.param(look(["user-data", "meta-data"], "resize"), "raspios-trixie", False, id="trixie without issue.txt"),
        pytest.param(look(["user-data", "meta-data"], "resize", made="2025-99-99"), "raspios-trixie", False, id="a date that is none"),
        pytest.param(
            look(["issue.txt", "kernel8.img"], "init=/usr/lib/raspi-config/init_resize.sh"),
            "raspios-bullseye",
            False,
            id="bullseye from before 2022-09",
        ),
        pytest.param(look(["issue.txt", "kernel8.img"]), "raspios-bullseye", True, id="bullseye that has booted"),
    ],
)
def test_variations(seen, release, booted):
    system = recognise(seen, "auto", None, "card")
    assert (system.release.id, system.booted) == (release, booted)


@pytest.mark.parametrize("booted", [True, False])
def test_the_root_file_system_knows_better_than_the_boot_partition(fixtures, booted):
    for fixture in ("raspios-trixie", "ubuntu-24.04"):
        assert recognise(look_of(fixtures / fixture), "auto", booted, "card").booted is booted


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        pytest.param(look(["kernel.img"]), "not the files of Raspberry Pi OS 11 to 13", id="another system for the Pi"),
        pytest.param(look([]), "name the format: cloud_init, custom_toml, userconf", id="nothing but config.txt"),
        pytest.param(
            look(["user-data", "meta-data", "issue.txt"], "resize", made="2025-10-01"), "2025-11-24 or later", id="the first trixie"
        ),
        pytest.param(look(["initramfs8", "issue.txt"], "resize", made="2025-10-01"), "2025-11-24 or later", id="trixie without cloud-init"),
    ],
)
def test_what_cannot_be_prepared_is_said(seen, says):
    with pytest.raises(CardError, match=says) as caught:
        recognise(seen, "auto", None, "/images/pi.img")
    assert "/images/pi.img" in str(caught.value)


@pytest.mark.parametrize("name", [each.id for each in FORMATS])
def test_a_format_named_by_hand_is_taken(name):
    system = recognise(look(["kernel.img"]), name, None, "card")
    assert (system.format.id, system.release, system.named, system.takes_settings) == (name, None, True, True)


def test_only_a_named_format_is_written_to_a_used_card():
    used = look(["initramfs8"])
    assert not recognise(used, "auto", None, "card").takes_settings
    assert recognise(used, "custom_toml", None, "card").takes_settings


def test_the_date_of_an_image():
    assert look([], made="2025-12-04").made == datetime.date(2025, 12, 4)
    assert Look.of([], [], "", b"\xff no date").made is None
