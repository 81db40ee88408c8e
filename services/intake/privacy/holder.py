"""All that intake holds of one contact, and its end: what a citizen asks for.

A contact is an e-mail address or a telephone number in normal form. Complaints that came with it go part by part; so
do mails in which it stands though they became no complaint, and what is counted or noted under its key. A contact that
is blocked keeps its key until the block ends, or the block would end by this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping

from services.intake.contacts import ContactVault, TypedContact
from services.intake.mail.keeping import RawMails
from services.intake.mail.parts import leaves, payload
from services.intake.mail.text import message_of
from services.intake.privacy import repository_contact, repository_due, repository_messages
from services.intake.privacy.erasing import PARTS, REQUEST, Erasing
from services.intake.privacy.ledger import ErasedContact
from services.intake.privacy.repository_contact import HeldComplaint
from services.intake.submission import KeptRaw
from shared.contracts.complaint import ComplaintErased
from shared.errors import Rejected
from shared.observability.logs import get_logger

log = get_logger("privacy")
_READ_AT_ONCE = 200
_LEAST_DIGITS = 8
_BETWEEN_DIGITS = b" -.()/\r\n\t"


@dataclass(frozen=True)
class Held:
    """`open_ones` are the complaints among `complaints` that are going on; `mails` are ids of raw messages."""

    complaints: tuple[HeldComplaint, ...]
    open_ones: frozenset[str]
    mails: tuple[str, ...]
    quarantined: tuple[str, ...]
    counts: dict[str, int]
    is_blocked: bool

    @property
    def nothing(self) -> bool:
        return not (self.complaints or self.mails or self.quarantined or self.counts)


@dataclass(frozen=True)
class Holder:
    erasing: Erasing
    vault: ContactVault
    raws: RawMails

    def find(self, contact: TypedContact) -> Held:
        """Looks also into every mail of which nobody knows who sent it. What others wrote of the contact is theirs."""
        with self.erasing.spine.database.read() as connection:
            found = repository_contact.complaints_of(connection, contact.key)
            found += repository_contact.complaints_among(connection, self._replies(connection, contact))
            going_on = {one.complaint_id for one in found if not repository_due.is_ended(connection, one.complaint_id)}
            mails = [row for row in _rows(connection, repository_messages.unassigned) if self._tells(row, contact)]
            quarantined = {row["quarantine_id"] for row in mails if row["quarantine_id"]}
            quarantined |= set(repository_contact.quarantined_of(connection, contact.key))
            return Held(
                complaints=tuple({one.complaint_id: one for one in found}.values()),
                open_ones=frozenset(going_on),
                mails=tuple(row["raw_id"] for row in mails),
                quarantined=tuple(sorted(quarantined)),
                counts=repository_contact.counts_of(connection, contact.key),
                is_blocked=repository_contact.is_blocked(connection, contact.key),
            )

    def unknown(self, ids: Collection[str]) -> set[str]:
        """Those that are no complaints: of complaints everything is said when they are erased."""
        with self.erasing.spine.database.read() as connection:
            known = {one.complaint_id for one in repository_contact.complaints_among(connection, list(ids))}
        return set(ids) - known

    def erase(
        self, contact: TypedContact, held: Held, *, elsewhere: Collection[str] = (),
        progress: Callable[[str], None] = lambda _ticket: None,
    ) -> None:  # fmt: skip
        """Removes it, a transaction for each complaint. Of one that is going on the contact goes now, and the rest
        when it has ended. `elsewhere`: ids of no complaint under which other services hold something.

        May be stopped and repeated.
        """
        database, now = self.erasing.spine.database, self.erasing.spine.clock.now()
        for one in held.complaints:
            with database.write() as tx:
                if repository_due.is_ended(tx.connection, one.complaint_id):
                    self.erasing.erase(tx, one.complaint_id, PARTS, reason=REQUEST)
                else:
                    self.erasing.erase(tx, one.complaint_id, PARTS[:1], reason=REQUEST, wish=True)
            progress(one.ticket)
        with database.write() as tx:
            checks = [row["check_id"] for row in repository_contact.checks_of(tx.connection, contact.key)]
            files = repository_contact.remove(tx, contact.key).files
            files |= repository_messages.empty_quarantine(
                tx, held.quarantined, now, outcome=repository_messages.REMOVED, by=repository_messages.BY_SENDER
            )
            files |= repository_messages.remove_unclaimed(tx, held.mails)
            self.erasing.files.add(tx, files)
            entry = ErasedContact(contact.key, now.isoformat(), held.mails, held.quarantined)
            tx.after_commit(partial(self.erasing.ledger.append, entry))
            self.erasing.spine.outbox.say(
                tx,
                *(
                    ComplaintErased(
                        complaint_id=one, ticket="-", parts=["contact", "text"], reason=REQUEST, erased_at=now
                    )
                    for one in sorted({*checks, *elsewhere})
                ),
            )  # fmt: skip
        log.info("contact_erased", complaints=len(held.complaints), mails=len(held.mails))

    def _replies(self, connection: Connection, contact: TypedContact) -> Sequence[str]:
        """Complaints whose answers go to that address."""
        if contact.channel != "email":
            return []
        rows = _rows(connection, repository_contact.replies_elsewhere, "complaint_id")
        return [row["complaint_id"] for row in rows if self._unsealed(row["reply_to_sealed"]) == contact.spelling]

    def _unsealed(self, sealed: str) -> str:
        try:
            return self.vault.sealer.unseal(sealed).strip().lower()
        except Rejected:  # the keys of that time are gone, and with them what it was
            return ""

    def _tells(self, row: RowMapping, contact: TypedContact) -> bool:
        try:
            raw = self.raws.read(KeptRaw(row["sha256"], row["size"], row["sealed"])) or b""
        except Rejected:
            return False
        return tells_of(raw, contact)


def tells_of(raw: bytes, contact: TypedContact) -> bool:
    """Whether the contact stands in a mail, in whatever part of it and however it is encoded there."""
    message, wanted = message_of(raw), contact.spelling.encode()
    texts = [raw, *(payload(part) for part in leaves(message))] if message is not None else [raw]
    if contact.channel == "email":
        return any(wanted in text.lower() for text in texts)
    return len(wanted) >= _LEAST_DIGITS and any(wanted in text.translate(None, _BETWEEN_DIGITS) for text in texts)


def _rows(
    connection: Connection, read: Callable[[Connection, str, int], list[RowMapping]], key: str = "raw_id"
) -> Iterator[RowMapping]:
    after: Any = ""
    while rows := read(connection, after, _READ_AT_ONCE):
        yield from rows
        after = rows[-1][key]
