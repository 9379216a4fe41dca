# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings, User
from hypothesis import given
from hypothesis import strategies as st

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGrT0pJ0mLAEwh1x5Lw2n5rXO5cWcVbQWJvXOQ2x0m1t ops@example.org"
SHA512 = "$6$abcdef$6lGaqhZkZqB0Az2mGvLWSM3ub7yeD1/XQqsgcaYlVWTE0OXJ.lxDIQ/skGqqCKfybTHNpeae0r1PxIGJ3V.BW."
SHA256 = "$5$abcdef$K7Wgfh0oB9rFW2hJyJ7yTRaiDsiAe7KqC3FTxE1hJqB"
YESCRYPT = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"


def options(*users, **more):
    return {"hostname": "pi01", "users": list(users), "ssh_password_authentication": False, **more}


@pytest.mark.parametrize(
    "hashed",
    [
        pytest.param(SHA512, id="SHA-512"),
        pytest.param(SHA512.replace("$6$", "$6$rounds=100000$"), id="SHA-512 with more rounds"),
        pytest.param(SHA256, id="SHA-256"),
        pytest.param(YESCRYPT, id="yescrypt"),
    ],
)
def test_hashes_of_crypt_are_taken(hashed):
    assert User.from_options({"name": "ops", "password_hash": hashed}).password_hash == hashed


@pytest.mark.parametrize(
    "hashed",
    [
        pytest.param("correct horse battery staple", id="a password"),
        pytest.param("$6$secret", id="a password that begins like a hash"),
        pytest.param(SHA512[:-1], id="a hash without its last letter"),
        pytest.param(SHA512 + "\n", id="a hash with a newline"),
        pytest.param(SHA512 + " ", id="a hash with a blank"),
        pytest.param("$1$abcdefgh$n0xA7SVyLvf2vVnQ5TT6t.", id="MD5, which is broken"),
        pytest.param("abJnggxhB/yWI", id="DES"),
        pytest.param("ops:" + SHA512, id="a line of userconf.txt"),
    ],
)
def test_what_is_no_hash_is_refused_and_not_repeated(hashed):
    with pytest.raises(CardError, match="openssl passwd -6") as caught:
        User.from_options({"name": "ops", "password_hash": hashed})
    assert hashed.strip() not in str(caught.value)


@given(st.text(min_size=6))
def test_no_password_reaches_a_message(password):
    with pytest.raises(CardError) as caught:
        User.from_options({"name": "ops", "password_hash": f"<{password}>"})
    assert f"<{password}>" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("ops", True),
        ("a", True),
        ("data-base_1", True),
        ("x" * 32, True),
        ("x" * 33, False),
        ("", False),
        ("Ops", False),
        ("1ops", False),
        ("-ops", False),
        ("ops team", False),
        ("ops:x", False),
        ("root", False),
        ("öps", False),
    ],
)
def test_names_of_accounts(name, allowed):
    if allowed:
        assert User.from_options({"name": name}).name == name
    else:
        with pytest.raises(CardError, match="not allowed as the name of an account"):
            User.from_options({"name": name})


@pytest.mark.parametrize(
    ("key", "says"),
    [
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "is a private key", id="a private key"),
        pytest.param("~/.ssh/id_ed25519.pub", "not one line of a public ssh key", id="the path instead of the key"),
        pytest.param("ssh-ed25519", "not one line", id="a type without a key"),
        pytest.param(f"{KEY}\n{KEY}", "not one line", id="two keys in one text"),
        pytest.param("AAAAC3NzaC1lZDI1NTE5AAAAIGrT0pJ0mLAEwh1x5Lw2n5", "not one line", id="a key without a type"),
    ],
)
def test_what_is_no_public_key_is_refused(key, says):
    with pytest.raises(CardError, match=says):
        User.from_options({"name": "ops", "authorized_keys": [KEY, key]})


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(KEY, id="Ed25519"),
        pytest.param("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7", id="RSA without a comment"),
        pytest.param("sk-ssh-ed25519@openssh.com AAAAGnNrLXNza", id="a key on a stick"),
        pytest.param(f'from="10.0.0.0/8",no-pty {KEY}', id="with options before it"),
        pytest.param(f"  {KEY}\n", id="as a file has it, with a newline"),
    ],
)
def test_public_keys(key):
    assert User.from_options({"name": "ops", "authorized_keys": [key]}).authorized_keys == (key.strip(),)


def test_an_empty_hash_is_none():
    assert User.from_options({"name": "ops", "password_hash": ""}).password_hash is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param(options(), "nobody could log in", id="no users"),
        pytest.param(options({"name": "ops"}), "nobody could log in", id="a user with neither key nor password"),
        pytest.param(
            options({"name": "ops", "password_hash": SHA512}), "ops could not log in over ssh", id="a password that ssh does not take"
        ),
    ],
)
def test_nobody_is_locked_out(settings, says):
    with pytest.raises(CardError, match=says):
        Settings.from_options(settings).check_access()


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(options({"name": "ops", "authorized_keys": [KEY]}), id="a key"),
        pytest.param(options({"name": "ops", "password_hash": SHA512}, ssh_password_authentication=True), id="a password that ssh takes"),
        pytest.param(
            options({"name": "console", "password_hash": SHA512}, {"name": "ops", "authorized_keys": [KEY]}), id="a key of the second"
        ),
    ],
)
def test_ways_to_log_in(settings):
    Settings.from_options(settings).check_access()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param({"timezone": "Europe/Berlin; reboot"}, "is not the name of a time zone", id="more than a time zone"),
        pytest.param({"timezone": "/etc/localtime"}, "is not the name of a time zone", id="a path"),
    ],
)
def test_wrong_settings_are_refused(more, says):
    with pytest.raises(CardError, match=says):
        Settings.from_options(options({"name": "ops", "authorized_keys": [KEY]}, **more))


def test_an_account_is_given_once():
    with pytest.raises(CardError, match='"ops" is there twice'):
        Settings.from_options(options({"name": "ops"}, {"name": "ops"}))
