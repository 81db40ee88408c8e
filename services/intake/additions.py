"""The second door: more about a complaint that is known. Like `accept.py`, what it has answered is stored.

Whoever calls it has made sure that the sender may add to that complaint. The same message twice is one addition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.intake import (
    repository,
    repository_additions,
    repository_answers,
    repository_kin,
    repository_questions,
    wording,
)
from services.intake.arrival import photo_fields, photo_rows, stored_photo_fields
from services.intake.contacts import ContactVault
from services.intake.fingerprint import digest
from services.intake.privacy.refusing import refuse_erased
from services.intake.rows import raw_row, seen_row
from services.intake.submission import MOST_TEXT_CHARACTERS, Added, Addition
from services.intake.text import clean_text, cut, says_something
from shared.contracts.complaint import ComplaintAdded
from shared.contracts.fields import AttachmentFields, Place
from shared.errors import Refused
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("additions")
MOST_ADDITIONS = 100
"""For one complaint. A conversation longer than that has left the road; the citizen is told to make a new complaint."""
FOLLOWER = "tracking"
"""With the own ticket, the account of what followers add to the complaint that they follow."""
ADDITION, ANSWER, NOT_SOLVED = "addition", "answer", "not_solved"
MOST_WHOLE_CHARACTERS = 4 * MOST_TEXT_CHARACTERS


@dataclass(frozen=True)
class Additions:
    spine: Spine
    vault: ContactVault
    zone: ZoneInfo

    def add(self, addition: Addition) -> Added:
        """Stores it and says `complaint.added.v1`, or finds it stored.

        Raises `Refused` (codes `empty_text`, `unknown_complaint`, `already_removed`, `too_many_additions`,
        `idempotency_conflict`) and `Transient`. A text that is too long is cut and marked.
        """
        text = clean_text(addition.text[: 20 * MOST_TEXT_CHARACTERS])
        flags = (*addition.flags, "shortened") if len(text) > MOST_TEXT_CHARACTERS else addition.flags
        text = cut(text, MOST_TEXT_CHARACTERS)
        if not says_something(text):
            if not addition.photos and addition.what != NOT_SOLVED:
                raise Refused(
                    sentence("Tambahan masih kosong. Tuliskan apa yang ingin Anda sampaikan."), code="empty_text"
                )
            text = ""
        new = _Coming(addition, text, tuple(dict.fromkeys(flags)), new_id(), self.spine.clock.now())
        with self.spine.database.write() as tx:
            added = self._add(tx, new)
        log.info(
            "addition_accepted" if added.new else "message_known",
            complaint_id=added.complaint_id,
            channel=addition.channel,
        )
        return added

    def _add(self, tx: Transaction, new: _Coming) -> Added:
        own = repository_additions.lock_complaint(tx, new.addition.complaint_id)
        if own is None:
            raise Refused(sentence("Laporan itu tidak ada lagi."), code="unknown_complaint", status=404)
        row, new = _where_it_belongs(tx, own, new)
        key, fingerprint = self._same(new)
        new = _as_answer(tx, new)
        if not repository.enter_seen(tx, [new.seen_row(key, fingerprint)]):
            return self._known(tx, new, own, key, fingerprint)
        refuse_erased(tx, row["complaint_id"])
        before = repository_additions.additions_of(tx.connection, row["complaint_id"])
        if len(before) >= MOST_ADDITIONS:
            raise Refused(
                sentence("Laporan ini sudah memuat banyak sekali tambahan. Buat laporan baru."),
                code="too_many_additions",
            )
        number = len(before) + 1
        repository_additions.store_addition(tx, new.row(number))
        photos = photo_rows(row["complaint_id"], new.addition_id, new.addition.photos, new.at)
        known = repository_additions.photos_of(tx.connection, row["complaint_id"])
        repository_additions.store_photos(tx, photos)
        if new.addition.raw is not None:
            raw = raw_row(
                new.addition.raw, new.addition_id, channel=new.addition.channel, at=new.at,
                complaint_id=row["complaint_id"], addition_id=new.addition_id,
            )  # fmt: skip
            repository_additions.store_raw(tx, [raw])
        note = wording.added_note(new.addition.what, new.addition.channel)
        entry = {"complaint_id": row["complaint_id"], "revision": row["revision"], "event": f"added.{number}"}
        repository.add_to_timeline(tx, {**entry, "note": note, "at": new.at})
        if new.addition.what == NOT_SOLVED:
            repository_answers.reopen(tx, row["complaint_id"])
        if new.addition.what == ANSWER and new.addition.by_sender:
            repository_questions.close(tx, row["complaint_id"], new.at)
        self.spine.outbox.say(tx, _fact(new, number, row, before, known))
        return Added(new.addition_id, own["complaint_id"], own["ticket"], number, new.at, new=True)

    def _known(self, tx: Transaction, new: _Coming, row: RowMapping, key: str, fingerprint: str) -> Added:
        addition_id, stored = repository_additions.addition_seen_as(tx, key)
        if addition_id is None or (stored != fingerprint and new.addition.same_id_same_content):
            raise Refused(
                "Kunci kiriman ini sudah dipakai untuk isi lain. Pakai kunci baru.",
                code="idempotency_conflict",
                status=409,
            )
        first = repository_additions.addition(tx, addition_id)
        number, at = (first["number"], first["added_at"]) if first is not None else (0, new.at)
        return Added(addition_id, row["complaint_id"], row["ticket"], number, at, new=False)

    def _same(self, new: _Coming) -> tuple[str, str]:
        """(key, fingerprint): by the provider's id, else by sender, words and day.

        An id that comes again with other words is another message, unless the sender promised otherwise.
        """
        addition = new.addition
        parts = [addition.sender, addition.complaint_id, new.text, *(photo.sha256 for photo in addition.photos)]
        fingerprint = self.vault.hasher.contact_key("addition", json.dumps(parts))
        account = ("addition", addition.channel, addition.account)
        if addition.provider_id and addition.same_id_same_content:
            return digest(*account, "id", addition.provider_id), fingerprint
        if addition.provider_id:
            return digest(*account, "id+content", addition.provider_id, fingerprint), fingerprint
        day = (addition.sent_at or new.at).astimezone(self.zone).date().isoformat()
        return digest(*account, "day", day, addition.what, fingerprint), fingerprint


def _where_it_belongs(tx: Transaction, own: RowMapping, new: _Coming) -> tuple[RowMapping, _Coming]:
    """Who follows another complaint adds to that one, as somebody else than its sender."""
    end = repository_kin.end_of(tx.connection, own["complaint_id"]) if own["joined_to"] else None
    row = repository_additions.lock_complaint(tx, end["complaint_id"]) if end is not None else None
    if row is None or row["complaint_id"] == own["complaint_id"]:
        return own, new
    account = f"{FOLLOWER}:{own['ticket']}"
    return row, replace(
        new, addition=replace(new.addition, complaint_id=row["complaint_id"], account=account, by_sender=False)
    )


def _as_answer(tx: Transaction, new: _Coming) -> _Coming:
    """Whatever the sender says while we wait for an answer is one, by whichever way it comes."""
    addition = new.addition
    says_more = new.text or addition.photos
    if addition.what not in (ADDITION, NOT_SOLVED) or not says_more or not addition.by_sender:
        return new
    if repository_questions.open_question(tx.connection, addition.complaint_id) is None:
        return new
    return replace(new, addition=replace(addition, what=ANSWER))


@dataclass(frozen=True)
class _Coming:
    """A cleaned addition on its way into the database."""

    addition: Addition
    text: str
    flags: tuple[str, ...]
    addition_id: str
    at: datetime

    def seen_row(self, key: str, fingerprint: str) -> dict[str, Any]:
        addition = self.addition
        return seen_row(
            key, channel=addition.channel, account=addition.account, complaint_id=addition.complaint_id, at=self.at,
            fingerprint=fingerprint, provider_id=addition.provider_id, addition_id=self.addition_id,
        )  # fmt: skip

    def row(self, number: int) -> dict[str, Any]:
        return {
            "addition_id": self.addition_id,
            "complaint_id": self.addition.complaint_id,
            "number": number,
            "what": self.addition.what,
            "channel": self.addition.channel,
            "account": self.addition.account,
            "text": self.text,
            "by_sender": self.addition.by_sender,
            "flags": list(self.flags),
            "size": self.addition.size,
            "sent_at": self.addition.sent_at,
            "added_at": self.at,
        }


def _fact(
    new: _Coming, number: int, row: RowMapping, before: Sequence[RowMapping], known: Sequence[RowMapping]
) -> ComplaintAdded:
    addition = new.addition
    whole = "\n\n".join(filter(None, (row["text"], *(one["text"] for one in before), new.text)))
    photos = photo_fields(addition.photos)
    already = stored_photo_fields(known)
    return ComplaintAdded(
        complaint_id=row["complaint_id"],
        ticket=row["ticket"],
        revision=row["revision"],
        text=cut(whole, MOST_WHOLE_CHARACTERS),
        channel=row["channel"],
        kind=row["kind"],
        identity=row["identity"],
        place=Place(row["kecamatan"], row["kelurahan"], row["detail"], row["latitude"], row["longitude"]),
        contact_ref=row["contact_ref"],
        received_at=row["received_at"],
        external_refs=row["external_refs"],
        attachments=_together(already, photos),
        addition_id=new.addition_id,
        number=number,
        what=addition.what,
        addition=new.text,
        photos=photos,
        by_channel=addition.channel,
        by_sender=addition.by_sender,
        added_at=new.at,
    )


def _together(already: list[AttachmentFields], new: list[AttachmentFields]) -> list[AttachmentFields]:
    return list({photo["sha256"]: photo for photo in (*already, *new)}.values())
