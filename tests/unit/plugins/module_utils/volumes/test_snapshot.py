# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Answer, Snapshot


def test_answers_are_added_and_nothing_is_changed():
    first = Snapshot({"Node": []}, 1.0, {"/a": Answer(1)})
    second = first.with_answers({"/b": Answer(trouble="no")})
    assert (set(first.answers), set(second.answers), second.objects, second.at) == ({"/a"}, {"/a", "/b"}, {"Node": []}, 1.0)
