# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import node_commands
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

RUN = "20261130T210533Z-partition"
SCRIPTS = {
    "undo": node_commands.undo(),
    "arm": node_commands.arm(RUN, 90),
    "asked_from": node_commands.asked_from(),
    "partition": node_commands.partition(RUN, ["10.0.0.1", "fd00::1"], ["10.0.0.13", "fd00::13"]),
    "partition without IPv6": node_commands.partition(RUN, ["10.0.0.1"], []),
    "stop_kubelite": node_commands.stop_kubelite(RUN),
    "crash": node_commands.crash(),
    "kill_postmaster": node_commands.KILL_POSTMASTER,
}
SHELLCHECK = shutil.which("shellcheck")
EACH = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)

# One stand-in for all tools. It notes each call, keeps what it is told in files, and at call $DIE_AT kills whoever called it.
TOOL = r"""#!/bin/sh
state=$STATE name=${0##*/}
printf '%s\n' "$name $*" >>"$state/calls"
if [ "$(wc -l <"$state/calls")" = "${DIE_AT:-0}" ]; then kill -9 "$PPID"; exit 1; fi
for last in "$@"; do :; done
case "$name $*" in
    "systemctl is-active"*) [ -e "$state/$last" ] ;;
    "systemctl start"*) : >"$state/$last" ;;
    "systemctl stop"*) rm -f "$state/$last" ;;
    "systemd-run"*on-active*) : >"$state/pikube-failover-undo.timer" ;;
    "nft -f"*) [ -z "$NO_NFT" ] && cat >"$state/nft-table" ;;
    "nft delete"*) rm "$state/nft-table" ;;
    "nft list"*) [ ! -e "$state/nft-table" ] || echo "table inet pikube_failover" ;;
    "ip -o -4 route show default") echo "default via 10.0.0.254 dev eth0 proto dhcp metric 100" ;;
    "ip -o -6"*) exit 1 ;;
    "ip -o route get"*) echo "$last dev wlan0 src 10.0.0.12 uid 0" ;;
    ip*tables*" -S"*) cat "$state/$name-$4" 2>/dev/null ;;
    ip*tables*" -N "*) printf -- '-N %s\n' "$6" >>"$state/$name-$4" ;;
    ip*tables*" -C "*) grep -q -x -e "-A $6 -j $8" "$state/$name-$4" 2>/dev/null ;;
    ip*tables*" -I "*) printf -- '-A %s -j %s\n' "$6" "$9" >>"$state/$name-$4" ;;
    ip*tables*" -D "*) grep -q -x -e "-A $6 -j $8" "$state/$name-$4" 2>/dev/null || exit 1
        grep -v -x -e "-A $6 -j $8" "$state/$name-$4" >"$state/new"; mv "$state/new" "$state/$name-$4" ;;
    ip*tables*" -X "*) grep -v -x -e "-N $6" "$state/$name-$4" >"$state/new" 2>/dev/null; mv "$state/new" "$state/$name-$4" ;;
esac
"""


