# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error carries what a module returns beside its text."""

from __future__ import annotations

import json

from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError


def test_the_text_and_the_facts():
    error = BootError("boot: what, where, what to do", path="/boot/firmware/cmdline.txt", bytes_free=0)
    assert str(error) == "boot: what, where, what to do"
    assert json.loads(json.dumps(error.facts)) == {"path": "/boot/firmware/cmdline.txt", "bytes_free": 0}
