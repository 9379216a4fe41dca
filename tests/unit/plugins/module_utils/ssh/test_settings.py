# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import as_options, overruled, parse_effective, render
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-@*.", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(True, "yes", id="true is yes"),
        pytest.param(False, "no", id="false is no"),
        pytest.param(4, "4", id="a number is its digits"),
        pytest.param(["ops", "pi"], "ops pi", id="a list is its words"),
        pytest.param(" prohibit-password ", "prohibit-password", id="blanks around a value go"),
        pytest.param("10:30:100", "10:30:100", id="text stays"),
    ],
)
def test_as_options(value, text):
    assert as_options({"Keyword": value}) == {"Keyword": text}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"Match": "all"}, '"Match" cannot be set here', id="Match opens a context"),
        pytest.param({"include": "/x"}, '"include" cannot be set here', id="Include in any case"),
        pytest.param({"Port 23": "x"}, '"Port 23" cannot be set here', id="a blank in a keyword"),
        pytest.param({"Banner": ""}, "Banner has '' for a value", id="no value"),
        pytest.param({"AllowUsers": []}, "AllowUsers has", id="an empty list"),
        pytest.param({"Banner": "x\nPermitRootLogin yes"}, "Banner has 'x.nPermitRootLogin yes' for a value", id="a second line"),
    ],
)
def test_what_cannot_stand_on_one_line_is_refused(settings, says):
    with pytest.raises(SshError, match=says):
        as_options(settings)


def test_render():
    assert render({"PermitRootLogin": "no", "MaxAuthTries": "4"}, "Managed.") == "# Managed.\nPermitRootLogin no\nMaxAuthTries 4\n"


def test_parse_effective():
    text = "port 22\nallowusers a\nallowusers b\nbanner none\nsubsystem sftp /usr/lib/openssh/sftp-server\nlogingracetime 60\n"
    assert parse_effective(text) == {
        "port": ("22",),
        "allowusers": ("a", "b"),
        "banner": ("none",),
        "subsystem": ("sftp /usr/lib/openssh/sftp-server",),
        "logingracetime": ("60",),
    }


@given(st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=5))
def test_parse_effective_reads_every_value(values):
    text = "".join(f"{keyword} {value}\n" for keyword, several in values.items() for value in several)
    assert parse_effective(text) == {keyword: tuple(several) for keyword, several in values.items()}


@pytest.mark.parametrize(
    ("keyword", "forced", "merged", "lines"),
    [
        pytest.param("PasswordAuthentication", ("no",), ("no",), [], id="in force"),
        pytest.param(
            "PasswordAuthentication", ("no",), ("yes",), ['PasswordAuthentication would be "yes" instead of "no"'], id="overruled"
        ),
        pytest.param("AllowUsers", ("a", "b", "a"), ("a", "b"), [], id="users add up, in any order and number"),
        pytest.param("AllowUsers", ("a", "b"), ("b",), ['AllowUsers would be "b" instead of "a b"'], id="a user got lost"),
    ],
)
def test_overruled(keyword, forced, merged, lines):
    assert overruled([keyword], {keyword.lower(): forced}, {keyword.lower(): merged}) == lines


def test_a_keyword_under_its_old_name_is_compared_under_the_new_one():
    forced, merged = {"kbdinteractiveauthentication": ("no",)}, {"kbdinteractiveauthentication": ("yes",)}
    assert overruled(["ChallengeResponseAuthentication"], forced, merged) != []
