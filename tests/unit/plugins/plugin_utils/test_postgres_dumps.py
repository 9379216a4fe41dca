# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io

import pytest
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_dumps import Split

MARK = b"-- the dump follows --\n"


@pytest.mark.parametrize("size", [1, 2, 5, 22, 23, 24, 1000])
@pytest.mark.parametrize("dump", [b"", b"\x00\xffdump", MARK + b"again"])
def test_figures_and_dump_come_apart_wherever_the_pieces_end(size, dump):
    output, target = b'["public", "a", 2, "17"]\n' + MARK + dump, io.BytesIO()
    split = Split(target, MARK)
    for start in range(0, len(output), size):
        split.write(output[start : start + size])
    assert split.text == '["public", "a", 2, "17"]\n'
    assert target.getvalue() == dump


def test_output_without_the_mark_is_no_dump():
    target = io.BytesIO()
    Split(target, MARK).write(b"only words")
    assert target.getvalue() == b""
