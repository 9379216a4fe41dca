# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether new settings may be put in force: do they have an effect, and does everybody who must get in still get in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.access import KeyFile, key_paths, refusals
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.server import Server, account, key_file
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.session import Session
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import overruled


def judge(
    server: Server,
    drop_in: Path,
    text: str | None,
    options: Mapping[str, str],
    users: Iterable[str],
    session: Session | None,
    scratch: Path,
    coming: Collection[str] = (),
) -> None:
    """Raise SshError if the drop-in with that text (None: without it) is refused, overruled, or locks one of the users out.

    `options` are the settings in the text, `scratch` an empty folder for copies of the configuration, and `coming` users whose key,
    and maybe account, is not there yet but will be.
    """
    merged = server.merged(drop_in, text, scratch)
    losses = overruled(options, server.effective(merged, forced=options), server.effective(merged))
    if losses:
        raise SshError(
            f"other files of sshd overrule {drop_in}: {'; '.join(losses)}. The first value that sshd reads wins: take the setting "
            f"out of the files in {drop_in.parent} that sort before it, or out of what stands before the Include line. Nothing was changed",
        )
    for name in users:
        try:
            who = account(name)
        except SshError:
            if name in coming:
                continue
            raise
        effective = server.effective(merged, user=name, session=session)
        strict = effective.get("strictmodes", ("yes",))[0] != "no"
        paths = key_paths(who, effective)
        files = [KeyFile(path, 1) if name in coming else key_file(Path(path), who, strict) for path in paths]
        reasons = refusals(who, effective, files, session.address if session else "127.0.0.1")
        if reasons:
            raise SshError(f'the ssh server would lock "{name}" out: {"; ".join(reasons)}. Nothing was changed', user=name)
