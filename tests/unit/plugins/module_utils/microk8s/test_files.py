# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files


def test_files_below_a_root_through_its_links(tmp_path):
    (tmp_path / "var/snap/x/12").mkdir(parents=True)
    (tmp_path / "var/snap/x/current").symlink_to("/var/snap/x/12")
    (tmp_path / "var/snap/x/12/a").write_text("text")
    files = Files(str(tmp_path))
    assert files.text("/var/snap/x/current/a") == "text"
    assert files.names("/var/snap/x/current") == ["a"]
    assert files.exists("/var/snap/x/current/a")


def test_what_is_not_there(tmp_path):
    files = Files(str(tmp_path))
    assert (files.text("/x"), files.exists("/x"), files.names("/x"), files.denied) == (None, False, [], [])
    assert files.free_mib("/not/yet/there") > 0


def test_what_only_root_may_read_is_noted(tmp_path, monkeypatch):
    def denied(*arguments, **options):
        raise PermissionError

    for method in ("read_text", "exists", "iterdir"):
        monkeypatch.setattr(Path, method, denied)
    files = Files(str(tmp_path))
    assert (files.text("/x"), files.exists("/y"), files.names("/z")) == (None, False, [])
    assert files.denied == ["/x", "/y", "/z"]
