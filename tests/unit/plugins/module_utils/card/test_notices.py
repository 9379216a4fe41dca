# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.first_boot import FirstBoot
from ansible_collections.pikube.stateful.plugins.module_utils.card.notices import notices
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import Look, System, format_of


def told(booted=False, named=False, left_out=(), files=(), restored=()):
    system = System(format_of("custom_toml"), None, booted, named)
    return notices(system, FirstBoot((), (), left_out), Look.of(files, (), "", None), restored)


def test_a_fresh_card_needs_no_words():
    assert told() == []


@pytest.mark.parametrize(
    ("case", "says"),
    [
        pytest.param({"booted": True}, "has booted already and reads its first settings no more", id="a used card"),
        pytest.param(
            {"booted": True, "named": True},
            "custom.toml, which init_format names, may have no effect",
            id="a used card with a named format",
        ),
        pytest.param(
            {"left_out": ('user "guest"',)}, 'custom.toml has no place for user "guest"; the role pi', id="settings without a place"
        ),
        pytest.param({"files": ("FIRSTRUN.SH",)}, "firstrun.sh of Raspberry Pi Imager", id="a card that the imager customised"),
        pytest.param({"restored": ("cmdline.txt",)}, "cmdline.txt was damaged and is restored", id="a damaged command line"),
    ],
)
def test_what_is_told(case, says):
    found = told(**case)
    assert len(found) == 1
    assert says in found[0]
