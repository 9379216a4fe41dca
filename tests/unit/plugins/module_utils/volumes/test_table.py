# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.table import text
from ansible_collections.pikube.stateful.tests.unit.volumes_world import hostpath, jiva

UNBOUND = {"namespace": "database", "name": "new", "phase": "Pending", "because": "no event tells why"}


def test_a_table_a_person_reads():
    rows = [jiva(("RW", "RW", "WO")).row(), hostpath().row(), jiva().row()]
    assert text(rows, [UNBOUND], ["Clocks differ."]).splitlines() == [
        "CLAIM          ENGINE    SIZE  ATTACHED TO  IN SYNC  COPIES ON                 SURVIVES THE LOSS OF",
        "database/data  jiva      5Gi   n1           2 of 3   n1, n2, n3 (not in sync)  n3",
        "database/data  hostpath  5Gi   n1           1 of 1   n1                        all but n1",
        "database/data  jiva      5Gi   n1           3 of 3   n1, n2, n3                any one node",
        "",
        "Clocks differ.",
        "database/new is Pending: no event tells why",
    ]


def test_what_is_not_known_and_what_is_lost():
    lines = text([jiva().silent("n2").row(), hostpath().silent("n1").row()], [], []).splitlines()
    assert lines[1].split("  ")[-1] == "not known"
    assert "? of 3" in lines[1]
    assert lines[2].endswith("no node")
    assert lines[4].startswith("database/data: its target does not run")


def test_copies_of_other_volumes_are_not_shown():
    assert text([jiva().row("openebs-pvc-5f1c-jiva-rep-0")], [], []) == "no claim has a volume"
