# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import openebs_preparation as plugin

openebs_preparation = plugin.FilterModule().filters()["openebs_preparation"]


def test_each_host_gets_its_steps_and_problems():
    found = openebs_preparation({"pi01": {}}, {"packages": ["open-iscsi"], "services": ["iscsid"]})
    assert found["pi01"] == {
        "packages": ["open-iscsi"],
        "services": ["iscsid"],
        "modules": [],
        "hugepages": 0,
        "files": False,
        "problems": [],
    }


def test_bad_input_is_an_error_of_the_filter():
    with pytest.raises(AnsibleFilterError, match=r"^openebs_preparation: "):
        openebs_preparation("text", {})
