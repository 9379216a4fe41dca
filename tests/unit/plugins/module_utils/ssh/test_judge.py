# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With the real sshd where the machine has one: it is asked about files in a temporary folder, nothing is started."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.judge import judge
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.server import Server
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
    def judged(options, users=(ME,), coming=()):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        judge(server, etc / "sshd_config.d" / "10-pikube.conf", render(options, "x"), options, users, SESSION, scratch, coming)

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


@needs_sshd
def test_a_key_that_is_still_to_come_counts(ask, etc):
    (etc / "keys").write_text("")
    ask(LAXER, coming=[ME])


@needs_sshd
def test_a_key_that_is_still_to_come_does_not_open_what_is_closed(ask):
    with pytest.raises(SshError, match="AllowUsers lists only ops"):
        ask({**LAXER, "AllowUsers": "ops"}, coming=[ME])


@needs_sshd
def test_an_account_that_is_still_to_come_is_let_through(ask):
    ask(LAXER, users=["no-such-user"], coming=["no-such-user"])
