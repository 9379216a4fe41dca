# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.host_keys import public_keys, stage, swap
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.rollback import RELOAD

KEYGEN = shutil.which("ssh-keygen")


class KilledError(Exception):
    """Stands for the end of the process."""


def any_keys(_keys):
    return True


def renew(folder, run):
    staged = stage(folder, run, any_keys)
    swap(folder, run)
    return staged


def run(command):
    if command == RELOAD:
        return 0, "", ""
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.returncode, process.stdout, process.stderr


@pytest.fixture
def folder(tmp_path):
    """/etc/ssh of a cloned card: a key as it is made today, one of a kind that is not made any more, and the server's settings."""
    subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "ssh_host_ed25519_key"], check=True)
    (tmp_path / "ssh_host_dsa_key").write_text("old\n")
    (tmp_path / "ssh_host_dsa_key.pub").write_text("ssh-dss AAAA old\n")
    (tmp_path / "sshd_config").write_text("UsePAM yes\n")
    return tmp_path


def test_all_keys_are_new_and_whole(folder):
    before = public_keys(folder)
    renew(folder, run)
    after = public_keys(folder)
    assert not set(before) & set(after)
    assert "ssh-ed25519" in {key.split()[0] for key in after}
    for private in folder.glob("ssh_host_*_key"):
        shown = subprocess.run([KEYGEN, "-y", "-f", private], check=True, capture_output=True, text=True).stdout
        assert shown.split()[:2] == private.with_suffix(".pub").read_text().split()[:2]
        assert private.stat().st_mode & 0o077 == 0


def test_nothing_else_is_touched_and_nothing_is_left(folder):
    renew(folder, run)
    assert (folder / "sshd_config").read_text() == "UsePAM yes\n"
    assert not (folder / ".pikube-new").exists()
    assert not list(folder.glob("ssh_host_dsa_key*"))


def test_staging_leaves_the_old_keys_in_force(folder):
    before = public_keys(folder)
    staged = stage(folder, run, any_keys)
    assert public_keys(folder) == before
    assert (folder / ".pikube-new").stat().st_mode & 0o077 == 0
    swap(folder, run)
    assert public_keys(folder) == staged


def test_staged_keys_are_taken_over(folder):
    assert stage(folder, run, any_keys) == stage(folder, run, any_keys)


def test_staged_keys_that_the_node_must_not_have_are_made_anew(folder):
    staged = stage(folder, run, any_keys)
    assert not set(staged) & set(stage(folder, run, lambda keys: keys != staged))


def test_what_a_run_left_that_was_killed_while_it_made_keys_is_in_nobodys_way(folder):
    (folder / ".pikube-new.part" / "etc" / "ssh").mkdir(parents=True)
    (folder / ".pikube-new.part" / "etc" / "ssh" / "ssh_host_ed25519_key").write_text("half of")
    assert renew(folder, run) == public_keys(folder)


def test_a_swap_that_is_killed_is_repeated_with_the_same_keys(folder):
    before = public_keys(folder)
    staged = stage(folder, run, any_keys)

    def killed(_command):
        raise KilledError

    with pytest.raises(KilledError):
        swap(folder, killed)
    assert set(before) & set(public_keys(folder)), "the public halves tell that the swap is not done"
    assert renew(folder, run) == staged == public_keys(folder)


def test_a_server_that_does_not_reload_is_told(folder):
    stage(folder, run, any_keys)
    with pytest.raises(SshError, match="does not load its new host keys: masked"):
        swap(folder, lambda command: (1, "", "masked\n"))


def test_without_new_keys_the_old_ones_stay(folder):
    before = public_keys(folder)
    with pytest.raises(SshError, match="made no host keys, the old ones are still there: no entropy"):
        stage(folder, lambda command: (1, "", "no entropy\n"), any_keys)
    assert public_keys(folder) == before
    assert not (folder / ".pikube-new.part").exists()
