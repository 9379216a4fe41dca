# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files.disk import Found
from ansible_collections.pikube.stateful.plugins.module_utils.files.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.files.wanted import WantedFile

NEW = Found("", 0o644, 0, 0)
ACCOUNTS = {"root": 0, "operator": 1000}


def planned(*files, there=None):
    return plan(files, (there or {}).get, ACCOUNTS.__getitem__, ACCOUNTS.__getitem__, NEW)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        pytest.param(WantedFile("/x", "t"), None, Found("t", 0o644, 0, 0), id="a new file has ordinary attributes"),
        pytest.param(WantedFile("/x", "t"), Found("t", 0o600, 5, 6), Found("t", 0o600, 5, 6), id="attributes that are not asked for stay"),
        pytest.param(WantedFile("/x", "t", mode=0o440), Found("t", 0o644, 0, 0), Found("t", 0o440, 0, 0), id="only the mode differs"),
        pytest.param(
            WantedFile("/x", "t", owner="operator"), Found("t", 0o644, 0, 0), Found("t", 0o644, 1000, 0), id="only the owner differs"
        ),
        pytest.param(WantedFile("/x", state="absent"), Found("t", 0o644, 0, 0), None, id="the file goes"),
    ],
)
def test_plan(file, before, after):
    (change,) = planned(file, there={"/x": before})
    assert (change.before, change.after, change.needed) == (before, after, before != after)


def test_two_blocks_of_one_file_build_on_each_other():
    first, second = planned(WantedFile("/x", "1", block="a"), WantedFile("/x", "2", block="b"))
    assert second.before == first.after
    assert second.after.text == "# BEGIN a\n1\n# END a\n# BEGIN b\n2\n# END b\n"


@pytest.mark.parametrize(
    ("file", "before", "shown"),
    [
        pytest.param(
            WantedFile("/x", "new\n"),
            Found("old\n", 0o644, 0, 0),
            {"before_header": "/x", "after_header": "/x", "before": "old\n", "after": "new\n"},
            id="text is shown",
        ),
        pytest.param(
            WantedFile("/x", "t", mode=0o600),
            Found("t", 0o644, 0, 0),
            {"before_header": "/x (mode 0644, owner 0:0)", "after_header": "/x (mode 0600, owner 0:0)", "before": "t", "after": "t"},
            id="attributes are shown where they change",
        ),
        pytest.param(
            WantedFile("/x", "secret", sensitive=True),
            Found("old secret", 0o644, 0, 0),
            {"before_header": "/x", "after_header": "/x", "before": "(hidden)\n", "after": "(hidden, changed)\n"},
            id="a sensitive text is hidden",
        ),
        pytest.param(
            WantedFile("/x", state="absent"),
            Found("caf\udce9\n", 0o644, 0, 0),
            {"before_header": "/x", "after_header": "/x (absent)", "before": "caf?\n", "after": ""},
            id="bytes that are not UTF-8 can be shown",
        ),
    ],
)
def test_diff(file, before, shown):
    (change,) = planned(file, there={"/x": before})
    assert change.diff() == shown
