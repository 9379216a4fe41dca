# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_style import DARK, LIGHT, SHEET, STYLE

PALETTES = [pytest.param(LIGHT, id="day"), pytest.param(DARK, id="night")]


def brightness(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize(
    ("words", "ground"),
    [
        *((ink, ground) for ink in ("ink", "muted", "good-ink", "warn-ink", "bad-ink", "data") for ground in ("card", "page")),
        ("ink", "code"),
        ("muted", "code"),
        ("card", "ink"),
        *((f"{tone}-on", f"{tone}-fill") for tone in ("good", "calm", "warn", "bad")),
    ],
)
def test_words_can_be_read(palette, words, ground):
    assert contrast(palette[words], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("shape", ["good-fill", "bad-fill", "data"])
def test_shapes_can_be_seen(palette, shape):
    assert contrast(palette[shape], palette["card"]) >= 3


@pytest.mark.parametrize("palette", PALETTES)
def test_what_must_not_be_mixed_up_differs_in_lightness_too(palette):
    assert contrast(palette["warn-fill"], palette["bad-fill"]) >= 1.15
    assert contrast(palette["calm-fill"], palette["good-fill"]) >= 2


def test_night_has_the_colours_that_day_has():
    assert LIGHT.keys() == DARK.keys()
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", STYLE)) <= {*LIGHT, "t", "f", "o"}


def test_the_sheet_asks_for_nothing():
    assert "url(" not in SHEET
    assert "@import" not in SHEET
    assert SHEET.count("{") == SHEET.count("}")
