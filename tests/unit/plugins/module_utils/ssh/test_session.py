# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.session import Session, find_session, read_process_file

SSH = "SSH_CONNECTION=10.0.0.5 51000 10.0.0.12 22"
FOUND = Session("pi", "10.0.0.5", "51000", "10.0.0.12", "22")


def tree(*processes):
    """/proc of a chain of processes, this one first: texts of environ, and PPid from each to the next."""
    files = {}
    for number, environment in enumerate(processes):
        name = "self" if number == 0 else str(100 + number)
        parent = 101 + number if number + 1 < len(processes) else 1
        files[f"/proc/{name}/environ"] = environment
        files[f"/proc/{name}/status"] = f"Name:\tx\nPPid:\t{parent}\nTracerPid:\t0\n"
    return files


@pytest.mark.parametrize(
    ("processes", "session"),
    [
        pytest.param([f"USER=pi\0{SSH}\0"], FOUND, id="no sudo in between"),
        pytest.param(["USER=root\0SUDO_USER=pi\0", "USER=root\0SUDO_USER=pi\0", f"USER=pi\0{SSH}\0"], FOUND, id="above sudo"),
        pytest.param([f"USER=root\0SUDO_USER=pi\0{SSH}\0"], FOUND, id="sudo that keeps the variable"),
        pytest.param(["USER=root\0", "USER=root\0"], None, id="not by ssh"),
        pytest.param(["SSH_CONNECTION=broken\0"], None, id="not what sshd writes"),
        pytest.param(["USER=root\0"] * 20 + [SSH], None, id="too far above"),
    ],
)
def test_find_session(processes, session):
    assert find_session(tree(*processes).get) == session


def test_a_process_of_somebody_else_is_no_error():
    assert find_session(lambda path: None) is None


def test_read_process_file():
    assert read_process_file("/proc/self/status").startswith("Name:")
    assert read_process_file("/proc/self/no-such-file") is None
