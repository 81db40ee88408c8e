"""The one door for complaints, whatever the channel.

In one transaction: complaint, sealed contact, the mark that this message was seen, the first entry of the timeline,
and the fact for the others. It needs no broker. What `accept` has answered is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.intake import repository
from services.intake.checking import Checker
from services.intake.contacts import ContactVault
from services.intake.fingerprint import SameMessage, same_message
from services.intake.submission import Contact, Receipt, Submission
from services.intake.wording import received_note
from shared.contracts.complaint import ComplaintReceived
from shared.errors import Refused
from shared.ids import new_id, new_ticket, new_tracking_code
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("accept")
_MOST_TICKET_DRAWS = 20
_KEPT_ID_CHARACTERS = 255


@dataclass(frozen=True)
class _Arrival:
    """A checked submission on its way into the database."""

    submission: Submission
    complaint_id: str
    at: datetime


@dataclass(frozen=True)
class Door:
    spine: Spine
    checker: Checker
    vault: ContactVault
    ticket_prefix: str
    zone: ZoneInfo
    receipts_per_day: int
    draw_ticket: Callable[[str], str] = new_ticket

    def accept(self, submission: Submission) -> Receipt:
        """Stores the complaint, or finds it stored; the same message gets the same receipt and says nothing again.

        Raises `Refused` with a sentence for each field (code `idempotency_conflict` and status 409 when an id that
        stands for one content came with another), and `Transient` when the database is away: then nothing is stored.
        """
        try:
            checked = self.checker.check(submission)
            receipt = self._store(checked)
        except Refused as error:
            self.spine.metrics.refused.labels(submission.channel, error.code).inc()
            raise
        if receipt.new:
            self.spine.metrics.accepted.labels(submission.channel).inc()
        log.info(
            "complaint_accepted" if receipt.new else "message_known",
            complaint_id=receipt.complaint_id,
            channel=submission.channel,
        )
        return receipt

    def write_refusal(self, channel: str, reason: str, *, size: int, contact_key: str | None = None) -> None:
        """Keeps the fact that a message could not become a complaint; neither its text nor its sender."""
        row = {"channel": channel, "reason": reason[:64], "contact_key": contact_key, "size": size}
        with self.spine.database.write() as tx:
            repository.store_refusal(tx, {**row, "at": self.spine.clock.now()})
        log.info("message_refused", channel=channel, reason=reason, size=size)

    def _store(self, submission: Submission) -> Receipt:
        arrival = _Arrival(submission, new_id(), self.spine.clock.now())
        same = same_message(submission, self.vault.hasher, now=arrival.at, zone=self.zone)
        with self.spine.database.write() as tx:
            known, linked_to = self._recognise(tx, same, arrival) if same else (None, None)
            if known is not None:
                repository.add_recipients(tx, known, submission.recipients)
                return self._receipt_of(tx, known)
            return self._store_new(tx, arrival, linked_to)

    def _recognise(self, tx: Transaction, same: SameMessage, arrival: _Arrival) -> tuple[str | None, str | None]:
        """(id of the complaint that this message already is, id of the one it shares its id with)."""
        if self._enter(tx, same.key, same.fingerprint, arrival):
            return None, None
        first, fingerprint = repository.seen_as(tx, same.key)
        if fingerprint == same.fingerprint:
            return first, None
        if arrival.submission.same_id_same_content or same.other_key is None:
            raise Refused(
                "Kunci kiriman (Idempotency-Key) ini sudah dipakai untuk laporan dengan isi lain. Pakai kunci baru.",
                code="idempotency_conflict",
                status=409,
            )
        if self._enter(tx, same.other_key, same.fingerprint, arrival):
            return None, first
        return repository.seen_as(tx, same.other_key)[0], None

    def _enter(self, tx: Transaction, key: str, fingerprint: str, arrival: _Arrival) -> bool:
        submission = arrival.submission
        row = {
            "seen_key": key,
            "fingerprint": fingerprint,
            "channel": submission.channel,
            "account": submission.account,
            "provider_id": (submission.provider_id or "")[:_KEPT_ID_CHARACTERS] or None,
            "complaint_id": arrival.complaint_id,
            "seen_at": arrival.at,
        }
        return repository.enter_seen(tx, row)

    def _store_new(self, tx: Transaction, arrival: _Arrival, linked_to: str | None) -> Receipt:
        submission, code = arrival.submission, new_tracking_code()
        contact_ref = self._store_contact(tx, arrival)
        receipt = self._receipt_wanted(tx, submission, arrival.at)
        flags = [*submission.flags]
        flags += ["automatic"] if submission.automatic else []
        flags += ["id_reused"] if linked_to else []
        row = {
            "complaint_id": arrival.complaint_id,
            "code_sealed": self.vault.sealer.seal(code),
            "revision": 1,
            "status": "received",
            "channel": submission.channel,
            "account": submission.account,
            "kind": submission.kind,
            "identity": submission.identity,
            "text": submission.text,
            "kecamatan": submission.place.kecamatan,
            "kelurahan": submission.place.kelurahan,
            "detail": submission.place.detail,
            "contact_ref": contact_ref,
            "receipt": receipt,
            "flags": list(dict.fromkeys(flags)),
            "linked_to": linked_to,
            "recipients": list(dict.fromkeys(submission.recipients)),
            "size": submission.size,
            "sent_at": submission.sent_at,
            "received_at": arrival.at,
        }
        ticket = self._insert_under_free_ticket(tx, row)
        note = received_note(submission.channel)
        entry = {"complaint_id": arrival.complaint_id, "revision": 1, "event": "received", "note": note}
        repository.add_to_timeline(tx, {**entry, "at": arrival.at})
        self.spine.outbox.say(tx, _received(submission, row, ticket))
        return Receipt(arrival.complaint_id, ticket, code, arrival.at, new=True)

    def _insert_under_free_ticket(self, tx: Transaction, row: dict[str, Any]) -> str:
        for _ in range(_MOST_TICKET_DRAWS):
            ticket = self.draw_ticket(self.ticket_prefix)
            if repository.insert_complaint(tx, {**row, "ticket": ticket}):
                return ticket
        raise RuntimeError("no free ticket was found")  # 893 million tickets: this is a bug, not bad luck

    def _store_contact(self, tx: Transaction, arrival: _Arrival) -> str | None:
        contact = arrival.submission.contact
        if contact == Contact():
            return None
        contact_ref = new_id()
        row = {"contact_ref": contact_ref, "complaint_id": arrival.complaint_id, "created_at": arrival.at}
        repository.insert_contact(tx, {**row, **self.vault.seal(contact)})
        return contact_ref

    def _receipt_wanted(self, tx: Transaction, submission: Submission, at: datetime) -> str:
        """`wanted`, or why the citizen gets no message. Counts the receipt when it is wanted."""
        if submission.automatic:
            return "automatic"
        contact = submission.contact
        keys = sorted(filter(None, (self.vault.email_key(contact.email), self.vault.phone_key(contact.phone))))
        if not keys:
            return "no_contact"
        day = at.astimezone(self.zone).date().isoformat()
        counts = [repository.count_receipt(tx, key, day) for key in keys]
        if max(counts) <= self.receipts_per_day:
            return "wanted"
        for key in keys:
            repository.uncount_receipt(tx, key, day)
        return "capped"

    def _receipt_of(self, tx: Transaction, complaint_id: str) -> Receipt:
        row = repository.complaint(tx.connection, complaint_id)
        if row is None:  # cleared by retention: the message is known, the complaint is gone
            raise Refused("Laporan ini sudah pernah diterima dan sudah dihapus.", code="already_removed", status=410)
        code = self.vault.sealer.unseal(row["code_sealed"])
        return Receipt(complaint_id, row["ticket"], code, row["received_at"], new=False)


def _received(submission: Submission, row: dict[str, Any], ticket: str) -> ComplaintReceived:
    return ComplaintReceived(
        complaint_id=row["complaint_id"],
        ticket=ticket,
        revision=1,
        text=submission.text,
        channel=submission.channel,
        kind=submission.kind,
        identity=submission.identity,
        place=submission.place,
        contact_ref=row["contact_ref"],
        received_at=row["received_at"],
        receipt=row["receipt"],
    )
