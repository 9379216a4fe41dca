# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import openebs_mirrored as plugin

openebs_mirrored = plugin.FilterModule().filters()["openebs_mirrored"]


def test_values_with_a_mirror():
    assert openebs_mirrored({}, "openebs", "4.6.1", "r")["localpv-provisioner"]["helperPod"]["image"]["registry"] == "r/"


def test_bad_input_is_an_error_of_the_filter():
    with pytest.raises(AnsibleFilterError, match=r"^openebs_mirrored: "):
        openebs_mirrored({}, "openebs", "4.6.1", "https://r")
