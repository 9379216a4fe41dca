# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import microk8s_settings as plugin

microk8s_settings = plugin.FilterModule().filters()["microk8s_settings"]


def test_options_and_launch_configuration_say_the_same():
    made = microk8s_settings({"minor": "1.34", "arguments": {"kubelet": {"--max-pods": 60}}}, "worker")
    assert made["options"]["arguments"]["kubelet"]["--max-pods"] == "60"
    assert "--max-pods" in made["launch_configuration"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param({}, "minor is missing", id="no release"),
        pytest.param({"minor": "1.34", "grace": "50s"}, "unknown wishes.*grace", id="a wish that there is not"),
        pytest.param({"minor": "1.34", "node_monitor_grace_period": "5s"}, "shorter than 50s", id="a wish that cannot be meant"),
    ],
)
def test_bad_input_is_an_error_of_the_filter(wanted, words):
    with pytest.raises(AnsibleFilterError, match=words):
        microk8s_settings(wanted, "control_plane")
