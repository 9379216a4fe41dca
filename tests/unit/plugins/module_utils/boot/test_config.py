# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""config.txt as a value."""

from __future__ import annotations

import string

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.config import Config, LongLine, filters_of, includes_of
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from hypothesis import given
from hypothesis import strategies as st

TRIXIE = (
    "dtparam=audio=on\ncamera_auto_detect=1\ndtoverlay=vc4-kms-v3d\narm_64bit=1\n\n[cm4]\notg_mode=1\n\n"
    "[cm5]\ndtoverlay=dwc2,dr_mode=host\n\n[pi5]\ndtoverlay=nospi10\n\n[all]\n"
)
UBUNTU = (
    "[all]\nos_prefix=current/\nkernel=vmlinuz\ncmdline=cmdline.txt\ninitramfs initrd.img followkernel\n\n"
    "[tryboot]\nos_prefix=new/\n\n[all]\n"
)


@pytest.mark.parametrize(
    ("text", "key", "board_filters", "value"),
    [
        pytest.param(TRIXIE, "arm_64bit", (), "1", id="before any filter"),
        pytest.param(TRIXIE, "otg_mode", (), None, id="under a filter that does not hold"),
        pytest.param(TRIXIE, "otg_mode", ("pi4", "cm4"), "1", id="under a filter that holds"),
        pytest.param(TRIXIE, "dtparam", (), "audio=on", id="the value may hold ="),
        pytest.param(TRIXIE, "nothing", (), None, id="never set"),
        pytest.param(UBUNTU, "os_prefix", (), "current/", id="A/B: the good set"),
        pytest.param(UBUNTU, "os_prefix", ("tryboot",), "new/", id="A/B: the set on trial"),
        pytest.param(UBUNTU, "initramfs", (), "initrd.img followkernel", id="a setting without ="),
        pytest.param("os_prefix=a/\n[pi4]\nos_prefix=b/\n", "os_prefix", ("pi4",), "b/", id="a model's filter comes later"),
        pytest.param("[pi4]\nos_prefix=b/\n[all]\nos_prefix=a/\n", "os_prefix", ("pi4",), "a/", id="the last that applies"),
        pytest.param("[pi3]\n[pi4]\nkernel=k\n", "kernel", ("pi4",), "k", id="a model replaces a model"),
        pytest.param("[EDID=VSC-TD2220]\n[pi4]\nkernel=k\n", "kernel", ("pi4",), None, id="a monitor and a model must both hold"),
        pytest.param("[EDID=VSC-TD2220]\n[all]\n[pi4]\nkernel=k\n", "kernel", ("pi4",), "k", id="[all] ends every filter"),
        pytest.param("[none]\nkernel=k\n", "kernel", ("pi4",), None, id="[none] holds nowhere"),
        pytest.param("[none]\n[pi4]\nkernel=k\n", "kernel", ("pi4",), None, id="and lasts until [all]"),
        pytest.param("[gpio4=1]\nkernel=k\n", "kernel", (), None, id="a pin is not known to be high"),
        pytest.param("[0x1234abcd]\nkernel=k\n", "kernel", ("pi4",), None, id="another board's serial number"),
        pytest.param("[PI4]\nkernel=k\n", "kernel", ("pi4",), "k", id="filters in capitals"),
        pytest.param("[pi4] # boards\nkernel=k\n", "kernel", ("pi4",), "k", id="text behind a filter"),
        pytest.param("[all]\r\ncmdline=my.txt\r\n", "cmdline", (), "my.txt", id="CRLF"),
        pytest.param("\ufeffcmdline=my.txt\n", "cmdline", (), "my.txt", id="a byte order mark"),
        pytest.param("  cmdline = my.txt  \n", "cmdline", (), "my.txt", id="blanks around"),
        pytest.param("#cmdline=my.txt\n", "cmdline", (), None, id="a comment"),
        pytest.param("cmdline=my.txt", "cmdline", (), "my.txt", id="no newline at the end"),
        pytest.param("", "cmdline", (), None, id="an empty file"),
        pytest.param("[\n=\ncmdline\n", "cmdline", (), "", id="broken lines are passed over"),
        pytest.param(f"cmdline={'a' * 90}\n", "cmdline", (), "a" * 90, id="98 characters"),
        pytest.param(f"cmdline={'a' * 90}bcd\n", "cmdline", (), "a" * 90, id="what is behind 98 characters is ignored"),
    ],
)
def test_value(text, key, board_filters, value):
    assert Config(text).value(key, board_filters) == value


