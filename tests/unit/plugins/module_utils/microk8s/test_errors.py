# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError


def test_an_error_has_facts_beside_its_text():
    error = MicroK8sError("pi01: it. Do that.", reason="x")
    assert (str(error), error.facts) == ("pi01: it. Do that.", {"reason": "x"})
