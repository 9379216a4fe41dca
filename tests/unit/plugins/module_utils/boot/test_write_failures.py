# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure has a reason and a cure, in words that the code can fill in."""

from __future__ import annotations

import errno

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.write_failures import FAILURES, NO_ENTRY_FREE


@pytest.mark.parametrize(
    "texts",
    [*(pytest.param(texts, id=errno.errorcode[number]) for number, texts in FAILURES.items()), pytest.param(NO_ENTRY_FREE, id="no entry")],
)
def test_texts_can_be_filled_in(texts):
    because, cure = (text.format(mount="/boot/firmware", needed=10, free=0) for text in texts)
    assert "{" not in because + cure
    assert cure[0].isupper()
    assert not because.endswith(".")
    assert not cure.endswith(".")
