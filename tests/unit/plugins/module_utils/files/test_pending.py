# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.pending import Pending


def test_a_note_stays_until_it_is_cleared(tmp_path):
    pending = Pending(tmp_path / "run" / "pending")
    assert pending.names() == []
    pending.add("sysctl")
    pending.add("journal")
    pending.add("sysctl")
    assert Pending(tmp_path / "run" / "pending").names() == ["journal", "sysctl"]
    pending.clear("sysctl")
    pending.clear("sysctl")
    assert pending.names() == ["journal"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Upper", "-x", ".hidden"])
def test_a_name_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(FilesError, match="lower-case letters, digits"):
        Pending(tmp_path).add(name)
