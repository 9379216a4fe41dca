# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.san_template import SanTemplate
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import SAN_TEMPLATE


def test_names_are_added_with_the_next_numbers_and_taken_out_again():
    template = SanTemplate.parse(SAN_TEMPLATE)
    assert template.names() == []
    added = template.with_names(["k8s.example.org", "10.0.0.9"])
    assert "IP.2 = 10.152.183.1\nDNS.6 = k8s.example.org\nIP.3 = 10.0.0.9\n#MOREIPS\n" in str(added)
    assert added.names() == ["k8s.example.org", "10.0.0.9"]
    assert SanTemplate.parse(str(added)).with_names(["10.0.0.9", "k8s.example.org"]) == SanTemplate.parse(str(added))
    assert str(added.with_names([])) == SAN_TEMPLATE
    assert "DNS.6" not in str(added.with_names(["10.0.0.9"]))


def test_what_others_added_by_hand_is_found():
    text = SAN_TEMPLATE.replace("#MOREIPS", "DNS.99 = api.home\nIP.100 = 203.0.113.7\n#MOREIPS")
    assert SanTemplate.parse(text).names() == ["api.home", "203.0.113.7"]


@pytest.mark.parametrize("name", ["a b", "http://x", "", "x\ny"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(MicroK8sError, match="neither an IP address nor a DNS name"):
        SanTemplate.parse(SAN_TEMPLATE).with_names([name])


def test_a_template_of_another_form_is_refused():
    with pytest.raises(MicroK8sError, match="has no line #MOREIPS"):
        SanTemplate.parse("[ alt_names ]\n").with_names(["x"])


def test_no_template_has_no_names():
    assert SanTemplate.parse("").names() == []
