# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a change of the snap failed: snapd's words, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths


class Failure(NamedTuple):
    """words: regular expression over what `snap` printed. retryable: time may mend it. cure: a sentence, {channels} what there is."""

    id: str
    words: str
    meaning: str
    cure: str
    retryable: bool = False


# Source: snapcore/snapd, cmd/snap, overlord and store; the first one that fits counts.
FAILURES = (
    Failure(
        "launch_configuration",
        r'run hook "install"[\s\S]*(launch|pre-init|cluster-agent init|k8sinit|yaml|configuration)',
        "its install hook does not accept the launch configuration",
        f"Correct it (snap tasks --last=install says more) and run again; it is in {paths.LAUNCH_CONFIGURATION}",
    ),
    Failure(
        "hook",
        r'run hook "',
        "a hook of the snap failed",
        "See journalctl -u snapd and snap changes for its last words",
    ),
    Failure(
        "channel",
        r"is not available on \S+ but is available to install on|no snap revision available as specified|has no \S+ channel"
        r"|no snap revision on specified channel|invalid channel|requested a non-existing branch|snap-channel-not-available"
        r"|no longer supported|cannot .*channel name",
        "the store has no such channel",
        "{channels}",
    ),
    Failure(
        "architecture",
        r"not available on this architecture|snap-architecture-not-available|supported architectures",
        "it is not built for this machine's architecture",
        "MicroK8s needs a 64-bit operating system (amd64, arm64, ppc64el or s390x)",
    ),
    Failure(
        "signatures",
        r"cannot find signatures with metadata",
        "no assertion vouches for the file",
        "Give the .assert file that snap download wrote beside it (assertions), or set unsigned for a file that you made yourself",
    ),
    Failure(
        "assertion",
        r"cannot (assert|ack|add assertion)|does not have a matching|prerequisite",
        "an assertion is not accepted",
        "Download the snap and its .assert file again, with the same revision; the clock has to be right too",
    ),
    Failure(
        "snapd",
        r"cannot communicate with server|snapd\.socket",
        "snapd does not answer",
        "See systemctl status snapd.service snapd.socket",
        retryable=True,
    ),
    Failure(
        "store",
        r"unable to contact snap store|dial tcp|no such host|connection refused|i/o timeout|TLS handshake|Client\.Timeout|x509:",
        "the store of snaps cannot be reached",
        "Let the node reach api.snapcraft.io by HTTPS (a proxy: snap set system proxy.https=...), or install from a file",
        retryable=True,
    ),
    Failure(
        "seeding",
        r"too early for operation|not yet seeded",
        "snapd is still in its first start",
        "Wait until snap wait system seed.loaded ends, and run again",
        retryable=True,
    ),
    Failure(
        "busy",
        r"change in progress|conflicting|has .* in progress",
        "snapd has another change of it under way",
        "Wait for it (snap changes) and run again",
        retryable=True,
    ),
    Failure("space", r"no space left|insufficient space|not enough", "the disk is full", "Free space below /var/lib/snapd and /var/snap"),
    Failure(
        "mount",
        r"cannot mount squashfs|fuse|squashfs.*(cannot|fail)|mount.*failed",
        "snapd cannot mount a snap on this kernel",
        "The kernel needs squashfs and loop devices, and snapd's socket activation; see snap debug sandbox-features",
    ),
)


SHOWN = 6  # lines
LONGEST = 700  # characters


def explain(output: str) -> Failure | None:
    """The first row of the table that fits; None for words that nobody has seen yet."""
    return next((failure for failure in FAILURES if re.search(failure.words, output, re.I)), None)


def cure(failure: Failure, channels: Sequence[str]) -> str:
    """The cure with what the store has. channels: as "1.34/stable"; empty if the store did not say."""
    stable = sorted({name for name in channels if name.endswith("/stable")}, key=_natural)
    words = f"It has {', '.join(stable)}" if stable else "snap info microk8s lists what there is"
    return failure.cure.replace("{channels}", words)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


def channels_in(output: str) -> list[str]:
    """The channels that snap itself lists when it refuses one."""
    return re.findall(r"^\s+(\S+/(?:stable|candidate|beta|edge))\s", output, re.M)


def last_words(output: str) -> str:
    """What snap said at last, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    error = next((number for number, line in enumerate(lines) if line.startswith("error:")), max(len(lines) - 3, 0))
    # The first lines say what was done, the last ones what came of it; a hook's traceback stands between.
    told = lines[error:]
    return " ".join(told if len(told) <= SHOWN else [*told[: SHOWN // 2], "...", *told[-SHOWN // 2 :]])[:LONGEST]
