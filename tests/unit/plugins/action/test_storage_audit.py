# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.action import storage_audit
from ansible_collections.pikube.stateful.plugins.doc_fragments.cluster import ModuleDocFragment
from ansible_collections.pikube.stateful.plugins.modules import storage_audit as documented
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w


@pytest.fixture
def act():
    """Runs the action on a world: (world, check, options) -> result."""

    def run(world, check=False, **options):
        action = storage_audit.ActionModule.__new__(storage_audit.ActionModule)
        defaults = {key: spec.get("default") for key, spec in storage_audit.ARGUMENTS.items()}
        action._task = SimpleNamespace(args=options, check_mode=check, delegate_to=None)
        action.progress = SimpleNamespace(waits=lambda *_, **__: None)

        @contextmanager
        def cluster(wanted):
            yield SimpleNamespace(list=lambda kind, api_version: world[kind])

        action.cluster = cluster
        return action.outcome({**defaults, "nodes": world.facts, "volumes": world.rows, **options})

    return run


def test_a_clean_cluster(act):
    result = act(w.clean())
    assert (result["changed"], result.get("failed"), result["findings"]) == (False, None, [])
    assert result["text"].startswith("storage: 0 errors, 0 warnings")


def test_an_error_fails_and_everything_is_returned(act):
    world = w.clean().put("StorageClass", w.storage_class("second", default=True))
    result = act(world)
    assert result["msg"].startswith("storage: 1 finding is of severity error or worse: S02.")
    assert (result["failed"], result["counts"]["error"]) == (True, 1)
    assert act(world, fail_on="never").get("failed") is None


def test_reports_are_written_once_and_not_in_check_mode(act, tmp_path):
    options = {"junit_path": str(tmp_path / "a.xml"), "report_path": str(tmp_path / "a.json")}
    assert act(w.clean(), check=True, **options)["changed"] is True
    assert list(tmp_path.iterdir()) == []
    assert [act(w.clean(), **options)["changed"] for _turn in range(2)] == [True, False]
    assert json.loads(Path(options["report_path"]).read_text())["findings"] == []


def test_an_ignore_without_a_reason_is_refused(act):
    assert act(w.clean(), ignore=[{"id": "S02", "object": "*", "because": ""}])["msg"].startswith("ignore: S02 on * has no reason.")


def test_options_and_results_are_documented(act):
    fragment = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    options = {**fragment, **yaml.safe_load(documented.DOCUMENTATION)["options"]}
    options["kubeconfig"] = {**fragment["kubeconfig"], "required": True}
    assert set(options) == set(storage_audit.ARGUMENTS)
    for name, spec in storage_audit.ARGUMENTS.items():
        for key in ("type", "default", "choices", "elements", "required"):
            assert options[name].get(key) == spec.get(key), (name, key)
    told = set(yaml.safe_load(documented.RETURN))
    assert set(act(w.clean())) - {"changed", "warnings"} == told
