# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import microk8s_launch as plugin

microk8s_launch = plugin.FilterModule().filters()["microk8s_launch"]


def test_a_configuration_becomes_text():
    document = {"version": "0.2.0", "addons": [{"name": "dns"}], "extraKubeletArgs": {"--max-pods": 60}}
    assert microk8s_launch(document) == '---\nversion: "0.2.0"\naddons:\n  - name: "dns"\nextraKubeletArgs:\n  "--max-pods": "60"\n'


def test_a_wrong_one_is_an_error_of_the_filter():
    with pytest.raises(AnsibleFilterError, match=r'^microk8s_launch: launch configuration, document 1: "version" is missing'):
        microk8s_launch({"addons": []})
