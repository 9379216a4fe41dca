"""The table of countries against the one that raspi-config uses."""

from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.countries import COUNTRIES, MISTAKEN

TABLE = Path("/usr/share/zoneinfo/iso3166.tab")


@pytest.mark.skipif(not TABLE.exists(), reason="no iso3166.tab (Debian package tzdata)")
def test_is_the_table_of_the_time_zones():
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert set(COUNTRIES) == {line.partition("\t")[0] for line in lines}


def test_mistakes_are_no_codes_and_lead_to_codes():
    assert not set(MISTAKEN) & set(COUNTRIES)
    assert set(MISTAKEN.values()) <= set(COUNTRIES)
