"""The one door for complaints, whatever the channel.

In one transaction: complaint, sealed contact, the mark that this message was seen, the first entry of the timeline,
and the fact for the others. Those that come at the same moment share it. It needs no broker. What `accept` has
answered is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from services.intake import repository, repository_additions, repository_assisted, repository_guards
from services.intake.arrival import CAPPED, Arrival
from services.intake.checking import Checker
from services.intake.contacts import ContactVault
from services.intake.fingerprint import SameMessage, same_message
from services.intake.submission import Contact, Receipt, Submission
from shared.errors import Refused
from shared.ids import new_id, new_ticket, new_tracking_code
from shared.observability.logs import get_logger
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.gathering import Gatherer

log = get_logger("accept")
_MOST_TICKET_DRAWS = 20
BLOCKED = "blocked_contact"
"""The flag of a complaint whose contact is blocked: it is taken and looked at like any other, and gets no receipt."""


@dataclass(frozen=True)
class Door:
    spine: Spine
    checker: Checker
    vault: ContactVault
    ticket_prefix: str
    zone: ZoneInfo
    receipts_per_day: int
    draw_ticket: Callable[[str], str] = new_ticket
    _gatherer: Gatherer[Arrival, Receipt] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        gatherer = Gatherer(self._store_together, self._store_alone, keys=lambda arrival: arrival.shared_keys)
        object.__setattr__(self, "_gatherer", gatherer)

    def accept(self, submission: Submission) -> Receipt:
        """Stores the complaint, or finds it stored; the same message gets the same receipt and says nothing again.

        Raises `Refused` with a sentence for each field (code `idempotency_conflict` and status 409 when an id that
        stands for one content came with another), and `Transient` when the database is away: then nothing is stored.
        """
        try:
            receipt = self._gatherer.do(self._arrival(self.checker.check(submission)))
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

    def _arrival(self, submission: Submission) -> Arrival:
        """Everything that can be worked out before the database is needed."""
        at, complaint_id, code = self.spine.clock.now(), new_id(), new_tracking_code()
        given = submission.contact
        contact: dict[str, Any] | None = None
        if given != Contact():
            contact = {"contact_ref": new_id(), "complaint_id": complaint_id, "created_at": at}
            contact.update(self.vault.seal(given))
        return Arrival(
            submission=submission,
            complaint_id=complaint_id,
            at=at,
            day=at.astimezone(self.zone).date().isoformat(),
            same=same_message(submission, self.vault.hasher, now=at, zone=self.zone),
            ticket=self.draw_ticket(self.ticket_prefix),
            code=code,
            code_sealed=self.vault.sealer.seal(code),
            contact=contact,
            contact_keys=tuple(sorted(filter(None, (contact["email_key"], contact["phone_key"])))) if contact else (),
        )

    def _store_together(self, arrivals: list[Arrival]) -> list[Receipt | None]:
        """Receipts of those that were never seen before; a known message is looked into alone.

        Raises when a drawn ticket is taken: then everyone looks for a free one alone.
        """
        with self.spine.database.write() as tx:
            rows = [arrival.seen_row(arrival.same.key) for arrival in arrivals if arrival.same]
            unseen = repository.enter_seen(tx, rows)
            new = [arrival for arrival in arrivals if arrival.same is None or arrival.same.key in unseen]
            receipts = self._store_new(tx, new)
        return [receipts.get(arrival.complaint_id) for arrival in arrivals]

    def accept_within(self, tx: Transaction, submission: Submission) -> Receipt:
        """As `accept`, in a transaction that is running: for what becomes a complaint because of a fact."""
        receipt = self._take(tx, self._arrival(self.checker.check(submission)))
        log.info("complaint_accepted" if receipt.new else "message_known", complaint_id=receipt.complaint_id)
        return receipt

    def _store_alone(self, arrival: Arrival) -> Receipt:
        with self.spine.database.write() as tx:
            return self._take(tx, arrival)

    def _take(self, tx: Transaction, arrival: Arrival) -> Receipt:
        known, linked_to = self._recognise(tx, arrival, arrival.same) if arrival.same else (None, None)
        if known is not None:
            repository.add_recipients(tx, known, arrival.submission.recipients)
            return self._receipt_of(tx, known)
        arrival = replace(arrival, ticket=self._free_ticket(tx, arrival.ticket))
        return self._store_new(tx, [arrival], linked_to)[arrival.complaint_id]

    def _recognise(self, tx: Transaction, arrival: Arrival, same: SameMessage) -> tuple[str | None, str | None]:
        """(id of the complaint that this message already is, id of the one it shares its id with)."""
        if repository.enter_seen(tx, [arrival.seen_row(same.key)]):
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
        if repository.enter_seen(tx, [arrival.seen_row(same.other_key)]):
            return None, first
        return repository.seen_as(tx, same.other_key)[0], None

    def _store_new(self, tx: Transaction, arrivals: list[Arrival], linked_to: str | None = None) -> dict[str, Receipt]:
        """Stores what is not known yet and says it; the receipts by complaint."""
        blocked = repository_guards.blocked_among(tx.connection, {key for one in arrivals for key in one.contact_keys})
        capped = self._capped(tx, arrivals) | blocked
        rows = {
            arrival.complaint_id: arrival.complaint_row(
                CAPPED if capped.intersection(arrival.counted_keys) else arrival.receipt_unless_capped(), linked_to
            )
            for arrival in arrivals
        }
        for arrival in arrivals:
            rows[arrival.complaint_id]["flags"] += [BLOCKED] if blocked.intersection(arrival.contact_keys) else []
        repository.store_complaints(tx, list(rows.values()))
        repository.store_contacts(tx, [arrival.contact for arrival in arrivals if arrival.contact])
        repository.begin_timeline(tx, [arrival.timeline_row() for arrival in arrivals])
        repository_additions.store_photos(tx, [row for arrival in arrivals for row in arrival.photo_rows()])
        repository_additions.store_raw(tx, [row for arrival in arrivals if (row := arrival.raw_row())])
        repository_assisted.store(tx, arrivals)
        joined = {
            arrival.complaint_id: repository_additions.ticket_of(tx, arrival.submission.joined_to)
            for arrival in arrivals
            if arrival.submission.joined_to
        }
        self.spine.outbox.say(
            tx, *(arrival.fact(rows[arrival.complaint_id], joined.get(arrival.complaint_id)) for arrival in arrivals)
        )
        return {
            one.complaint_id: Receipt(one.complaint_id, one.ticket, one.code, one.received_at, new=True)
            for one in arrivals
        }

    def _free_ticket(self, tx: Transaction, drawn: str) -> str:
        for _ in range(_MOST_TICKET_DRAWS):
            if repository.is_free_ticket(tx, drawn):
                return drawn
            drawn = self.draw_ticket(self.ticket_prefix)
        raise RuntimeError("no free ticket was found")  # 893 million tickets: this is a bug, not bad luck

    def _capped(self, tx: Transaction, arrivals: list[Arrival]) -> set[str]:
        """Counts a receipt for each contact; returns the contacts who have had theirs for today.

        A receipt that is not sent since one contact is capped does not use up the other contact's.
        """
        wanted = [(key, arrival.day) for arrival in arrivals for key in arrival.counted_keys]
        counts = repository.count_receipts(tx, wanted)
        capped = {key for key, count in counts.items() if count > self.receipts_per_day}
        unsent = [arrival for arrival in arrivals if capped.intersection(arrival.counted_keys)]
        repository.uncount_receipts(tx, [(key, arrival.day) for arrival in unsent for key in arrival.counted_keys])
        return capped

    def _receipt_of(self, tx: Transaction, complaint_id: str) -> Receipt:
        row = repository.complaint(tx.connection, complaint_id)
        if row is None:  # cleared by retention: the message is known, the complaint is gone
            raise Refused(
                sentence("Laporan ini sudah pernah diterima dan sudah dihapus."), code="already_removed", status=410
            )
        code = self.vault.sealer.unseal(row["code_sealed"])
        return Receipt(complaint_id, row["ticket"], code, row["received_at"], new=False)
