# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of the accounts that own files."""

from __future__ import annotations

import grp
import pwd

from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError


def uid_of(user: str) -> int:
    """The number of a user. Raises FilesError where there is no such user."""
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError as error:
        raise FilesError(f'owner "{user}": this node has no such user', owner=user) from error


def gid_of(group: str) -> int:
    """The number of a group. Raises FilesError where there is no such group."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise FilesError(f'group "{group}": this node has no such group', group=group) from error
