"""One mail on its way in, whoever hands it over: read, sorted, kept, and given to the door where it belongs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy import Connection

from services.intake import repository_answers
from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.contacts import normalise_email
from services.intake.mail import repository_quarantine
from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.keeping import MOST_IN_ROW_BYTES, RawMails, with_envelope
from services.intake.mail.records import MailRecords, ReadMail
from services.intake.mail.sender import read_verification
from services.intake.mail.sorting import (
    CHANNEL,
    RATING,
    KnownComplaint,
    MailKind,
    Named,
    Sender,
    Sorted,
    read_names,
    sort_out,
)
from services.intake.mail.submission import ACCOUNT, submission_of
from services.intake.mail.text import ParsedMail, parse_mail
from services.intake.rating import Rating, Ratings
from services.intake.submission import Addition, KeptPhoto, KeptRaw
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.reply_marks import ReplyMarks
from shared.storage.database import Transaction

log = get_logger("mail")
NO_TEXT = "Surel ini tidak berisi teks. Tuliskan laporan Anda di badan surel, lalu kirim lagi."
_LARGE_BYTES = 5_000_000
_NOTED = "250 2.0.0 Dicatat sebagai pemberitahuan tentang surel kami."
_SET_ASIDE = "250 2.0.0 Surel diterima dan akan dibaca petugas."
_REFUSALS = {
    "no_text": f"554 5.6.0 {NO_TEXT}",
    "loop": "554 5.4.6 Surel ini berputar di antara server dan tidak diterima.",
    "own_mail": "250 2.0.0 Dicatat sebagai surel kami sendiri.",
}


class KeptPhotos(Protocol):
    @property
    def kept(self) -> tuple[KeptPhoto, ...]: ...
    @property
    def refused(self) -> tuple[str, ...]: ...


class Questions(Protocol):
    def ask(self, complaint_id: str, contact_key: str, asked: Sequence[str]) -> None: ...
    def close(self, tx: Transaction, complaint_id: str, closed_as: str) -> None: ...


class Photos(Protocol):
    def keep(self, contents: Sequence[bytes]) -> KeptPhotos: ...


@dataclass(frozen=True)
class Taken:
    """What became of a mail, which is stored by then, or refused. `answer` is one line of SMTP."""

    kind: MailKind
    reason: str
    answer: str
    ticket: str | None = None


@dataclass(frozen=True)
class _Read:
    """A mail that was read. `kept` is set when a copy of it is kept already."""

    whole: bytes
    size: int
    mail: ParsedMail
    sender: Sender
    named: Named
    recipients: tuple[str, ...]
    spare_id: str | None
    kept: KeptRaw | None = None

    @property
    def provider_id(self) -> str | None:
        """A mail without id and sender is told from others by where it lay."""
        return self.mail.message_id or (None if self.sender.address else self.spare_id)

    def record(self) -> ReadMail:
        return ReadMail(self.whole, self.size, self.mail.message_id, self.mail.subject, self.sender.key)


@dataclass(frozen=True)
class MailIntake:
    """One mail after the other, in whatever thread; of large ones, one at a time."""

    door: Door
    additions: Additions
    raws: RawMails
    marks: ReplyMarks
    own: OwnAddresses
    photos: Photos | None = None
    questions: Questions | None = None
    trusted_server: str = ""
    """Whose `Authentication-Results` count."""
    ratings: Ratings | None = None
    awaits_answer: Callable[[Connection, str], bool] = lambda _connection, _complaint_id: False
    parse: Callable[[bytes], ParsedMail] = parse_mail
    _room: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def records(self) -> MailRecords:
        return MailRecords(self.door.spine, self.raws)

    def take(
        self, raw: bytes, mail_from: str | None, recipients: Sequence[str], *, spare_id: str | None = None
    ) -> Taken:
        """`mail_from` is None where no envelope is known (a mailbox). Raises `Transient`: then nothing is stored."""
        with self._room if len(raw) > _LARGE_BYTES else nullcontext():
            whole = with_envelope(raw, mail_from, recipients)
            try:
                read = self._read(raw, whole, mail_from, recipients, spare_id)
                found = self._sort(read)
            except Transient:
                raise
            except Exception as error:  # a mail that nobody foresaw must not be lost, nor keep others waiting
                log.exception("mail_reader_failed", size=len(raw))
                return self.set_aside(whole, "reader_failed", type(error).__name__)
            return self._act(read, found)

    def set_aside(self, whole: bytes, reason: str, detail: str) -> Taken:
        """Unread, for a person. Raises `Transient`."""
        self.records.set_aside(ReadMail(whole, len(whole)), reason, detail)
        return Taken(MailKind.QUARANTINE, reason, _SET_ASIDE)

    def take_again(self, whole: bytes, kept: KeptRaw, *, spare_id: str, as_complaint: bool) -> Taken:
        """From quarantine. `as_complaint`: a person has decided that it is one.

        What is still unclear stays where it is (its kind says so). Raises `Refused` and `Transient`.
        """
        read = self._read(whole, whole, None, (), spare_id, kept)
        found = self._sort(read)
        if as_complaint:
            found = Sorted(MailKind.COMPLAINT, "by_hand", words=read.mail.body or read.mail.subject)
            return self._complain(read, found)
        if found.kind in (MailKind.QUARANTINE, MailKind.REFUSED):
            return Taken(found.kind, found.reason, "")
        return self._act(read, found)

    def _read(
        self,
        raw: bytes,
        whole: bytes,
        mail_from: str | None,
        recipients: Sequence[str],
        spare_id: str | None,
        kept: KeptRaw | None = None,
    ) -> _Read:
        mail = self.parse(raw)
        if mail_from is None:
            mail_from = mail.return_path
            recipients = [address for address in mail.addressed if self.own.take(address)]
        address = normalise_email(mail.from_address) or normalise_email(mail_from or "") or ""
        flag = read_verification(mail.authentication, self.trusted_server, address)
        sender = Sender(address, self.door.vault.email_key(address), mail_from, flag)
        named = read_names(mail, recipients, self.marks, self.door.ticket_prefix)
        return _Read(whole, len(raw), mail, sender, named, tuple(recipients), spare_id, kept)

    def _sort(self, read: _Read) -> Sorted:
        """Asks the database even about no ticket where the mail will be a file: while it is away none is written."""
        if not read.named.tickets and read.size <= MOST_IN_ROW_BYTES // 2 and not read.mail.attached.pictures:
            return sort_out(read.mail, read.sender, read.named, {}, self.own)
        with self.door.spine.database.read() as connection:
            rows = repository_quarantine.known_by_ticket(connection, read.named.tickets)
            asked = repository_answers.awaits_rating(connection, [row["complaint_id"] for row in rows])
            known = {
                row["ticket"]: KnownComplaint(
                    row["complaint_id"],
                    row["ticket"],
                    row["email_key"],
                    self.awaits_answer(connection, row["complaint_id"]),
                    self.ratings is not None and row["complaint_id"] in asked,
                )
                for row in rows
            }
        return sort_out(read.mail, read.sender, read.named, known, self.own)

    def _act(self, read: _Read, found: Sorted) -> Taken:
        if found.kind is MailKind.DELIVERY:
            self.records.note_delivery(read.record(), found, read.mail.report)
            return Taken(found.kind, found.reason, _NOTED)
        if found.kind is MailKind.QUARANTINE:
            self.records.set_aside(read.record(), found.reason)
            return Taken(found.kind, found.reason, _SET_ASIDE)
        if found.kind is MailKind.REFUSED:
            self.records.refuse(read.record(), found.reason)
            return Taken(found.kind, found.reason, _REFUSALS[found.reason])
        try:
            if found.what == RATING:
                return self._rate(read, found)
            return self._complain(read, found) if found.kind is MailKind.COMPLAINT else self._add(read, found)
        except Refused as error:
            if read.kept is not None:
                raise
            self.records.refuse(read.record(), error.code)
            return Taken(MailKind.REFUSED, error.code, f"554 5.6.0 {error.message}")

    def _complain(self, read: _Read, found: Sorted) -> Taken:
        photos, flags = self._photos(read.mail, found.flags)
        raw = read.kept or self.raws.keep(read.whole)
        submission = submission_of(read.mail, read.sender, found, read.recipients)
        kept: dict[str, Any] = {
            "provider_id": read.provider_id,
            "photos": photos,
            "flags": flags,
            "raw": raw,
            "size": read.size,
        }
        try:
            receipt = self.door.accept(replace(submission, **kept))
        except Refused:
            self._drop(read, raw)
            raise
        if not receipt.new:
            self._drop(read, raw)
        if found.asks and read.sender.key and self.questions is not None:
            self.questions.ask(receipt.complaint_id, read.sender.key, found.asks)
        return Taken(
            MailKind.COMPLAINT, found.reason, f"250 2.0.0 Laporan diterima, tiket {receipt.ticket}", receipt.ticket
        )

    def _add(self, read: _Read, found: Sorted) -> Taken:
        assert found.about is not None
        photos, flags = self._photos(read.mail, found.flags)
        raw = read.kept or self.raws.keep(read.whole)
        addition = Addition(
            complaint_id=found.about.complaint_id,
            what=found.what,
            channel=CHANNEL,
            account=ACCOUNT,
            text=found.words,
            provider_id=read.provider_id,
            sender=read.sender.address.lower(),
            by_sender="other_sender" not in flags,
            photos=photos,
            raw=raw,
            sent_at=read.mail.sent_at,
            size=read.size,
            flags=flags,
        )
        try:
            added = self.additions.add(addition)
        except Refused:
            self._drop(read, raw)
            raise
        if not added.new:
            self._drop(read, raw)
        if found.about.awaits_answer and self.questions is not None:
            with self.door.spine.database.write() as tx:
                self.questions.close(tx, found.about.complaint_id, "answered")
        return Taken(
            MailKind.REPLY, found.reason, f"250 2.0.0 Tambahan diterima untuk tiket {added.ticket}", added.ticket
        )

    def _rate(self, read: _Read, found: Sorted) -> Taken:
        """Number and words are stored; of the mail itself nothing is kept."""
        assert self.ratings is not None
        assert found.about is not None
        about, score = found.about.complaint_id, found.score or 0
        rated = self.ratings.rate(Rating(about, score, CHANNEL, ACCOUNT, found.words, read.provider_id))
        return Taken(found.kind, found.reason, f"250 2.0.0 Penilaian diterima untuk tiket {rated.ticket}", rated.ticket)

    def _drop(self, read: _Read, raw: KeptRaw) -> None:
        if read.kept is None:
            self.raws.drop(raw)

    def _photos(self, mail: ParsedMail, flags: tuple[str, ...]) -> tuple[tuple[KeptPhoto, ...], tuple[str, ...]]:
        """A picture that cannot be kept as a photo keeps no complaint away: it stays in the mail, and is flagged."""
        if not mail.attached.pictures:
            return (), flags
        if self.photos is None:
            return (), (*flags, "photos_left_out")
        try:
            found = self.photos.keep(mail.attached.pictures)
        except Transient:
            raise
        except Exception:
            log.exception("photo_reader_failed", pictures=len(mail.attached.pictures))
            return (), (*flags, "photos_left_out")
        return found.kept, (*flags, "photos_left_out") if found.refused else flags
