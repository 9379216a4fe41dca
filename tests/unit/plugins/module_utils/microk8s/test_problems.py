# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import ERROR, WARNING, Gate, each, problems
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import bare, wanted


def test_findings_become_sentences_in_the_order_of_the_table():
    gates = [
        Gate(
            "X1", WARNING, lambda hosts, made: iter([("pi02", {"value": "{x}"}), ("pi01", {"value": 2})]), "has {value}", "Fix {host}", ""
        ),
        Gate("X2", ERROR, lambda hosts, made: iter(()), "never", "said", ""),
        Gate("X3", ERROR, lambda hosts, made: iter([(None, {})]), "broken", "Mend it", ""),
    ]
    hosts = Hosts({}, {})
    assert problems(hosts, plan(hosts), gates) == [
        {"id": "X1", "severity": "warning", "host": "pi02", "message": "pi02: has {x}. Fix pi02.", "cure": "Fix pi02."},
        {"id": "X1", "severity": "warning", "host": "pi01", "message": "pi01: has 2. Fix pi01.", "cure": "Fix pi01."},
        {"id": "X3", "severity": "error", "host": None, "message": "cluster: broken. Mend it.", "cure": "Mend it."},
    ]


def test_each_takes_values_or_just_yes():
    hosts = Hosts({name: bare(name) for name in ("pi01", "pi02")}, wanted(2))
    made = plan(hosts)
    assert list(each(lambda host, hosts, made: {"a": 1})(hosts, made)) == [("pi01", {"a": 1}), ("pi02", {"a": 1})]
    assert list(each(lambda host, hosts, made: host.name == "pi02")(hosts, made)) == [("pi02", {})]
