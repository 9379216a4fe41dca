# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is run on a node, as root: scripts for a POSIX shell, as text.

Each is one function that is called on its last line: of a script that arrives in part nothing runs. Each may be interrupted anywhere and
run again. One that does lasting harm refuses unless a timer that undoes it is armed. What a run leaves is below FOLDER, which a reboot
empties, as it does away with the rules, the timer and the stop of a service. Exit code REFUSED: nothing was done, and the text says why.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

FOLDER = "/run/pikube/failover"
UNIT = "pikube-failover-undo"
CRASH_UNIT = "pikube-failover-crash"
TABLE = "pikube_failover"
CHAIN = "PIKUBE-FAILOVER"
KUBELITE = "snap.microk8s.daemon-kubelite"
REFUSED = 3
CLEAN, ARMED, CUT, STOPPED, CRASHES = "clean", "armed", "cut", "stopped", "crashes"  # first word of what a script says in the end
CRASH_SECONDS = 1  # from the script's end to the crash, so that its answer still gets out

PLACES = f"raw:PREROUTING:{CHAIN}-IN mangle:PREROUTING:{CHAIN}-IN mangle:POSTROUTING:{CHAIN}-OUT"

# A non-login shell may lack the folders of the administrator.
_PATH = """set -u
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
"""
_HEAD = f"{_PATH}folder={FOLDER}\n"

_UNDO = f"""pikube_undo() {{
{_HEAD}left=
if command -v nft >/dev/null 2>&1; then
    nft delete table inet {TABLE} </dev/null >/dev/null 2>&1
    if nft list tables </dev/null 2>/dev/null | grep -q '^table inet {TABLE}$'; then
        left="$left; table inet {TABLE} of nft"
    fi
fi
# Without the note iptables was not used, and is not asked: to ask loads tables of the other kind into the kernel.
if [ -e "$folder/iptables" ]; then
    for tool in iptables ip6tables; do
        command -v "$tool" >/dev/null 2>&1 || continue
        for place in {PLACES}; do
            table=${{place%%:*}} chain=${{place##*:}} hook=${{place#*:}}
            hook=${{hook%%:*}}
            while "$tool" -w 10 -t "$table" -D "$hook" -j "$chain" 2>/dev/null; do :; done
            "$tool" -w 10 -t "$table" -F "$chain" 2>/dev/null
            "$tool" -w 10 -t "$table" -X "$chain" 2>/dev/null
            if "$tool" -w 10 -t "$table" -S 2>/dev/null | grep -q -e "$chain"; then
                left="$left; chain $chain in table $table of $tool"
            fi
        done
    done
fi
if [ -e "$folder/kubelite" ]; then
    systemctl start {KUBELITE}.service </dev/null
    if ! systemctl is-active --quiet {KUBELITE}.service; then
        left="$left; {KUBELITE} is not running"
    fi
fi
if [ -n "$left" ]; then
    echo "still there: ${{left#; }}" >&2
    return 1
fi
# Last of all: interrupted before, the timer does the rest.
systemctl stop {UNIT}.timer </dev/null 2>/dev/null
systemctl reset-failed {UNIT}.timer {UNIT}.service </dev/null 2>/dev/null
if systemctl is-active --quiet {UNIT}.timer; then
    echo "still there: {UNIT}.timer" >&2
    return 1
fi
rm -rf "$folder"
echo {CLEAN}
}}
pikube_undo
"""


def undo() -> str:
    """Gives a node back, whatever was done to it: rules, stopped service, timer. Says CLEAN once it has seen that all is gone."""
    return _UNDO


def arm(run: str, seconds: int) -> str:
    """The dead man: after so many seconds the node undoes by itself, again every 5 s until it worked. Says ARMED.

    Armed again by the same run it begins anew. Raises FailoverError for less than a minute, in which a run could not undo by itself.
    """
    if seconds < 60:
        raise FailoverError(f"the dead-man timer of the node has to be at least 60 s, not {seconds}. Give more")
    return f"""pikube_arm() {{
{_HEAD}set -e
umask 077
run={shlex.quote(run)}
{_OTHERS}
mkdir -p "$folder"
cat >"$folder/undo.new" <<'PIKUBE_END'
{_UNDO}PIKUBE_END
mv "$folder/undo.new" "$folder/undo"
printf '%s\\n' "$run" >"$folder/run.new"
mv "$folder/run.new" "$folder/run"
systemctl stop {UNIT}.timer </dev/null 2>/dev/null || :
systemctl reset-failed {UNIT}.timer {UNIT}.service </dev/null 2>/dev/null || :
# systemd would otherwise let a timer be late by a minute.
systemd-run --quiet --collect --unit={UNIT} --on-active={seconds} --timer-property=AccuracySec=1s \\
    --description='Undo of a fail-over verification whose controller is gone' \\
    /bin/sh -c 'until /bin/sh {FOLDER}/undo; do [ -e {FOLDER}/undo ] || exit 0; sleep 5; done' </dev/null
systemctl is-active --quiet {UNIT}.timer
echo {ARMED}
}}
pikube_arm
"""


