# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script runs in a shell, with stand-ins for the tools of a node that say what files beside them hold."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.node_commands import CHAIN, FOLDER, KUBELITE, TABLE, UNIT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.node_looking import DONE, leftovers, look

TOOLS = {
    "systemctl": '[ -e "$STATE/$3" ]',
    "nft": 'cat "$STATE/nft" 2>/dev/null',
    "iptables-save": 'cat "$STATE/iptables" 2>/dev/null',
}
RUNS = f"{KUBELITE}.service"


@pytest.fixture
def looked(tmp_path):
    """What a node says of which these files are there, with their content."""
    tools, state = tmp_path / "tools", tmp_path / "state"
    for folder in (tools, state):
        folder.mkdir()

    def run(*without, **files):
        for name, text in TOOLS.items():
            if name not in without:
                (tools / name).write_text(f"#!/bin/sh\necho a warning >&2\n{text}\n")
                (tools / name).chmod(0o755)
        (state / RUNS).touch()
        for name, text in files.items():
            (state / name).write_text(text)
        script = look().replace(FOLDER, str(state / "folder")).replace("PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin\n", "")
        for name in ("sh", "cat", "grep"):
            (tools / name).exists() or (tools / name).symlink_to(shutil.which(name))
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            env={"PATH": str(tools), "STATE": str(state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # as a terminal has it
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout

    run.state = state
    return run


def test_a_clean_node(looked):
    said = looked()
    assert "a warning" in said
    assert leftovers(said, "pi01") == []


@pytest.mark.parametrize(
    ("files", "text"),
    [
        pytest.param({"folder": ""}, "the folder ", id="the folder of the dead man"),
        pytest.param({f"{UNIT}.timer": ""}, f"the timer {UNIT} is armed", id="its timer"),
        pytest.param({"nft": f"table ip nat\ntable inet {TABLE}\n"}, f"the table inet {TABLE} of nft is there", id="a table of nft"),
        pytest.param({"iptables": f":{CHAIN}-IN - [0:0]\n"}, f"chains {CHAIN} of iptables are there", id="chains of iptables"),
    ],
)
def test_each_thing_that_is_left_is_named(looked, files, text):
    found = leftovers(looked(**files), "pi01")
    assert len(found) == 1
    assert found[0].startswith(f"on node pi01 {text}")


def test_what_others_have_is_theirs(looked):
    assert leftovers(looked(nft=f"table inet {TABLE}_of_others\ntable ip {TABLE}\n", iptables=":DOCKER - [0:0]\n"), "pi01") == []


def test_kubernetes_that_does_not_run(looked):
    looked()
    (looked.state / RUNS).unlink()
    said = subprocess.run(
        ["/bin/sh", "-c", look()],
        env={"PATH": f"{looked.state.parent / 'tools'}:{os.environ['PATH']}", "STATE": str(looked.state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=20,
        check=True,
    ).stdout
    assert f"on node pi01 {KUBELITE} does not run" in leftovers(said, "pi01")


def test_a_node_without_the_tools_has_nothing_of_them(looked):
    assert leftovers(looked("nft", "iptables-save", nft=f"table inet {TABLE}\n"), "pi01") == []


@pytest.mark.parametrize(
    "said",
    ["", "\n", "left: the folder is there\n", "sudo: a password is required\n", f"left: half a line of {DONE}"],
    ids=["nothing", "an empty line", "cut off", "an error", "a word in a line"],
)
def test_of_a_script_that_did_not_come_to_its_end_nothing_is_known(said):
    assert leftovers(said, "pi01") is None


def test_lines_of_a_terminal_and_of_sudo():
    said = "sudo: unable to resolve host pi01\r\nleft: the timer x is armed\r\nlooked\r\nShared connection closed.\r\n"
    assert leftovers(said, "pi01") == ["on node pi01 the timer x is armed"]
