# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.audit import values


@pytest.mark.parametrize(
    ("text", "count"),
    [("5Gi", 5 * 2**30), ("1.5Ki", 1536), ("5G", 5 * 10**9), ("100m", 1), ("1e3", 1000), ("0", 0),
     ("5 GB", None), ("5gigs", None), (None, None)],
)  # fmt: skip
def test_quantity(text, count):
    assert values.quantity(text) == count


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("openebs/jiva:3.6.0", "jiva", (3, 6, 0)),
        ("mirror:5000/openebs/jiva-operator:3.2.0-arm64", "jiva-operator", (3, 2, 0)),
        ("mirror:5000/jiva@sha256:00", "jiva", ()),
        ("docker.io/openebs/mayastor-io-engine:v2.12.1", "mayastor-io-engine", (2, 12, 1)),
    ],
)
def test_images(image, name, version):
    assert (values.image_name(image), values.image_version(image)) == (name, version)


def test_words_and_fields():
    assert values.words("OpenEBS-jiva_3.retain") == ["openebs", "jiva", "3", "retain"]
    assert values.field({"a": {"b": 1}}, ("a", "b")) == 1
    assert values.field({"a": None}, ("a", "b")) is None