_OTHERS = f"""other=$(cat "$folder/run" 2>/dev/null || :)
if [ -n "$other" ] && [ "$other" != "$run" ]; then
    echo "the node is still as run $other left it: restore it first. Nothing was done" >&2
    exit {REFUSED}
fi"""

_CHECK = f"""{_OTHERS}
if [ -z "$other" ] || ! systemctl is-active --quiet {UNIT}.timer; then
    echo "the timer {UNIT} is not armed. Nothing was done" >&2
    exit {REFUSED}
fi"""


def asked_from() -> str:
    """Says from which address the ssh session comes that runs this, one per line, nothing for none.

    sudo takes the variable away, so that it is looked for in the processes above.
    """
    return """pikube_asked_from() {
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
    { tr '\\000' '\\n' <"/proc/$pid/environ"; } 2>/dev/null | sed -n 's/^SSH_CONNECTION=\\([^ %]*\\).*/\\1/p'
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
done | sort -u
}
pikube_asked_from
"""


def partition(run: str, controllers: Sequence[str], peers: Sequence[str]) -> str:
    """Cut a node off from all but the controllers. Says CUT, the tool, and the devices.

    controllers: addresses that stay. peers: addresses of the other nodes; the devices that lead to them and to the default route are cut.
    What keeps the node's own address alive passes as well: DHCP and neighbour discovery. ARP is none of the rules' business.
    Raises FailoverError without a controller, or for a word that is no address.
    """
    ours, others = _addresses(controllers, "controller"), _addresses(peers, "node")
    if not ours:
        raise FailoverError(
            "a partition would cut the controller off as well: no address is known from which it reaches the node. Give"
            " verify_controller_addresses"
        )
    four, six = ([str(one) for one in ours if one.version == version] for version in (4, 6))
    asked = "\n".join(f"    ip -o route get {one} || :" for one in others)
    return f"""pikube_partition() {{
{_HEAD}set -e
umask 077
run={shlex.quote(run)}
{_CHECK}
devices=$({{
    ip -o -4 route show default || :
    ip -o -6 route show default || :
{asked}
}} 2>/dev/null | awk '{{ for (i = 1; i < NF; i++) if ($i == "dev" && $(i + 1) != "lo") print $(i + 1) }}' | sort -u)
if [ -z "$devices" ]; then
    echo "no network device leads to the other nodes. Nothing was done" >&2
    exit {REFUSED}
fi
listed='' names=''
for device in $devices; do listed="$listed${{listed:+, }}\\"$device\\"" names="$names $device"; done
if command -v nft >/dev/null 2>&1 && nft -f - <<PIKUBE_END
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
    chain arriving {{
        type filter hook prerouting priority -310; policy accept;
        iifname != {{ $listed }} accept
{_nft(four, six, "saddr", "udp sport 67 udp dport 68")}
    }}
    chain leaving {{
        type filter hook postrouting priority 310; policy accept;
        oifname != {{ $listed }} accept
{_nft(four, six, "daddr", "udp sport 68 udp dport 67")}
    }}
}}
PIKUBE_END
then
    echo "{CUT} nft$names"
    return 0
fi
: >"$folder/iptables"
pikube_chains iptables "{" ".join(four)}"
if grep -q . /proc/net/if_inet6 2>/dev/null; then pikube_chains ip6tables "{" ".join(six)}"; fi
echo "{CUT} iptables$names"
}}
# Tool, addresses. The chains first: a jump into an empty one drops nothing.
pikube_chains() {{
for place in {PLACES}; do
    table=${{place%%:*}} chain=${{place##*:}} hook=${{place#*:}}
    hook=${{hook%%:*}}
    case $hook in
        PREROUTING) flag=-s way=-i from=67 to=68 ;;
        *) flag=-d way=-o from=68 to=67 ;;
    esac
    "$1" -w 10 -t "$table" -N "$chain" 2>/dev/null || "$1" -w 10 -t "$table" -F "$chain"
    for address in $2; do "$1" -w 10 -t "$table" -A "$chain" "$flag" "$address" -j RETURN; done
    if [ "$1" = ip6tables ]; then
        for type in 133 134 135 136; do "$1" -w 10 -t "$table" -A "$chain" -p icmpv6 --icmpv6-type "$type" -j RETURN; done
    fi
    "$1" -w 10 -t "$table" -A "$chain" -p udp --sport "$from" --dport "$to" -j RETURN
    "$1" -w 10 -t "$table" -C "$hook" -j "$chain" 2>/dev/null || "$1" -w 10 -t "$table" -I "$hook" 1 -j "$chain"
    for device in $devices; do "$1" -w 10 -t "$table" -A "$chain" "$way" "$device" -j DROP; done
done
}}
pikube_partition
"""


