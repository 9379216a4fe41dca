# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import getpass
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.server import Server, account, key_file

ME = getpass.getuser()


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
    return Server(["sshd"], lambda command: (0, "", ""), etc / "sshd_config")


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
