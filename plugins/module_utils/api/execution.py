# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container, through an API server: bytes in, bytes out, and its words and exit code."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import urlencode

from ansible_collections.pikube.stateful.plugins.module_utils.api.failures import ClusterError

CHUNK = 64 * 1024
TURN_SECONDS = 1.0
LONGEST_WORDS = 4000  # of what a command says of its errors


def execute(
    configuration: Any,
    place: tuple[str, str, str],
    command: list[str],
    *,
    source: IO[bytes] | None = None,
    target: IO[bytes] | None = None,
    silence: float,
    told: Callable[[int], Any] = lambda moved: None,
) -> None:
    """Run a command to its end. configuration: of the library, with certificate and key as files. place: namespace, pod, container.

    source: what it reads; the command has to know how long that is, since its input is not closed. target: where its output goes.
    silence: seconds without a byte after which it is given up. told: gets the number of bytes moved so far, now and then.
    Raises ClusterError, for a command that failed with what it said.
    """
    from kubernetes.stream.ws_client import WSClient

    namespace, pod, container = place
    query = [("command", word) for word in command]
    query += [("container", container), ("stdin", str(source is not None).lower()), ("stdout", "true"), ("stderr", "true")]
    server = configuration.host.replace("http", "ws", 1)
    token = configuration.api_key.get("authorization")
    session = WSClient(
        configuration,
        f"{server}/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urlencode(query)}",
        {"authorization": token} if token else {},
        False,  # what was read is not kept as well
        binary=True,
    )
    words, moved, last = b"", 0, time.monotonic()
    rest = source is not None
    try:
        while session.is_open():
            if rest and source is not None:
                chunk = source.read(CHUNK)
                rest = bool(chunk)
                if chunk:
                    session.write_stdin(chunk)
                    moved += len(chunk)
                    last = time.monotonic()
            session.update(timeout=0 if rest else TURN_SECONDS)
            out, err = (session.read_channel(channel) for channel in (1, 2))
            words = (words + err)[-LONGEST_WORDS:]
            if out:
                moved += len(out)
                if target is not None:
                    target.write(out)
            if out or err:
                last = time.monotonic()
            told(moved)
            if time.monotonic() - last > silence:
                raise ClusterError(
                    f"{command[0]} in {namespace}/{pod} said nothing for {silence:.0f} s, and was given up", reason="Timeout"
                )
        code = session.returncode
    finally:
        session.close()
    if code:
        said = words.decode(errors="replace").strip()
        raise ClusterError(f"{command[0]} in {namespace}/{pod} ended with {code}: {said}", reason="CommandFailed", code=code, said=said)
    if code is None:
        raise ClusterError(f"{command[0]} in {namespace}/{pod} was cut off", reason="Interrupted")
