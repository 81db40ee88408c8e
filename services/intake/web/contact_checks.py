"""A code before a complaint is taken: whoever types a contact proves that it is his or her own.

The form waits, sealed, with all that was typed; the code goes out by the notifier, which asks for it as for a contact
(`reveal.py`). What this proves is that the code was read, so nobody is sent messages by a stranger. It is no door:
whoever has the form back gives it to `accept.py`, and only then says that it is used.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.intake import repository, repository_additions, repository_checks, repository_guards
from services.intake.contacts import ContactVault
from services.intake.repository_checks import REPLACED, USED, WAITING
from services.intake.submission import Contact
from shared.blobs import BlobFolder
from shared.contracts.complaint import ContactCheckAsked
from shared.errors import Refused
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.sentences import Sentence, sentence
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("contact_check")
TIMER = "contact_check"
CODE_FOR = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES = 3
"""To one contact within one hour of the clock, whatever forms they are for."""
KEPT_FOR = timedelta(days=1)
FILES_KEPT_FOR = timedelta(days=3)
"""Longer than a form elsewhere may carry the same photo round."""
_DIGITS = 6

_GONE = sentence("Isian ini tidak tersimpan lagi. Buat laporan sekali lagi.")
_REPLACED = sentence("Kode yang lebih baru sudah dikirim. Pakai kode itu.")
_EXPIRED = sentence("Kode ini sudah tidak berlaku. Minta kode baru.")
_TOO_MANY_TRIES = sentence("Kode sudah terlalu sering salah. Minta kode baru.")
_WRONG = sentence("Kode tidak cocok. Periksa lagi keenam angkanya.")
_TOO_MANY_CODES = sentence(
    "Sudah %(most)s kode dikirim ke kontak ini dalam satu jam. Tunggu sampai jam berikutnya, atau kirim tanpa kontak.",
    most=MOST_CODES,
)


@dataclass(frozen=True)
class Unfinished:
    """A form that waits for its code.

    `contact` is what is to be proved, `form` whatever its owner wants back, as plain JSON types. `message_key` is
    equal for the same form with the same content; `photos` are the digests of its files.
    """

    message_key: str
    contact: Contact = field(repr=False)
    form: Mapping[str, Any] = field(repr=False)
    photos: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Proved:
    """The form back, and when it was first sent."""

    form: Mapping[str, Any] = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True)
class ContactChecks:
    spine: Spine
    vault: ContactVault
    blobs: BlobFolder
    zone: ZoneInfo
    draw_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"

    def to_prove(self, contact: Contact) -> Contact | None:
        """What of a contact in normal form a code can be sent to: what is blocked gets no messages anyway."""
        email_key, phone_key = self.vault.email_key(contact.email), self.vault.phone_key(contact.phone)
        keys = set(filter(None, (email_key, phone_key)))
        if not keys:
            return None
        with self.spine.database.read() as connection:
            blocked = repository_guards.blocked_among(connection, keys)
        left = Contact(
            email=contact.email if email_key not in blocked else "",
            phone=contact.phone if phone_key not in blocked else "",
        )
        return left if keys - blocked else None

    def ask(self, unfinished: Unfinished) -> str:
        """Keeps the form and has a code sent; the same form again gets the check that waits for it.

        Raises `Refused` (`too_many_codes`, 429) and `Transient`.
        """
        now = self.spine.clock.now()
        with self.spine.database.write() as tx:
            waiting = repository_checks.lock_form(tx, unfinished.message_key)
            if waiting is not None and waiting["state"] == WAITING and waiting["expires_at"] > now:
                return str(waiting["check_id"])
            row = self._row(unfinished, now)
            if waiting is not None:
                self._replace(tx, waiting, row["check_id"])
            if not repository_checks.add(tx, row):
                other = repository_checks.lock_form(tx, unfinished.message_key)
                assert other is not None
                return str(other["check_id"])
            self._say(tx, row)
        log.info("contact_check_asked", check_id=row["check_id"])
        return str(row["check_id"])

    def renew(self, check_id: str) -> str:
        """Another code for the same form, under another id. Raises `Refused` (`too_many_codes`, `check_gone`)."""
        now = self.spine.clock.now()
        with self.spine.database.write() as tx:
            old = repository_checks.lock(tx, check_id)
            if old is None or not old["form_sealed"] or old["state"] == USED:
                raise Refused(_GONE, code="check_gone", status=404)
            if old["state"] == REPLACED:  # a second click
                return str(old["replaced_by"])
            kept = ("message_key", "contact_ref", "email_sealed", "phone_sealed", "email_key", "phone_key",
                    "form_sealed", "photos", "language", "sent_at")  # fmt: skip
            row = {**{name: old[name] for name in kept}, **self._fresh(now)}
            self._replace(tx, old, row["check_id"])
            repository_checks.add(tx, row)
            self._say(tx, row)
        log.info("contact_check_asked", check_id=row["check_id"])
        return str(row["check_id"])

    def form_of(self, check_id: str) -> Proved | None:
        """For whoever sent it and wants to change it; None when it is not kept any more."""
        with self.spine.database.read() as connection:
            row = repository_checks.one(connection, check_id)
        return self._form(row) if row is not None and row["form_sealed"] else None

    def replaced_by(self, check_id: str) -> str | None:
        """Under which id the same form waits now, if it does."""
        with self.spine.database.read() as connection:
            row = repository_checks.one(connection, check_id)
        return str(row["replaced_by"]) if row is not None and row["state"] == REPLACED else None

    def prove(self, check_id: str, code_text: str) -> Proved:
        """The form, for the right code; also when it was proved before: an answer may have been lost.

        Raises `Refused` (codes `check_gone`, `code_replaced`, `code_expired`, `too_many_tries`, `wrong_code`).
        """
        now = self.spine.clock.now()
        with self.spine.database.write() as tx:
            row = repository_checks.lock(tx, check_id)
            refusal = _why_not(row, now)
            if refusal is None:
                assert row is not None
                given = re.sub(r"[^0-9]", "", code_text[:100])
                if hmac.compare_digest(self._hash(check_id, given), row["code_hash"]):
                    return self._form(row)
                repository_checks.change(tx, check_id, tries=row["tries"] + 1)
                refusal = Refused(_WRONG, code="wrong_code", fields={"code": _WRONG})
        log.info("contact_check_refused", check_id=check_id, code=refusal.code)
        raise refusal

    def settle(self, check_id: str) -> None:
        """The form was accepted; its code is forgotten."""
        with self.spine.database.write() as tx:
            repository_checks.change(tx, check_id, state=USED, code_sealed="")

    def forget(self, tx: Transaction, timer: Timer) -> datetime | None:
        """The timer's work: first what was typed goes, later the row and files that nobody else holds."""
        row = repository_checks.lock(tx, timer.key)
        if row is None:
            return None
        if row["form_sealed"]:
            repository_checks.change(
                tx, timer.key, form_sealed="", email_sealed=None, phone_sealed=None, code_sealed=""
            )
            return row["asked_at"] + FILES_KEPT_FOR  # type: ignore[no-any-return]
        held = repository_checks.held_photos(tx.connection, but=timer.key)
        for digest in row["photos"]:
            if digest not in held and not repository_additions.is_photo(tx.connection, digest):
                tx.after_commit(partial(self.blobs.remove, digest))
        repository_checks.remove(tx, timer.key)
        return None

    def _row(self, unfinished: Unfinished, now: datetime) -> dict[str, Any]:
        sealed = self.vault.seal(unfinished.contact)
        contact = {name: sealed[name] for name in ("email_sealed", "phone_sealed", "email_key", "phone_key")}
        return {
            "message_key": unfinished.message_key,
            "contact_ref": new_id(),
            **contact,
            "form_sealed": self.vault.sealer.seal(json.dumps(unfinished.form)),
            "photos": list(unfinished.photos),
            "language": unfinished.language,
            "sent_at": now,
            **self._fresh(now),
        }

    def _fresh(self, now: datetime) -> dict[str, Any]:
        check_id, code = new_id(), self.draw_code()
        return {
            "check_id": check_id,
            "code_hash": self._hash(check_id, code),
            "code_sealed": self.vault.sealer.seal(code),
            "tries": 0,
            "state": WAITING,
            "asked_at": now,
            "expires_at": now + CODE_FOR,
        }

    def _say(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Counts the code to its contacts, has it sent, and sees to its end."""
        hour = row["asked_at"].astimezone(self.zone)
        counters = [
            (self.vault.hasher.contact_key("contact check", f"{key}:{hour:%H}"), f"{hour:%Y-%m-%d}")
            for key in (row["email_key"], row["phone_key"])
            if key
        ]
        if any(count > MOST_CODES for count in repository.count_receipts(tx, counters).values()):
            field_ = "phone" if row["phone_key"] else "email"
            raise Refused(_TOO_MANY_CODES, code="too_many_codes", status=429, fields={field_: _TOO_MANY_CODES})
        self.spine.timers.set(tx, TIMER, row["check_id"], row["asked_at"] + KEPT_FOR)
        self.spine.outbox.say(
            tx,
            ContactCheckAsked(
                check_id=row["check_id"], contact_ref=row["contact_ref"], language=row["language"],
                asked_at=row["asked_at"], expires_at=row["expires_at"],
            ),
        )  # fmt: skip

    def _replace(self, tx: Transaction, old: RowMapping, by: str) -> None:
        values = {"message_key": old["check_id"], "code_sealed": ""}
        if old["state"] == WAITING:
            values |= {"state": REPLACED, "replaced_by": by}
        repository_checks.change(tx, old["check_id"], **values)

    def _form(self, row: RowMapping) -> Proved:
        return Proved(json.loads(self.vault.sealer.unseal(row["form_sealed"])), row["sent_at"])

    def _hash(self, check_id: str, code: str) -> str:
        """With the pepper: six digits alone would be found by trying them all."""
        return self.vault.hasher.contact_key("contact check code", f"{check_id}:{code}")


def _why_not(row: RowMapping | None, now: datetime) -> Refused | None:
    """Why a code of this check is not even looked at."""
    if row is None or not row["form_sealed"]:
        return Refused(_GONE, code="check_gone", status=404)
    if row["state"] == REPLACED:
        return _no(_REPLACED, "code_replaced")
    if row["tries"] >= MOST_TRIES:
        return _no(_TOO_MANY_TRIES, "too_many_tries", 429)
    if row["state"] == WAITING and row["expires_at"] <= now:
        return _no(_EXPIRED, "code_expired")
    return None


def _no(said: Sentence, code: str, status: int = 422) -> Refused:
    return Refused(said, code=code, status=status, fields={"code": said})
