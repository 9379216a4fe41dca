# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server as the clients of the load see it: one that answers, breaks, hangs or refuses as it is told."""

from __future__ import annotations

import re
import threading
import time

from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import WAITING
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Answer, SessionError

HANGS = None


class Server:
    """rows: id -> (writer, number, checksum). opening, inserting, committing: what comes instead of an answer: an error, HANGS, an Answer.

    Those that are committed with an error are there all the same.
    """

    def __init__(self):
        self.lock = threading.RLock()
        self.rows, self.opened, self.hosts = {}, 0, []
        self.opening, self.inserting, self.committing = {}, [], []
        self.waiting = 0

    def open(self, host, seconds, going):
        with self.lock:
            self.hosts.append(host)
            if host in self.opening:
                raise self.opening[host]
            self.opened += 1
        return Session(self)

    def close(self):
        pass


class Session:
    def __init__(self, server):
        self.server, self.row, self.said, self.closed = server, None, [], False

    def send(self, text):
        with self.server.lock:
            if text.startswith("BEGIN"):
                identity = str(len(self.server.rows) + 1)
                writer, number, checksum = re.search(r"VALUES \('[^']+', (\d+), (\d+), '\w+', '(\w+)'\)", text).groups()
                self.row = (identity, (int(writer), int(number), checksum))
                self.next = self.server.inserting.pop(0) if self.server.inserting else Answer([(identity, "10.1.2.3")], "INSERT 0 1", False)
            elif text == "COMMIT":
                self.server.rows[self.row[0]] = self.row[1]
                self.next = self.server.committing.pop(0) if self.server.committing else Answer([], "COMMIT", False)
            elif text == "ROLLBACK":
                self.next = Answer([], "ROLLBACK", False)
            elif text == WAITING:
                self.next = Answer([(str(self.server.waiting),)], "SELECT 1", False)
            else:
                row = self.server.rows.get(re.search(r"id = (\d+)", text)[1])
                self.next = Answer([(row[2],)] if row else [], "SELECT", False)

    def answer(self, seconds):
        if isinstance(self.next, SessionError):
            raise self.next
        if self.next is HANGS:
            time.sleep(0.005)
        return self.next

    def close(self):
        self.closed = True
        with self.server.lock:
            self.server.opened -= 1