def _nft(four: Sequence[str], six: Sequence[str], side: str, dhcp: str) -> str:
    rows = [f"ip {side} {{ {', '.join(four)} }} accept"] if four else []
    rows += [f"ip6 {side} {{ {', '.join(six)} }} accept"] if six else []
    rows += ["icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept"]
    rows += [f"{dhcp} accept", "drop"]
    return "\n".join(f"        {row}" for row in rows)


def _addresses(words: Sequence[str], whose: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = []
    for word in words:
        try:
            one = ipaddress.ip_address(word.partition("%")[0])
        except ValueError:
            raise FailoverError(f'"{word}" is not an address of a {whose}, like 10.0.0.12. Give the address instead') from None
        mapped = getattr(one, "ipv4_mapped", None)
        found.append(mapped or one)
    return list(dict.fromkeys(found))


def stop_kubelite(run: str) -> str:
    """Stop the node's kubelite. Says STOPPED. Refuses one that does not run, which an undo would start."""
    return f"""pikube_stop() {{
{_HEAD}set -e
run={shlex.quote(run)}
{_CHECK}
if [ ! -e "$folder/kubelite" ] && ! systemctl is-active --quiet {KUBELITE}.service; then
    echo "{KUBELITE} does not run. Nothing was done" >&2
    exit {REFUSED}
fi
: >"$folder/kubelite"
systemctl stop {KUBELITE}.service </dev/null
echo {STOPPED}
}}
pikube_stop
"""


def crash() -> str:
    """Reboot without a sync, CRASH_SECONDS after the script's end. Says CRASHES and the identity of the boot that ends.

    The kernel's mask of keys (kernel.sysrq) does not count for root's writes to this file. A kernel without CONFIG_MAGIC_SYSRQ is asked by
    reboot(2) itself, which does not sync either.
    """
    return f"""pikube_crash() {{
{_PATH}set -e
boot=$(cat /proc/sys/kernel/random/boot_id)
if [ -w /proc/sysrq-trigger ]; then
    how='echo b >/proc/sysrq-trigger'
elif command -v python3 >/dev/null 2>&1; then
    how='exec python3 -c "import ctypes; ctypes.CDLL(None).reboot(0x1234567)"'
else
    echo "this kernel has no /proc/sysrq-trigger (CONFIG_MAGIC_SYSRQ), and there is no python3. Nothing was done" >&2
    exit {REFUSED}
fi
systemctl reset-failed {CRASH_UNIT}.service </dev/null 2>/dev/null || :
systemd-run --quiet --collect --no-block --unit={CRASH_UNIT} /bin/sh -c "sleep {CRASH_SECONDS}; $how" </dev/null
echo {CRASHES} "$boot"
}}
pikube_crash
"""


# In the database's container. PID 1 of a container does not get SIGKILL from within: a server that is it, as in the official image, gets
# SIGQUIT instead, on which it ends at once and just as dirty. The line is said before, because the container may end with the server.
KILL_POSTMASTER = """pikube_kill() {
pid=$(head -n 1 "${PGDATA:?}/postmaster.pid") || exit 3
case $(cat "/proc/$pid/comm") in
    postgres | postmaster) ;;
    *) echo "process $pid of $PGDATA/postmaster.pid is no server" >&2; exit 3 ;;
esac
signal=KILL
if [ "$pid" = 1 ]; then signal=QUIT; fi
echo "$signal $pid"
kill -s "$signal" "$pid" || exit 1
turn=0
while [ "$turn" -lt 50 ]; do
    case $(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) in
        '' | Z* | X*) exit 0 ;;
    esac
    turn=$((turn + 1))
    sleep 0.1
done
echo "process $pid lives on" >&2
exit 1
}
pikube_kill
"""
