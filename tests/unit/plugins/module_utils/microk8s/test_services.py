# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import services


def show(active, enabled=services.NAMES):
    """What systemctl prints of a node on which these run."""
    blocks = []
    for name in services.NAMES:
        state = "active" if name in active else "inactive"
        since = "Mon 2026-11-23 16:57:01 UTC" if name in active else ""
        file_state = "enabled" if name in enabled else "disabled"
        blocks.append(f"LoadState=loaded\nActiveState={state}\nUnitFileState={file_state}\nActiveEnterTimestamp={since}\n")
    return "\n".join(blocks)


CONTROL_PLANE = ["containerd", "kubelite", "k8s-dqlite", "cluster-agent", "apiserver-kicker"]
WORKER = ["containerd", "kubelite", "cluster-agent", "apiserver-proxy"]


@pytest.mark.parametrize(
    ("role", "stopped", "low_memory", "expected"),
    [
        ("control_plane", False, False, CONTROL_PLANE),
        ("worker", False, False, WORKER),
        ("worker", True, False, []),
        ("none", False, False, []),
        ("control_plane", False, True, ["containerd", "cluster-agent", "apiserver-kicker"]),
    ],
)
def test_which_run_in_which_role(role, stopped, low_memory, expected):
    assert services.expected(role, stopped, low_memory) == expected


def test_a_healthy_worker_has_idle_daemons_and_no_failed_ones():
    found = services.parse(show(WORKER))
    assert found["kubelite"] == services.Service(True, True, datetime(2026, 11, 23, 16, 57, 1, tzinfo=timezone.utc))
    assert found["k8s-dqlite"] == services.Service(False, True, None)
    assert services.failed(found, services.expected("worker")) == []
    assert services.failed(found, services.expected("control_plane")) == ["k8s-dqlite", "apiserver-kicker"]


def test_units_that_are_not_there_are_left_out():
    text = show(WORKER).replace("LoadState=loaded", "LoadState=not-found")
    assert services.parse(text) == {}
    assert services.parse("") == {}
    assert services.parse(None) == {}


def test_facts_are_plain():
    facts = services.facts(services.parse(show(["kubelite"], enabled=["kubelite"])))
    assert facts["kubelite"] == {"active": True, "enabled": True, "since": "2026-11-23T16:57:01+00:00"}
    assert facts["etcd"] == {"active": False, "enabled": False, "since": None}


def test_one_question_for_all():
    assert services.question()[-8:] == [f"snap.microk8s.daemon-{name}.service" for name in services.NAMES]
    assert services.snap_name("kubelite") == "microk8s.daemon-kubelite"
