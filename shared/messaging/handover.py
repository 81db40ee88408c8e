"""The short way from a commit to this process's own relay: what was just stored needs no query to be found.

Rows that are handed over are stored with a lease of the relay's, so that no other relay takes them meanwhile. The row
stays the truth: what is not published when the lease has run out, because the process died or the relay was stuck, is
claimed from the table like everything else.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from shared.messaging.message import Message
from shared.storage.leases import Lease

HANDED_SECONDS = 10.0
"""How long facts wait that were handed to a relay whose process then died. One that is stuck for longer may publish
them after another relay has: under the same ids, which listeners know.
"""
_MOST_WAITING = 1_000  # then facts stay in the table only: a broker that is away must not fill the memory


class Handover:
    """Between the threads of one service that say facts and its relay. Closed until the relay has opened it."""

    def __init__(self) -> None:
        self._owner = ""
        self._waiting: deque[tuple[datetime, Message]] = deque()
        self._mutex = threading.Lock()

    def open(self, now: datetime) -> Lease:
        """By the relay, once; its owner is who holds the rows that are handed over."""
        lease = Lease.take(now, HANDED_SECONDS)
        self._owner = lease.owner
        return lease

    def close(self) -> None:
        """From now on nothing is handed over, and what waits is left to the table."""
        self._owner = ""
        with self._mutex:
            self._waiting.clear()

    def lease(self, now: datetime) -> Lease | None:
        """For rows that are about to be stored; None when they are to wait in the table for whoever claims them."""
        if not self._owner or len(self._waiting) >= _MOST_WAITING:
            return None
        return Lease.take(now, HANDED_SECONDS, owner=self._owner)

    def give(self, lease: Lease, messages: Sequence[Message]) -> None:
        """After the commit of their rows."""
        if lease.owner != self._owner:  # closed meanwhile
            return
        with self._mutex:
            self._waiting.extend((lease.until, message) for message in messages)

    def take(self, now: datetime, most: int) -> list[Message]:
        """Up to `most`, the oldest first, without those whose lease has run out: another relay may have them."""
        taken: list[Message] = []
        with self._mutex:
            while self._waiting and len(taken) < most:
                until, message = self._waiting.popleft()
                if until > now:
                    taken.append(message)
        return taken
