# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.wanted import WantedFile

DEFAULTS = {
    "path": "/etc/x",
    "content": None,
    "state": "present",
    "mode": None,
    "owner": None,
    "group": None,
    "block": None,
    "absent_lines": None,
    "create": True,
    "validate": None,
    "backup": False,
    "sensitive": False,
    "activation": None,
}


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        pytest.param({"content": "x\n"}, None, "x\n", id="a missing file is made"),
        pytest.param({"content": "x\n"}, "y\n", "x\n", id="another text is replaced"),
        pytest.param({"content": "x\n", "create": False}, None, None, id="a missing file stays missing without create"),
        pytest.param({"content": "x\n", "create": False}, "y\n", "x\n", id="a file that is there is written without create"),
        pytest.param({"content": ""}, None, "", id="an empty file is a file"),
        pytest.param({"state": "absent"}, "x\n", None, id="an unwanted file goes"),
        pytest.param({"state": "absent"}, None, None, id="an unwanted file that is not there is no change"),
        pytest.param({"state": "absent", "content": "x\n"}, "x\n", None, id="the content of an unwanted file does not matter"),
        pytest.param({"block": "m", "content": "x"}, "a\n", "a\n# BEGIN m\nx\n# END m\n", id="a block leaves the rest"),
        pytest.param({"block": "m", "content": "x"}, None, "# BEGIN m\nx\n# END m\n", id="a block makes its file"),
        pytest.param({"block": "m", "state": "absent"}, "a\n# BEGIN m\nx\n# END m\n", "a\n", id="an unwanted block goes, its file stays"),
        pytest.param({"block": "m", "state": "absent"}, None, None, id="an unwanted block makes no file"),
        pytest.param({"absent_lines": ["^b"]}, "a\nb\n", "a\n", id="lines go from a file that is not ours"),
        pytest.param({"absent_lines": ["^b"]}, None, None, id="taking lines out makes no file"),
    ],
)
def test_after(options, before, after):
    file = WantedFile.from_options({**DEFAULTS, **options})
    assert file.after(before) == after
    assert file.after(after) == after


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({}, "/etc/x: it has neither content nor absent_lines", id="nothing to do"),
        pytest.param({"path": "etc/x", "content": ""}, "etc/x: the path must be absolute", id="relative path"),
        pytest.param({"path": "/etc/../x", "content": ""}, "without ..", id="path that climbs"),
        pytest.param({"content": "x", "absent_lines": ["y"]}, "absent_lines go with a block or alone", id="lines out of a whole file"),
        pytest.param({"content": "x", "mode": "rw"}, 'mode "rw" is not an octal number in quotes', id="symbolic mode"),
        pytest.param({"content": "x", "mode": "420"}, None, id="three digits are a mode"),
        pytest.param({"content": "x", "mode": "0999"}, 'mode "0999"', id="decimal digits are no mode"),
        pytest.param({"content": "x", "validate": "visudo -cf"}, 'has no "%s"', id="validate without a place for the file"),
        pytest.param({"absent_lines": ["("]}, r'absent_lines "\(" is not a regular expression', id="broken pattern"),
    ],
)
def test_contradictions_are_named(options, says):
    if says is None:
        WantedFile.from_options({**DEFAULTS, **options})
        return
    with pytest.raises(FilesError, match=says):
        WantedFile.from_options({**DEFAULTS, **options})


def test_a_broken_block_is_reported_with_its_file():
    file = WantedFile.from_options({**DEFAULTS, "block": "m", "content": "x"})
    with pytest.raises(FilesError, match=r'^/etc/x: line 1, "# BEGIN m"') as raised:
        file.after("# BEGIN m\n")
    assert raised.value.facts == {"path": "/etc/x", "line": 1}
