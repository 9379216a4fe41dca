# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import snap_errors

NOT_IN_CHANNEL = """\
error: snap "microk8s" is not available on 1.99/stable but is available to install on the following
       channels:

       1.34/stable       snap install microk8s --channel=1.34/stable
       1.34/edge         snap install microk8s --channel=1.34/edge

       Get more information with 'snap info microk8s'.
"""


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (NOT_IN_CHANNEL, "channel"),
        ('error: snap "microk8s" not found', None),
        ('error: cannot find signatures with metadata for snap "m.snap"', "signatures"),
        (
            'error: cannot perform the following tasks:\n- Run install hook of "microk8s" snap if present (run hook "install": \n'
            "-----\nError: failed to apply launch configuration: yaml: line 3\n-----)",
            "launch_configuration",
        ),
        ('error: cannot perform the following tasks:\n- Run configure hook (run hook "configure": oops)', "hook"),
        ('error: snap "microk8s" has "install-snap" change in progress', "busy"),
        ("error: too early for operation, device not yet seeded or device model not acknowledged", "seeding"),
        ("error: unable to contact snap store", "store"),
        (
            "error: cannot communicate with server: Post http://localhost/v2/x: dial unix /run/snapd.socket: connection refused",
            "snapd",
        ),
        ('error: snap "microk8s" is not available on this architecture (armhf) but exists on other architectures', "architecture"),
        ("error: write /var/lib/snapd/x: no space left on device", "space"),
        ('error: system does not fully support snapd: cannot mount squashfs image using "squashfs": mount: failed', "mount"),
    ],
)
def test_explain(output, reason):
    found = snap_errors.explain(output)
    assert (found.id if found else None) == reason


def test_the_channels_that_snap_lists():
    assert snap_errors.channels_in(NOT_IN_CHANNEL) == ["1.34/stable", "1.34/edge"]
    cure = snap_errors.cure(snap_errors.explain(NOT_IN_CHANNEL), snap_errors.channels_in(NOT_IN_CHANNEL))
    assert cure == "It has 1.34/stable"
    assert "snap info microk8s" in snap_errors.cure(snap_errors.explain(NOT_IN_CHANNEL), [])


def test_each_row_has_words_and_a_cure_and_an_id_of_its_own():
    assert len({row.id for row in snap_errors.FAILURES}) == len(snap_errors.FAILURES)
    assert all(row.words and row.cure and not row.cure.endswith(".") for row in snap_errors.FAILURES)


def test_last_words_are_short():
    assert snap_errors.last_words("2026 INFO Waiting\nerror: it\n  is so\n") == "error: it is so"
    assert snap_errors.last_words("a\nb\nc\nd\n") == "b c d"
    long = snap_errors.last_words("error: hook\n" + "\n".join(f"line {number}" for number in range(20)))
    assert long == "error: hook line 0 line 1 ... line 17 line 18 line 19"