class Node:
    def __init__(self, folder):
        self.folder, self.state, tools = folder / "left", folder / "state", folder / "tools"
        self.state.mkdir()
        tools.mkdir()
        for name in ("systemctl", "systemd-run", "nft", "ip", "iptables", "ip6tables"):
            (tools / name).write_text(TOOL)
            (tools / name).chmod(0o755)
        self.environment = {"PATH": f"{tools}:{os.environ['PATH']}", "STATE": str(self.state)}
        self.start()

    def start(self):
        (self.state / "snap.microk8s.daemon-kubelite.service").touch()

    def run(self, script, die_at=0, **environment):
        (self.state / "calls").write_text("")
        return subprocess.run(
            ["/bin/sh", "-c", script.replace(node_commands.FOLDER, str(self.folder))],
            env={**self.environment, "DIE_AT": str(die_at), "NO_NFT": "", **environment},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    @property
    def calls(self):
        return (self.state / "calls").read_text().splitlines()

    def harmed(self):
        rules = [path.name for path in self.state.glob("ip*tables-*") if "PIKUBE" in path.read_text()]
        stopped = [] if (self.state / "snap.microk8s.daemon-kubelite.service").exists() else ["kubelite"]
        return rules + stopped + [path.name for path in self.state.glob("nft-table")]

    def armed(self):
        return (self.state / "pikube-failover-undo.timer").exists() and (self.folder / "undo").exists()

    def clean(self):
        return not self.harmed() and not self.folder.exists() and not (self.state / "pikube-failover-undo.timer").exists()


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


@EACH
def test_a_posix_shell_reads_it(script, tmp_path):
    (tmp_path / "script").write_text(script)
    read = subprocess.run(["/bin/sh", "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.skipif(not SHELLCHECK, reason="shellcheck is not installed")
@EACH
def test_shellcheck_has_nothing_to_say(script, tmp_path):
    (tmp_path / "script").write_text(script)
    read = subprocess.run([SHELLCHECK, "-s", "sh", tmp_path / "script"], capture_output=True, text=True, check=False)
    assert read.stdout == ""


@EACH
def test_one_that_arrives_in_part_does_nothing(script):
    *before, last = script.rstrip("\n").split("\n")
    assert re.fullmatch(r"pikube_\w+", last)
    outside = re.sub(r"^pikube_\w+\(\) \{$.*?^\}$", "", "\n".join(before), flags=re.DOTALL | re.MULTILINE)
    if "PIKUBE_END" not in script:
        assert all(not line or line.startswith("#") for line in outside.split("\n"))


@pytest.mark.parametrize("run", ["a; touch /tmp/x", "$(id)", "it's", "a b"])
def test_a_strange_run_is_only_a_word(node, run):
    assert node.run(node_commands.arm(run, 90)).stdout == "armed\n"
    assert (node.folder / "run").read_text() == f"{run}\n"


@pytest.mark.parametrize("word", ["10.0.0", "pi01", "10.0.0.1; reboot", ""])
def test_what_is_no_address_is_refused(word):
    with pytest.raises(FailoverError, match="is not an address"):
        node_commands.partition(RUN, ["10.0.0.1"], [word])
    with pytest.raises(FailoverError, match="is not an address"):
        node_commands.partition(RUN, [word], [])


def test_a_partition_never_cuts_the_controller_off():
    with pytest.raises(FailoverError, match="cut the controller off"):
        node_commands.partition(RUN, [], ["10.0.0.13"])


@pytest.mark.parametrize("word", ["::ffff:10.0.0.1", "10.0.0.1"])
def test_addresses_as_ssh_says_them(word):
    assert "ip saddr { 10.0.0.1 } accept" in node_commands.partition(RUN, [word, "fe80::1%eth0"], [])
    assert "ip6 saddr { fe80::1 } accept" in node_commands.partition(RUN, [word, "fe80::1%eth0"], [])


def test_a_dead_man_of_less_than_a_minute_is_refused():
    with pytest.raises(FailoverError, match="at least 60 s"):
        node_commands.arm(RUN, 59)


@pytest.mark.parametrize("name", ["partition", "stop_kubelite"])
def test_no_harm_without_a_dead_man(node, name):
    refused = node.run(SCRIPTS[name])
    assert (refused.returncode, node.harmed()) == (node_commands.REFUSED, [])
    assert "is not armed. Nothing was done" in refused.stderr


@pytest.mark.parametrize("name", ["arm", "partition", "stop_kubelite"])
def test_what_another_run_left_is_not_touched(node, name):
    node.run(node_commands.arm("20261129T000000Z-crash", 90))
    refused = node.run(SCRIPTS[name])
    assert (refused.returncode, node.harmed()) == (node_commands.REFUSED, [])
    assert "as run 20261129T000000Z-crash left it" in refused.stderr


def test_kubelite_that_does_not_run_is_not_started_by_an_undo(node):
    service = node.state / "snap.microk8s.daemon-kubelite.service"
    service.unlink()
    node.run(SCRIPTS["arm"])
    assert node.run(SCRIPTS["stop_kubelite"]).returncode == node_commands.REFUSED
    assert node.run(SCRIPTS["undo"]).stdout == "clean\n"
    assert not service.exists()


@pytest.mark.parametrize(
    ("name", "environment", "said", "harm"),
    [
        pytest.param("partition", {}, "cut nft eth0 wlan0\n", ["nft-table"], id="a partition by nft"),
        pytest.param("stop_kubelite", {}, "stopped\n", ["kubelite"], id="a stopped kubelite"),
        pytest.param(
            "partition without IPv6",
            {"NO_NFT": "yes"},
            "cut iptables eth0\n",
            ["ip6tables-mangle", "ip6tables-raw", "iptables-mangle", "iptables-raw"],
            id="a partition by iptables",
        ),
    ],
)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_harm_and_undo(node, name, environment, said, harm, times):
    if "iptables" in said and not os.path.exists("/proc/net/if_inet6"):  # noqa: PTH110
        harm = harm[2:]
    node.run(SCRIPTS["arm"])
    for _time in range(times):
        assert node.run(SCRIPTS[name], **environment).stdout == said
    assert sorted(node.harmed()) == harm
    assert node.armed()
    for _time in range(times):
        undone = node.run(SCRIPTS["undo"])
        assert (undone.returncode, undone.stdout) == (0, "clean\n")
    assert node.clean()


def test_the_dead_man_does_the_same(node):
    node.run(SCRIPTS["arm"])
    started = next(call for call in node.calls if call.startswith("systemd-run"))
    assert "--on-active=90 --timer-property=AccuracySec=1s" in started
    node.run(SCRIPTS["partition"])
    node.run(SCRIPTS["stop_kubelite"])
    node.run(started.partition("/bin/sh -c ")[2])
    assert node.clean()


def test_an_undo_that_does_not_help_says_so_and_stays_armed(node):
    node.run(SCRIPTS["arm"])
    node.run(SCRIPTS["partition"])
    (node.folder.parent / "tools/nft").write_text("#!/bin/sh\necho 'table inet pikube_failover'\n")
    undone = node.run(SCRIPTS["undo"])
    assert undone.returncode == 1
    assert "still there: table inet pikube_failover of nft" in undone.stderr
    assert node.armed()


@pytest.mark.parametrize("name", ["arm", "partition", "stop_kubelite", "undo", "by iptables"])
def test_killed_anywhere_the_dead_man_is_armed_or_nothing_is_harmed(tmp_path, name):
    script = SCRIPTS["partition" if name == "by iptables" else name]
    environment = {"NO_NFT": "yes" if name == "by iptables" else ""}
    for die_at in (*range(1, 10), 13, 20, 28, 37, 48, 1000):
        folder = tmp_path / str(die_at)
        folder.mkdir()
        node = Node(folder)
        if name != "arm":
            node.run(SCRIPTS["arm"])
        if name == "undo":
            node.run(SCRIPTS["partition"])
            node.run(SCRIPTS["stop_kubelite"])
        node.run(script, die_at=die_at, **environment)
        whole = len(node.calls) < die_at
        assert node.armed() or not node.harmed(), f"killed at call {die_at}: {node.calls[-1]}"
        assert node.run(SCRIPTS["undo"]).stdout == "clean\n"
        assert node.clean(), f"killed at call {die_at}"
        if whole:
            break
    assert whole


def test_asked_from_sees_the_session_above():
    # As with sudo, the shell that runs it has not got the variable, but the process above it has.
    command = ["/bin/sh", "-c", 'env -i "PATH=$PATH" sh -c "$0"; :', node_commands.asked_from()]
    environment = {"PATH": os.environ["PATH"], "SSH_CONNECTION": "10.0.0.1 50000 10.0.0.12 22"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "10.0.0.1" in said.stdout.split()


@pytest.mark.parametrize("comm", ["postgres", "bash"], ids=["a server", "another process of that number"])
def test_kill_postmaster(tmp_path, comm):
    program = tmp_path / comm
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        (tmp_path / "postmaster.pid").write_text(f"{process.pid}\n/data\n")
        try:
            command = ["/bin/sh", "-c", node_commands.KILL_POSTMASTER]
            said = subprocess.run(command, env={**os.environ, "PGDATA": str(tmp_path)}, capture_output=True, text=True, check=False)
            if comm == "postgres":
                assert (said.returncode, said.stdout) == (0, f"KILL {process.pid}\n")
                assert process.wait(timeout=5) == -9
            else:
                assert said.returncode == node_commands.REFUSED
                assert "is no server" in said.stderr
                assert process.poll() is None
        finally:
            process.kill()
