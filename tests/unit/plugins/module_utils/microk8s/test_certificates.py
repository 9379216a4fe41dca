# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import certificates
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import CA, CA_SHA256, OTHER_CA, OTHER_CA_SHA256, SERVER, SERVER_SHA256


def test_a_server_certificate():
    found = certificates.parse(SERVER)
    assert found.sha256 == SERVER_SHA256
    assert found.not_after == datetime(2027, 11, 23, 17, 26, tzinfo=timezone.utc)
    assert found.names == (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "127.0.0.1",
        "10.152.183.1",
        "10.0.0.11",
        "fd00::11",
        "k8s.example.org",
    )


def test_authorities_have_no_names():
    assert (certificates.parse(CA).sha256, certificates.parse(CA).names) == (CA_SHA256, ())
    # after 2049 times are written in full
    assert certificates.parse(OTHER_CA).not_after.year == 2081
    assert certificates.sha256(OTHER_CA) == OTHER_CA_SHA256


def test_the_first_of_several_counts():
    assert certificates.sha256(CA + OTHER_CA) == CA_SHA256


@pytest.mark.parametrize(
    "text", [None, "", "no certificate", SERVER.replace("MII", "AAA", 1), SERVER[:200] + "\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_none(text):
    assert certificates.parse(text) is None
