# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With the real sshd where the machine has one: it is asked about files in a temporary folder, nothing is started."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.judge import judge
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.server import Server, account, key_file
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.session import Session
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import render

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
ME = getpass.getuser()
SESSION = Session(ME, "10.0.0.5", "51000", "10.0.0.12", "22")
needs_sshd = pytest.mark.skipif(SSHD is None or os.geteuid() != 0, reason="needs sshd and root")


def run(command):
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.returncode, process.stdout, process.stderr


@pytest.fixture
def etc(tmp_path):
    """/etc/ssh as Debian has it, the drop-in folder first in the main file, and a key file for every user."""
    (tmp_path / "sshd_config.d").mkdir()
    (tmp_path / "keys").write_text("ssh-ed25519 AAAA me\n")
    (tmp_path / "sshd_config").write_text(
        f"# comment\nInclude {tmp_path}/sshd_config.d/*.conf\nAuthorizedKeysFile {tmp_path}/keys\nStrictModes no\nX11Forwarding yes\n"
    )
    return tmp_path


@pytest.fixture
def server(etc):
    subprocess.run([shutil.which("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", etc / "host_key"], check=True)
    return Server([SSHD or "sshd", "-h", str(etc / "host_key")], run, etc / "sshd_config")


@pytest.fixture
def ask(etc, server, tmp_path):
    def judged(options, users=(ME,)):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        judge(server, etc / "sshd_config.d" / "10-pikube.conf", render(options, "x"), options, users, SESSION, scratch)

    return judged


LAXER = {"PermitRootLogin": "prohibit-password", "PasswordAuthentication": "no"}


@needs_sshd
def test_good_settings_are_let_through(ask):
    ask({**LAXER, "MaxAuthTries": "4", "LoginGraceTime": "1m", "AllowUsers": f"ops {ME}"})


@needs_sshd
@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(
            {"PermitRootLogin": "maybe"},
            'sshd refuses the configuration: .*unsupported option "maybe".*Nothing was changed',
            id="bad value",
        ),
        pytest.param({"NoSuchKeyword": "x"}, "Bad configuration option: NoSuchKeyword", id="bad keyword"),
        pytest.param(
            {**LAXER, "AllowUsers": "ops"}, f'would lock "{ME}" out: AllowUsers lists only ops; add {ME}', id="not among the users"
        ),
        pytest.param({**LAXER, "AuthorizedKeysFile": "none"}, "has no usable key", id="no keys"),
    ],
)
def test_bad_settings_are_refused(ask, options, says):
    with pytest.raises(SshError, match=says):
        ask(options)


@needs_sshd
def test_a_file_that_sorts_before_overrules(ask, etc):
    (etc / "sshd_config.d" / "01-first.conf").write_text("PasswordAuthentication yes\n")
    with pytest.raises(SshError, match=r'overrule .*10-pikube.conf: PasswordAuthentication would be "yes" instead of "no"'):
        ask(LAXER)


@needs_sshd
def test_a_file_that_sorts_behind_does_not(ask, etc):
    (etc / "sshd_config.d" / "50-cloud-init.conf").write_text("PasswordAuthentication yes\n")
    ask(LAXER)


@needs_sshd
def test_a_match_block_counts_for_the_user_it_is_about(ask, etc):
    with (etc / "sshd_config").open("a") as file:
        file.write("Match Address 10.0.0.0/8\nPubkeyAuthentication no\n")
    with pytest.raises(SshError, match="PubkeyAuthentication is no"):
        ask(LAXER)


@needs_sshd
def test_a_user_who_is_not_there_is_named(ask):
    with pytest.raises(SshError, match='user "no-such-user" shall be able to log in'):
        ask(LAXER, users=["no-such-user"])


def test_a_main_file_without_the_include_is_refused(etc, server, tmp_path):
    (etc / "sshd_config").write_text("UsePAM yes\n")
    with pytest.raises(SshError, match=r'does not include .*10-pikube.conf.*Put "Include .*sshd_config.d/.*conf" in its first line'):
        server.merged(etc / "sshd_config.d" / "10-pikube.conf", "x", tmp_path)


def test_the_copy_has_all_drop_ins_and_the_new_text(etc, server, tmp_path):
    drop_in = etc / "sshd_config.d" / "10-pikube.conf"
    drop_in.write_text("old\n")
    (etc / "sshd_config.d" / "50-x.conf").write_text("other\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    merged = server.merged(drop_in, "new\n", scratch)
    assert {path.name: path.read_text() for path in (scratch / "drop-ins").iterdir()} == {"10-pikube.conf": "new\n", "50-x.conf": "other\n"}
    assert merged.read_text().splitlines()[1] == f"Include {scratch}/drop-ins/*.conf"
    assert drop_in.read_text() == "old\n"


def test_the_copy_can_be_without_the_drop_in(etc, server, tmp_path):
    drop_in = etc / "sshd_config.d" / "10-pikube.conf"
    drop_in.write_text("old\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server.merged(drop_in, None, scratch)
    assert list((scratch / "drop-ins").iterdir()) == []


@pytest.fixture
def home(tmp_path):
    """A home with a key; its owner is whoever runs the test."""
    owner = account(ME)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    keys = home / ".ssh" / "authorized_keys"
    keys.write_text("# mine\n\nssh-ed25519 AAAA me\n")
    keys.chmod(0o600)
    return type(owner)(owner.name, owner.uid, str(home), owner.groups)


@pytest.mark.parametrize(
    ("spoilt", "mode", "problem"),
    [
        pytest.param(None, None, None, id="as ssh-copy-id leaves it"),
        pytest.param(".ssh/authorized_keys", 0o666, "authorized_keys can be written by others .mode 0666.", id="a file for all to write"),
        pytest.param(".ssh", 0o770, r"\.ssh can be written by others", id="a folder for a group to write"),
        pytest.param("", 0o777, "home can be written by others", id="a home for all to write"),
    ],
)
def test_strict_modes(home, spoilt, mode, problem):
    if spoilt is not None:
        Path(home.home, spoilt).chmod(mode)
    path = Path(home.home, ".ssh", "authorized_keys")
    found = key_file(path, home, strict=True)
    assert found.keys == 1
    assert found.problem is None if problem is None else found.problem
    assert key_file(path, home, strict=False).problem is None


def test_a_key_file_of_a_stranger_is_not_read(home):
    stranger = type(home)("nobody", home.uid + 4321 if home.uid else 4321, home.home, ())
    found = key_file(Path(home.home, ".ssh", "authorized_keys"), stranger, strict=True)
    assert (found.problem is None) == (home.uid == 0)


def test_a_missing_key_file_has_no_keys(tmp_path):
    assert key_file(tmp_path / "none", account(ME), strict=True).keys == 0


def test_account():
    found = account(ME)
    entry = pwd.getpwuid(os.getuid())
    assert (found.name, found.uid, found.home) == (entry.pw_name, entry.pw_uid, entry.pw_dir)
    with pytest.raises(SshError, match="no such user"):
        account("no-such-user")
