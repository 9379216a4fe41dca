# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single tokens of a command line."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import (
    checked,
    key_of,
    meaning,
    printable,
    split,
    started_as,
    value_of,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("  a  b\tc ", ("a", "b", "c"), id="any blanks, also at both ends"),
        pytest.param('dyndbg="file a.c +p" quiet', ('dyndbg="file a.c +p"', "quiet"), id="quoted blanks stay in one token"),
        pytest.param('"dyndbg=file a.c +p" quiet', ('"dyndbg=file a.c +p"', "quiet"), id="quotes around the whole token"),
        pytest.param('a=b"c d"e f', ('a=b"c d"e', "f"), id="quotes in the middle of a value"),
        pytest.param('a="b c', ('a="b c',), id="an open quote takes the rest, as in the kernel"),
        pytest.param("a=b=c", ("a=b=c",), id="only the first = divides"),
    ],
)
def test_split(text, tokens):
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("token", "key", "value"),
    [
        pytest.param("quiet", "quiet", None, id="a flag has no value"),
        pytest.param("panic=", "panic", "", id="an empty value is a value"),
        pytest.param("root=PARTUUID=1234abcd-02", "root", "PARTUUID=1234abcd-02", id="the value may hold ="),
        pytest.param('dyndbg="file a.c +p"', "dyndbg", "file a.c +p", id="quotes around the value"),
        pytest.param('"dyndbg=file a.c +p"', "dyndbg", "file a.c +p", id="quotes around all"),
        pytest.param("usb-storage.quirks=152d:1561:u", "usb_storage.quirks", "152d:1561:u", id="- and _ are one in a key"),
        pytest.param("ds=nocloud;i=rpi-imager-1", "ds", "nocloud;i=rpi-imager-1", id="cloud-init's data source"),
    ],
)
def test_key_and_value(token, key, value):
    assert (key_of(token), value_of(token)) == (key, value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param('a="b"', "a=b", True, id="needless quotes"),
        pytest.param("rd-x=1", "rd_x=1", True, id="dash and underscore in the key"),
        pytest.param("a=x-y", "a=x_y", False, id="dash and underscore in the value"),
        pytest.param("quiet", "quiet=", False, id="flag and empty value"),
        pytest.param("console=serial0,115200", "console=ttyS0,115200", False, id="in a file a port is what is written"),
    ],
)
def test_meaning(one, other, same):
    assert (meaning(one) == meaning(other)) is same


@pytest.mark.parametrize(
    ("written", "running", "same"),
    [
        pytest.param("console=serial0,115200", "console=ttyS0,115200", True, id="Pi 3 and 4 name the small UART"),
        pytest.param("console=serial0,115200", "console=ttyAMA10,115200", True, id="Pi 5 names its debug UART"),
        pytest.param("console=ttyAMA0,115200", "console=ttyS0,115200", True, id="a port that the board does not use is replaced too"),
        pytest.param("console=serial0,115200", "console=ttyS0,9600", False, id="another speed"),
        pytest.param("console=tty1", "console=ttyS0", False, id="a screen is no serial port"),
        pytest.param("console=ttyACM0", "console=ttyS0", False, id="a USB adapter is no port of the board"),
        pytest.param("kgdboc=ttyAMA0,115200", "kgdboc=ttyS0,115200", False, id="only consoles are renamed"),
    ],
)
def test_the_firmware_renames_the_serial_console(written, running, same):
    assert (started_as(written) == started_as(running)) is same


@pytest.mark.parametrize(
    ("token", "part_of_message"),
    [
        pytest.param("cgroup_enable=memory cgroup_memory=1", "is 2 parameters", id="two in one entry"),
        pytest.param('a="b', "never closed", id="open quote"),
        pytest.param("a\nb", "one line", id="line break"),
        pytest.param("a\r", "one line", id="carriage return"),
        pytest.param("a\0", "NUL", id="NUL"),
        pytest.param("", "not a kernel parameter", id="empty"),
        pytest.param(" quiet", "without blanks", id="blank in front"),
        pytest.param("=1", "not a kernel parameter", id="no key"),
        pytest.param("--", "not a kernel parameter", id="the mark for init"),
    ],
)
def test_what_is_no_token_is_refused(token, part_of_message):
    with pytest.raises(BootError, match=part_of_message):
        checked(token)


def test_bytes_that_are_no_text_can_be_shown():
    assert printable(b"a=\xff".decode("utf-8", "surrogateescape")) == "a=\ufffd"
