# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import getpass
import grp
import os

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files import accounts
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError


def test_accounts_that_exist_are_numbers():
    assert accounts.uid_of(getpass.getuser()) == os.getuid()
    assert accounts.gid_of(grp.getgrgid(os.getgid()).gr_name) == os.getgid()


@pytest.mark.parametrize("lookup", [accounts.uid_of, accounts.gid_of])
def test_an_unknown_account_is_named(lookup):
    with pytest.raises(FilesError, match='"no-such-account": this node has no such'):
        lookup("no-such-account")
