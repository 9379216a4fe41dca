# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.processor import features, processor
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from hypothesis import given
from hypothesis import strategies as st

PI4 = "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"
PI5 = "processor\t: 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32\n"
X86 = "processor\t: 0\nflags\t\t: fpu vme sse4_1 sse4_2 aes avx\nvmx flags\t: vnmi\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(PI4 * 4, [], id="a Pi 4 has none of the cryptographic instructions"),
        pytest.param(PI5 * 4, ["aes", "pmull", "sha1", "sha2"], id="a Pi 5 has them"),
        pytest.param(X86, ["aes", "sse4_2"], id="x86-64, and flags of virtualisation are another line"),
        pytest.param(PI5 + PI4, [], id="what one core lacks is lacking"),
        pytest.param("processor\t: 0\n", None, id="not said"),
        pytest.param("", None, id="no file"),
    ],
)
def test_features(text, found):
    assert features(text) == found


def test_cores_are_counted(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(PI5 * 4 + "Revision\t: d04170\n")
    source = Source(lambda argv: (1, "", ""), str(tmp_path))
    assert processor(source) == {"cores": 4, "features": ["aes", "pmull", "sha1", "sha2"]}
    assert processor(Source(lambda argv: (1, "", ""), str(tmp_path / "nothing"))) == {"cores": None, "features": None}


@given(st.text())
def test_any_text_has_an_answer(text):
    found = features(text)
    assert found is None or isinstance(found, list)
