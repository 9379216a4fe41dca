# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.hostname import explain, problems, suggestion
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("name", ["pi-02", "a", "1a", "pi02", "x" * 63, "node--2", "raspberrypi-1"])
def test_good_names(name):
    assert problems(name) == []
    assert explain("pi_hostname", name, "pi02") is None


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        pytest.param("pi_02", ["an underscore is not allowed in a host name (RFC 1123)"], "pi-02", id="underscore"),
        pytest.param("Pi02", ["has capital letters, which are not allowed in the name of a node (Kubernetes)"], "pi02", id="capitals"),
        pytest.param("pi 02", ["a blank is not allowed in a host name (RFC 1123)"], "pi-02", id="blank"),
        pytest.param("pi02.local", ["ends in .local, which belongs to multicast DNS: leave the ending out"], "pi02", id="multicast DNS"),
        pytest.param("pi02.example.org", ["has a dot: a node's name is one label, without a domain (Kubernetes)"], "pi02", id="domain"),
        pytest.param("-pi02", ["begins or ends with a hyphen (RFC 1123)"], "pi02", id="hyphen in front"),
        pytest.param("pi02-", ["begins or ends with a hyphen (RFC 1123)"], "pi02", id="hyphen behind"),
        pytest.param("02", ["has digits only, and would be taken for an address"], "node-02", id="digits"),
        pytest.param("x" * 64, ["has 64 characters, 63 are allowed (RFC 1123)"], "x" * 63, id="too long"),
        pytest.param(
            "raspberrypi",
            ["cannot tell nodes apart: every Raspberry Pi has it before it gets a name"],
            "raspberrypi-1",
            id="the name of the image",
        ),
        pytest.param("localhost", ["cannot tell nodes apart: every machine calls itself so"], "localhost-1", id="localhost"),
        pytest.param("pié", ["'é' is not allowed in a host name (RFC 1123)"], "pi", id="a letter with an accent"),
        pytest.param("", ["is empty"], None, id="empty"),
        pytest.param("_", ["an underscore is not allowed in a host name (RFC 1123)"], None, id="nothing is left"),
        pytest.param(
            "Pi_02",
            [
                "has capital letters, which are not allowed in the name of a node (Kubernetes)",
                "an underscore is not allowed in a host name (RFC 1123)",
            ],
            "pi-02",
            id="two faults",
        ),
    ],
)
def test_bad_names(name, said, instead):
    assert problems(name) == said
    assert suggestion(name) == instead


def test_the_message_has_value_host_rule_and_cure():
    assert explain("pi_hostname", "pi_02", "10.0.0.12") == (
        'pi_hostname "pi_02" on host 10.0.0.12: an underscore is not allowed in a host name (RFC 1123). Try "pi-02".'
    )
    assert explain("pi_hostname", "__", "pi02").endswith("Letters a to z, digits and hyphens are allowed.")


@given(st.text())
def test_a_suggestion_is_always_a_good_name(name):
    found = suggestion(name)
    assert found is None or problems(found) == []


@given(st.text(max_size=80))
def test_a_name_without_problems_keeps_to_kubernetes_and_rfc_1123(name):
    if not problems(name):
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name)


@given(
    st.from_regex(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True).filter(
        lambda name: name not in ("localhost", "raspberrypi", "ubuntu")
    )
)
def test_a_good_name_is_its_own_suggestion(name):
    assert problems(name) == []
    assert suggestion(name) == name
