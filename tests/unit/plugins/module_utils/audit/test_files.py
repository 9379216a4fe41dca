# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.audit import files
from ansible_collections.pikube.stateful.plugins.module_utils.audit.errors import AuditError
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError


class Answers:
    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def list(self, kind, api_version):
        self.asked.append((kind, api_version))
        answer = self.answers.get((kind, api_version), ClusterError("no such kind", reason="NoSuchKind"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_each_kind_is_read_once_in_the_version_that_there_is():
    cluster = Answers({("Node", "v1"): [{}], ("Pool", "x/v1alpha1"): [{}, {}]})
    objects, unread = files.read(cluster, (("Node", ("v1",)), ("Pool", ("x/v1", "x/v1alpha1")), ("Gone", ("x/v1",))))
    assert ({kind: len(items) for kind, items in objects.items()}, unread) == ({"Node": 1, "Pool": 2, "Gone": 0}, {})
    assert cluster.asked == [("Node", "v1"), ("Pool", "x/v1"), ("Pool", "x/v1alpha1"), ("Gone", "x/v1")]


def test_a_kind_that_is_forbidden_was_not_read():
    objects, unread = files.read(Answers({("Pod", "v1"): ClusterError("no right", status=403)}), (("Pod", ("v1",)),))
    assert objects == {}
    assert unread == {"Pod": "the user of the kubeconfig may not list it (no right)"}


def test_a_cluster_that_does_not_answer_is_no_clean_cluster():
    with pytest.raises(ClusterError, match="nobody"):
        files.read(Answers({("Pod", "v1"): ClusterError("nobody")}), (("Pod", ("v1",)),))


def test_a_file_changes_once(tmp_path):
    path = str(tmp_path / "report.json")
    assert files.write(path, "a\n", check_mode=True) is True
    assert list(tmp_path.iterdir()) == []
    assert [files.write(path, "a\n", check_mode=False) for _turn in range(2)] == [True, False]
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


def test_what_cannot_be_written_is_told(tmp_path):
    with pytest.raises(AuditError, match=r"its folder is not there\. Make it"):
        files.write(str(tmp_path / "none" / "x"), "a", check_mode=True)
    (tmp_path / "folder").mkdir()
    with pytest.raises(AuditError, match="cannot be written"):
        files.write(str(tmp_path / "folder"), "a", check_mode=False)
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