@pytest.mark.parametrize(
    ("text", "included", "value"),
    [
        pytest.param("include extra.txt\n", {"extra.txt": "cmdline=x.txt\n"}, "x.txt", id="a setting of an included file"),
        pytest.param("include extra.txt\ncmdline=y.txt\n", {"extra.txt": "cmdline=x.txt\n"}, "y.txt", id="is overruled by a later one"),
        pytest.param("cmdline=y.txt\ninclude extra.txt\n", {"extra.txt": "cmdline=x.txt\n"}, "x.txt", id="overrules an earlier one"),
        pytest.param("include extra.txt\ncmdline=y.txt\n", {"extra.txt": "[pi4]\n"}, None, id="a filter lasts beyond the included file"),
        pytest.param("[pi4]\ninclude extra.txt\n", {"extra.txt": "cmdline=x.txt\n"}, None, id="a filter lasts into the included file"),
        pytest.param("include a.txt\n", {"a.txt": "include b.txt\n", "b.txt": "cmdline=x.txt\n"}, "x.txt", id="included twice over"),
        pytest.param("include a.txt\ncmdline=y.txt\n", {"a.txt": "include a.txt\n"}, "y.txt", id="a file that includes itself ends"),
        pytest.param("include gone.txt\ncmdline=y.txt\n", {}, "y.txt", id="a missing file counts as empty"),
    ],
)
def test_includes(text, included, value):
    assert Config(text, included).value("cmdline") == value


def test_includes_of():
    assert includes_of("include a.txt\n#include b.txt\n[pi4]\ninclude c.txt\nincluded=d.txt\n") == ("a.txt", "c.txt")


def test_long_lines_are_known():
    text = f"short=1\n{'x' * 99}\n# {'y' * 120}\n{'z' * 98}\n"
    assert Config(text, {"extra.txt": "w" * 100}).long_lines == (LongLine("config.txt", 2, 99), LongLine("extra.txt", 1, 100))


def test_settings_know_where_they_stand():
    setting = Config("include extra.txt\n", {"extra.txt": "\n[pi4]\nkernel=k\n"}).settings[-1]
    assert (setting.key, setting.value, setting.filters, setting.file, setting.line) == ("kernel", "k", ("pi4",), "extra.txt", 3)


@pytest.mark.parametrize(
    ("text", "setting", "after"),
    [
        pytest.param("", ("kernel", "kernel8.img"), "kernel=kernel8.img\n", id="into an empty file"),
        pytest.param("a=1", ("kernel", "k"), "a=1\nkernel=k\n", id="a newline is added to the last line"),
        pytest.param("a=1\r\n", ("kernel", "k"), "a=1\r\nkernel=k\r\n", id="CRLF stays CRLF"),
        pytest.param(
            "a=1\n[cm4]\nb=1\n", ("kernel", "k"), "a=1\n[cm4]\nb=1\n[all]\nkernel=k\n", id="a file that ends in a model's section"
        ),
        pytest.param(
            TRIXIE, ("kernel", "kernel8.img", "pi5"), f"{TRIXIE}[pi5]\nkernel=kernel8.img\n[all]\n", id="under a model, and [all] behind it"
        ),
        pytest.param("[EDID=X]\na=1\n", ("k", "1", "pi5"), "[EDID=X]\na=1\n[all]\n[pi5]\nk=1\n[all]\n", id="no other filter lasts into it"),
        pytest.param("kernel=a\nb=1\n", ("kernel", "k"), "kernel=k\nb=1\n", id="in place"),
        pytest.param("kernel=a\r\nb=1\r\n", ("kernel", "k"), "kernel=k\r\nb=1\r\n", id="in place with CRLF"),
        pytest.param("kernel=a", ("kernel", "k"), "kernel=k", id="in place on a last line without newline"),
        pytest.param("kernel=k\n", ("kernel", "k", "pi5"), "kernel=k\n", id="holds for all, so for the model"),
        pytest.param("[pi5]\nkernel=a\n[all]\n", ("kernel", "k", "pi5"), "[pi5]\nkernel=k\n[all]\n", id="in place under the model"),
        pytest.param(
            "[pi5]\nkernel=a\n[all]\nkernel=b\n",
            ("kernel", "k", "pi5"),
            "[pi5]\nkernel=a\n[all]\nkernel=b\n[pi5]\nkernel=k\n[all]\n",
            id="at the end where a later setting would win",
        ),
        pytest.param("[pi4]\nkernel=a\n", ("kernel", "k"), "[pi4]\nkernel=a\n[all]\nkernel=k\n", id="another model's setting is left"),
        pytest.param("dtparam=audio=on\n", ("dtparam", "watchdog=on"), "dtparam=audio=on\ndtparam=watchdog=on\n", id="parameters add up"),
        pytest.param("dtparam=watchdog=on\n", ("dtparam", "watchdog=on"), "dtparam=watchdog=on\n", id="a parameter is there already"),
    ],
)
def test_with_setting(text, setting, after):
    assert Config(text).with_setting(*setting).text == after


