# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, services
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.argument_files import ARGUMENTS, ENVIRONMENT, plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import KUBELET, SAN_TEMPLATE

THERE = {f"{paths.ARGS}/kubelet": KUBELET, paths.SAN_TEMPLATE: SAN_TEMPLATE, f"{paths.REGISTRIES}/docker.io/hosts.toml": "x\n"}


def changes(arguments=None, environment=None, files=None, registries=None, extra_sans=None):
    return plan(THERE.get, arguments or {}, environment or {}, files or {}, registries or {}, extra_sans)


def test_an_argument_of_the_kubelet():
    (change,) = changes({"kubelet": {"--max-pods": 60}})
    assert (change.path, change.daemons, change.needed) == (f"{paths.ARGS}/kubelet", ("kubelite",), True)
    assert change.after == f"{KUBELET}--max-pods=60\n"


def test_what_is_there_is_no_change():
    found = changes({"kubelet": {"--cluster-dns": "10.152.183.10", "--gone": None}}, {"fips-env": {"GOFIPS": None}}, extra_sans=[])
    assert [change.needed for change in found] == [False, False, False]


def test_files_that_are_not_there_yet():
    environment, file, registry = changes({}, {"fips-env": {"GOFIPS": 1}}, {"kubelet.yaml": "a: b\n"}, {"mirror:5000": "y\n"})
    assert (environment.before, environment.after, environment.daemons) == (None, "GOFIPS=1\n", ("kubelite", "k8s-dqlite", "cluster-agent"))
    assert (file.path, file.daemons) == (f"{paths.ARGS}/kubelet.yaml", ("kubelite",))
    assert (registry.path, registry.daemons) == (f"{paths.REGISTRIES}/mirror:5000/hosts.toml", ())


def test_files_that_go():
    (change,) = changes(registries={"docker.io": None})
    assert (change.before, change.after, change.needed) == ("x\n", None, True)


def test_the_template_of_names():
    (change,) = changes(extra_sans=["k8s.example.org"])
    assert "DNS.6 = k8s.example.org" in change.after


def test_without_a_template_only_names_are_an_error():
    assert plan(lambda path: None, {}, {}, {}, {}, []) == []
    with pytest.raises(MicroK8sError, match="is not there"):
        plan(lambda path: None, {}, {}, {}, {}, ["x"])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"arguments": {"kublet": {}}}, 'arguments: "kublet" is not a file'),
        ({"environment": {"kubelet": {}}}, "environment:"),
        ({"files": {"../../etc/passwd": "x"}}, "cannot be written as a whole"),
        ({"files": {"kubelet": "x"}}, "that no service has"),
        ({"registries": {"http://x": "y"}}, "is not a registry"),
        ({"registries": {"../x": "y"}}, "is not a registry"),
    ],
)
def test_what_is_refused(options, text):
    with pytest.raises(MicroK8sError, match=text):
        changes(**options)


def test_every_file_is_one_of_a_daemon_that_there_is():
    assert {name for table in (ARGUMENTS, ENVIRONMENT) for names in table.values() for name in names} <= set(services.NAMES)
