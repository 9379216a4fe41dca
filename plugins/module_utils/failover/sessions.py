# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One client that writes, one that reads: what each does in one attempt, and what is known of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.failover import entries
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, INTENT, Event, Ledger
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outcomes import HUNG, READ_ONLY, SYNC_CANCELLED, outage, outcome
from ansible_collections.pikube.stateful.plugins.module_utils.failover.tally import Read, Tally
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Answer, Session, SessionError, Sessions

ASK = 0.25  # seconds of a wait, until it is asked whether to go on
NOT_COMMITTED = "25P02"  # in_failed_sql_transaction: COMMIT was answered with ROLLBACK
MISSING = "missing"


@dataclass(frozen=True)
class Work:
    """What all clients of a load have in common. clock: microseconds. going: False when nobody waits for them any longer."""

    sessions: Sessions
    entries: entries.Entries
    ledger: Ledger
    tally: Tally
    plan: LoadPlan
    run: str
    clock: Callable[[], int]
    going: Callable[[], bool]

    def open(self, hosts: Sequence[str]) -> Session:
        """By the first host that leads to a server that takes writes. Raises SessionError."""
        errors = []
        for host in hosts:
            try:
                return self.sessions.open(host, self.plan.connect_seconds, self.going)
            except SessionError as error:
                errors.append(error)
        # A host that answers says more than one that is silent.
        raise min(errors, key=lambda error: (not error.state, error.timed_out))


class Client:
    """hosts: in the order in which it asks them. stays: whether it keeps its session."""

    def __init__(self, work: Work, hosts: Sequence[str], stays: bool = True) -> None:
        self._work, self._hosts, self._stays = work, tuple(hosts), stays
        self._session: Session | None = None

    def close(self) -> None:
        if self._session:
            self._session.close()
            self._session = None
            self._work.tally.opened(-1)

    def _open(self) -> Session:
        if self._session is None:
            self._session = self._work.open(self._hosts)
            self._work.tally.opened(1)
        return self._session

    def _ask(self, session: Session, text: str, began: int, leaves: Callable[[int], bool] = lambda _began: True) -> Answer:
        """Waits until it hangs for too long, and longer while it may not leave."""
        session.send(text)
        while (answer := session.answer(ASK)) is None:
            if not self._work.going() or (self._work.clock() - began >= self._work.plan.hang_seconds * 1_000_000 and leaves(began)):
                raise SessionError(f"no answer since {(self._work.clock() - began) / 1e6:.1f} s", timed_out=True)
        return answer


class Writer(Client):
    """writer: its number in the ledger."""

    def __init__(self, work: Work, writer: int, hosts: Sequence[str], stays: bool = True) -> None:
        super().__init__(work, hosts, stays)
        self._writer, self._number, self._read_only_since = writer, 0, None

    def would_hang(self, host: str) -> bool:
        """Whether writes wait for a standby at the server that this host leads to. One more of them would tell no more, and could not be
        taken back: a server that is cut off from its standbys, and not from its clients, keeps them all for as long as it lives.
        """
        self._hosts = (host,)
        try:
            answer = self._ask(self._open(), entries.WAITING, self._work.clock())
        except SessionError:
            self.close()
            return False
        waits = answer.rows != [("0",)]
        if waits:
            self.close()
        return waits

    def attempt(self, hosts: Sequence[str] = ()) -> bool:
        """One write, from its intent to its outcome, both in the ledger. hosts: instead of its own. Whether it was acknowledged."""
        work = self._work
        self._hosts = tuple(hosts) or self._hosts
        self._number += 1
        began = work.clock()
        entry = entries.entry(work.run, self._writer, self._number, work.plan.payload_bytes)
        work.tally.began(self._writer, began)
        work.ledger.note([Event(began, INTENT, self._writer, self._number, entry.checksum)])
        committing = False
        try:
            session = self._open()
            answer = self._ask(session, work.entries.insert(work.run, entry), began, work.tally.leaves)
            identity, server = answer.rows[0]
            committing = True
            answer = self._ask(session, entries.COMMIT, began, work.tally.leaves)
            at = work.clock()
            if answer.tag != entries.COMMIT:
                raise SessionError(f"COMMIT was answered with {answer.tag}", NOT_COMMITTED)
        except SessionError as error:
            at = work.clock()
            kind = outcome(committing, error.state)
            class_ = outage(error.state, error.timed_out)
            self._note(at, kind, f"{class_}:{error.state}" if error.state else class_)
            work.tally.ended(self._writer, kind, str(error))
            self._after(class_, at)
            return False
        self._read_only_since = None
        kind = outcome(True, None, answer.warned)
        if kind == ACKED:
            self._note(at, kind, server or "-")
            work.tally.acked(self._writer, at, server or "-", Read(identity, entry.checksum))
        else:
            self._note(at, kind, f"{HUNG}:{SYNC_CANCELLED}")
            work.tally.ended(self._writer, kind, "the server gave up waiting for a standby")
        if not self._stays:
            self.close()
        return kind == ACKED

    def _note(self, at: int, kind: str, detail: str) -> None:
        self._work.ledger.note([Event(at, kind, self._writer, self._number, detail)], waits=False)

    def _after(self, class_: str, at: int) -> None:
        """A session that reads only may be kept by those who have it, as a pool does: that has to show. All others are over."""
        if class_ == READ_ONLY and self._stays and self._session:
            self._read_only_since = self._read_only_since or at
            if at - self._read_only_since < self._work.plan.hang_seconds * 1_000_000:
                try:
                    self._ask(self._session, entries.ROLLBACK, at)
                except SessionError:
                    self.close()
                return
        self._read_only_since = None
        self.close()


class Reader(Client):
    def attempt(self) -> bool:
        """Reads the row that was acknowledged last. Returns whether it is there as it was written."""
        work, row = self._work, self._work.tally.last_row
        if row is None:
            return True
        began, wrong = work.clock(), ""
        try:
            rows = self._ask(self._open(), work.entries.read(row.identity), began).rows
            wrong = "" if rows == [(row.checksum,)] else entries.CHANGED if rows else MISSING
        except SessionError as error:
            wrong = outage(error.state, error.timed_out)
            self.close()
        work.tally.read(began if wrong else work.clock(), wrong)
        return not wrong
