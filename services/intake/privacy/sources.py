"""Where things lie whose days can be over: each finds them, counts them, and removes them.

`remove` looks again, in its transaction, whether each is due, so that what was opened again or removed by somebody else
in between is left alone; it returns how many it removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from services.intake import repository_additions
from services.intake.privacy import repository_due, repository_messages
from services.intake.privacy.erasing import PARTS, REQUEST, RETENTION, Erasing
from services.intake.sms_talk import repository as repository_sms
from shared.city_retention import MAILS, QUARANTINE, SMS, UNSETTLED
from shared.contracts.complaint import ErasedPart
from shared.storage.database import Transaction

WISHED = "wished"
"""The kind of what senders asked for while their case was going on."""
Counted = tuple[int, datetime | None]
"""How many, and when the days of the first of them began."""


class Source(Protocol):
    """`kind` is one of the city's rules; `before` the moment that its days give."""

    @property
    def kind(self) -> str: ...
    def count(self, connection: Connection, before: datetime) -> Counted: ...
    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]: ...
    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int: ...


@dataclass(frozen=True)
class _OfComplaints:
    """What belongs to complaints whose days are over. `kind` is one that `repository_due` knows."""

    erasing: Erasing
    kind: str

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_due.count_due(connection, self.kind, before)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return repository_due.due(connection, self.kind, before, limit)

    def _due_still(self, tx: Transaction, ids: Sequence[str], before: datetime) -> list[str]:
        return _still(tx, ids, lambda id_: repository_due.due(tx.connection, self.kind, before, 1, id_))


class PartOfComplaints(_OfComplaints):
    kind: ErasedPart

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        return sum(
            self.erasing.erase(tx, one, [self.kind], reason=RETENTION) for one in self._due_still(tx, ids, before)
        )


@dataclass(frozen=True)
class Wishes:
    erasing: Erasing
    kind: str = WISHED

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_due.count_wished(connection)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return repository_due.wished(connection, limit)

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        due = _still(tx, ids, lambda id_: repository_due.wished(tx.connection, 1, id_))
        for one in due:
            repository_due.forget_wish(tx, one)
            self.erasing.erase(tx, one, PARTS, reason=REQUEST)
        return len(due)


class MailsOfComplaints(_OfComplaints):
    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        due = self._due_still(tx, ids, before)
        for one in due:
            self.erasing.files.add(tx, repository_messages.remove_of_complaint(tx, one))
        return len(due)


@dataclass(frozen=True)
class OtherMails:
    """Reports of mail servers."""

    erasing: Erasing
    kind: str = MAILS

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_messages.count_unclaimed(connection, before)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return repository_messages.unclaimed_due(connection, before, limit)

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        self.erasing.files.add(tx, repository_messages.remove_unclaimed(tx, ids))
        return len(ids)


@dataclass(frozen=True)
class Quarantined:
    """Mails that a person settled, or (`kind` is `unsettled`) that nobody did."""

    erasing: Erasing
    kind: str = QUARANTINE

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_messages.count_quarantined(connection, before, waiting=self._waiting)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return repository_messages.quarantined_due(connection, before, limit, waiting=self._waiting)

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        now = self.erasing.spine.clock.now()
        self.erasing.files.add(tx, repository_messages.empty_quarantine(tx, ids, now))
        return len(ids)

    @property
    def _waiting(self) -> bool:
        return self.kind == UNSETTLED


@dataclass(frozen=True)
class TextMessages:
    """Removed all at once: there are few, for their days are."""

    kind: str = SMS

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_sms.count_forgettable(connection, before)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return [SMS] if repository_sms.count_forgettable(connection, before)[0] else []

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        return repository_sms.forget(tx, before)


@dataclass(frozen=True)
class RefusedSenders:
    """Keys of contacts whose messages were refused: as long as contacts."""

    kind: str = "contact"

    def count(self, connection: Connection, before: datetime) -> Counted:
        return repository_messages.count_refused(connection, before)

    def find(self, connection: Connection, before: datetime, limit: int) -> list[str]:
        return ["refused"] if repository_messages.count_refused(connection, before)[0] else []

    def remove(self, tx: Transaction, ids: Sequence[str], before: datetime) -> int:
        return repository_messages.forget_refused(tx, before)


def sources(erasing: Erasing) -> tuple[Source, ...]:
    """In the order in which they are looked through."""
    return (
        Wishes(erasing),
        *(PartOfComplaints(erasing, part) for part in PARTS),
        RefusedSenders(),
        MailsOfComplaints(erasing, MAILS),
        OtherMails(erasing),
        Quarantined(erasing),
        Quarantined(erasing, UNSETTLED),
        TextMessages(),
    )


class _Asks(Protocol):
    def __call__(self, complaint_id: str) -> list[str]: ...


def _still(tx: Transaction, ids: Sequence[str], ask: _Asks) -> list[str]:
    """Those that are due still; each is held from then on. In sorted order, so that two of us wait and don't block."""
    return [one for one in sorted(ids) if repository_additions.lock_complaint(tx, one) is not None and ask(one)]
