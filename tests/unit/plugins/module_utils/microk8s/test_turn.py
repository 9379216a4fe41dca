# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import turn
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import NodeView


def view(number, role="control_plane", ready=True):
    reason = "" if ready else "Kubelet stopped posting node status"
    return NodeView(f"pi0{number}", ready, reason, role, f"10.0.0.1{number}", "v1.34.4", None, None, True, None)


ALL = ["10.0.0.11", "10.0.0.12", "10.0.0.13"]
THREE = [view(1), view(2), view(3), view(4, "worker")]


@pytest.mark.parametrize(
    ("views", "name", "answering", "found"),
    [
        pytest.param(THREE, "pi02", ALL, [], id="all others work"),
        pytest.param([view(1)], "pi01", ALL[:1], [], id="the only control plane"),
        pytest.param([view(1), view(2, "worker", ready=False)], "pi01", ALL[:1], [], id="one control plane, and a worker that is off"),
        pytest.param([view(1), view(2)], "pi02", ALL[:2], [], id="two control planes"),
        pytest.param([view(1, ready=False), *THREE[1:]], "pi02", ALL, ["pi01"], id="another one is not Ready"),
        pytest.param(THREE, "pi02", ALL[1:], ["pi01"], id="another one was broken a moment ago and is still called Ready"),
        pytest.param([view(1, ready=False), *THREE[1:]], "pi01", ALL[1:], [], id="the one that is repaired"),
        pytest.param(THREE, "pi01", ALL[1:], [], id="the one that is repaired, still called Ready"),
        pytest.param([view(1, ready=False), *THREE[1:]], "pi04", ALL[1:], [], id="a worker"),
        pytest.param(THREE, "pi09", ALL, [], id="no member yet"),
        pytest.param(THREE, "pi02", [], [], id="reached by a load balancer only"),
        pytest.param([view(1, ready=False), *THREE[1:]], "pi02", [], ["pi01"], id="reached by a load balancer only, one not Ready"),
    ],
)
def test_hindrances(views, name, answering, found):
    assert list(turn.hindrances(views, name, answering)) == found


def test_a_refusal_says_what_where_and_what_to_do():
    error = turn.refusal("pi02", "was not restarted", turn.hindrances(THREE, "pi02", ALL[1:]))
    for text in ("pi02 was not restarted, and nothing on it was changed", "the API server of pi01 does not answer", "Bring pi01 back"):
        assert text in str(error)


def test_the_api_servers_of_control_planes_are_asked():
    assert turn.addresses(THREE) == ALL
