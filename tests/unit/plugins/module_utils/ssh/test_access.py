# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.access import Account, KeyFile, key_paths, refusals

PI = Account("pi", 1000, "/home/pi", ("pi", "sudo"))
ROOT = Account("root", 0, "/root", ("root",))
KEY = KeyFile("/home/pi/.ssh/authorized_keys", 1)
# What sshd 9.2 says of the keywords that matter, hardened.
HARDENED = {
    "permitrootlogin": ("no",),
    "pubkeyauthentication": ("yes",),
    "passwordauthentication": ("no",),
    "authorizedkeyscommand": ("none",),
    "trustedusercakeys": ("none",),
    "authorizedkeysfile": (".ssh/authorized_keys .ssh/authorized_keys2",),
}


@pytest.mark.parametrize(
    ("account", "settings", "keys"),
    [
        pytest.param(PI, {}, [KEY], id="a key is enough"),
        pytest.param(PI, {}, [KeyFile("/a", 0), KEY], id="one of the files is enough"),
        pytest.param(PI, {"allowusers": ("x", "pi")}, [KEY], id="listed by name"),
        pytest.param(PI, {"allowusers": ("p?",)}, [KEY], id="listed by a wildcard"),
        pytest.param(PI, {"allowusers": ("pi@10.0.*",)}, [KEY], id="listed with its address by a wildcard"),
        pytest.param(PI, {"allowusers": ("*@10.0.0.0/24",)}, [KEY], id="listed with its address by a network"),
        pytest.param(PI, {"allowgroups": ("wheel", "su*")}, [KEY], id="listed by a group"),
        pytest.param(PI, {"denyusers": ("pirate",)}, [KEY], id="another is denied"),
        pytest.param(PI, {"denyusers": ("pi@192.168.0.0/16",)}, [KEY], id="denied from elsewhere"),
        pytest.param(PI, {"passwordauthentication": ("yes",)}, [], id="passwords are allowed, keys are not needed"),
        pytest.param(PI, {"authorizedkeyscommand": ("/usr/bin/keys",)}, [], id="keys come from a command"),
        pytest.param(PI, {"trustedusercakeys": ("/etc/ssh/ca.pub",)}, [], id="keys are certificates"),
        pytest.param(ROOT, {"permitrootlogin": ("without-password",)}, [KEY], id="root by key"),
    ],
)
def test_who_gets_in(account, settings, keys):
    assert refusals(account, {**HARDENED, **settings}, keys, "10.0.0.5") == []


@pytest.mark.parametrize(
    ("account", "settings", "keys", "says"),
    [
        pytest.param(
            PI, {}, [], "passwords would be refused, and pi has no usable key (there is none in any file); install one first", id="no file"
        ),
        pytest.param(PI, {}, [KeyFile("/k", 0)], "pi has no usable key (there is none in /k); install", id="no key in the file"),
        pytest.param(
            PI,
            {},
            [KeyFile("/k", 1, "/k can be written by others")],
            "(/k is not read: /k can be written by others)",
            id="a key that sshd ignores",
        ),
        pytest.param(PI, {"allowusers": ("ops",)}, [KEY], "AllowUsers lists only ops; add pi", id="not listed"),
        pytest.param(
            PI, {"allowusers": ("pi@192.168.*",)}, [KEY], "AllowUsers lists only pi@192.168.*; add pi", id="listed from elsewhere"
        ),
        pytest.param(PI, {"denyusers": ("p*",)}, [KEY], "DenyUsers (p*) applies to pi", id="denied"),
        pytest.param(
            PI, {"allowgroups": ("wheel",)}, [KEY], "AllowGroups lists only wheel, and pi is in none of them", id="in no listed group"
        ),
        pytest.param(PI, {"denygroups": ("sudo",)}, [KEY], "DenyGroups (sudo) applies to pi", id="in a denied group"),
        pytest.param(
            PI,
            {"pubkeyauthentication": ("no",)},
            [KEY],
            "PubkeyAuthentication is no, and passwords are refused",
            id="neither keys nor passwords",
        ),
        pytest.param(ROOT, {}, [KEY], "PermitRootLogin turns root away; log in as an ordinary user", id="root"),
    ],
)
def test_who_is_turned_away_and_why(account, settings, keys, says):
    (reason,) = refusals(account, {**HARDENED, **settings}, keys, "10.0.0.5")
    assert says in reason


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        pytest.param(
            ".ssh/authorized_keys .ssh/authorized_keys2",
            ["/home/pi/.ssh/authorized_keys", "/home/pi/.ssh/authorized_keys2"],
            id="below home",
        ),
        pytest.param("/etc/ssh/keys/%u", ["/etc/ssh/keys/pi"], id="by name"),
        pytest.param("%h/k /k/%U/100%%", ["/home/pi/k", "/k/1000/100%"], id="by home and number"),
        pytest.param("none", [], id="none"),
    ],
)
def test_key_paths(pattern, paths):
    assert key_paths(PI, {"authorizedkeysfile": (pattern,)}) == paths