def test_a_setting_of_an_included_file_is_overruled_in_config_txt():
    config = Config("include extra.txt\n", {"extra.txt": "kernel=a\n"}).with_setting("kernel", "k")
    assert config.text == "include extra.txt\nkernel=k\n"
    assert config.value("kernel") == "k"


def test_a_setting_that_the_firmware_would_cut_is_refused():
    with pytest.raises(BootError, match="98 characters"):
        Config("").with_setting("cmdline", "a" * 91)
    assert Config("").with_setting("cmdline", "a" * 90).value("cmdline") == "a" * 90


@pytest.mark.parametrize(
    ("model", "filters"),
    [
        pytest.param("Raspberry Pi 5 Model B Rev 1.0", ("pi5",), id="5"),
        pytest.param("Raspberry Pi 500 Rev 1.0", ("pi5", "pi500"), id="500 is not 5 alone"),
        pytest.param("Raspberry Pi Compute Module 5 Rev 1.0", ("pi5", "cm5"), id="CM5"),
        pytest.param("Raspberry Pi 4 Model B Rev 1.4", ("pi4",), id="4B"),
        pytest.param("Raspberry Pi 400 Rev 1.0", ("pi4", "pi400"), id="400 is not 4 alone"),
        pytest.param("Raspberry Pi Compute Module 4 Rev 1.1", ("pi4", "cm4"), id="CM4"),
        pytest.param("Raspberry Pi Compute Module 4S Rev 1.0", ("pi4", "cm4s"), id="CM4S"),
        pytest.param("Raspberry Pi 3 Model B Plus Rev 1.3", ("pi3", "pi3+"), id="3B+"),
        pytest.param("Raspberry Pi 3 Model B Rev 1.2", ("pi3",), id="3B"),
        pytest.param("Raspberry Pi 2 Model B Rev 1.2", ("pi2",), id="2B"),
        pytest.param("Raspberry Pi Zero 2 W Rev 1.0", ("pi0", "pi0w", "pi02"), id="Zero 2 W"),
        pytest.param("Some other board", None, id="not a Raspberry Pi"),
        pytest.param(None, None, id="not known"),
    ],
)
def test_filters_of(model, filters):
    assert filters_of(model) == filters


WORDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=5)
FILTERS = st.sampled_from(["all", "pi4", "pi5", "cm4", "tryboot", "none", "EDID=X", "gpio4=1"])
LINES = st.one_of(FILTERS.map("[{}]".format), st.builds("{}={}".format, st.sampled_from(["kernel", "os_prefix", "dtparam"]), WORDS))


@given(st.lists(LINES, max_size=12).map("\n".join), st.sampled_from(["kernel", "os_prefix"]), WORDS, st.sampled_from(["all", "pi4", "pi5"]))
def test_setting_holds_and_is_set_once(text, key, value, board_filter):
    once = Config(text).with_setting(key, value, board_filter)
    held = () if board_filter == "all" else (board_filter,)
    assert once.value(key, held) == value
    assert once.with_setting(key, value, board_filter) == once
    other = Config(text).value("dtparam", held)
    assert once.value("dtparam", held) == other
