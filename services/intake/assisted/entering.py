"""Taking a complaint that an officer enters: through the same door as all others, and never twice.

A form is known by its key, whatever was changed in it since, and a report of SP4N-LAPOR! by its number. The limits that
keep citizens' contacts from being flooded with *complaints* do not hold here, since an office may enter many for one
contact (a head of neighbourhood, a help desk); how many *receipts* a contact gets in a day is still bounded by the
door, and how much one login enters in an hour is bounded here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import RowMapping

from services.intake import repository, repository_additions, repository_assisted
from services.intake.accept import Door
from services.intake.assisted.reading import ACCOUNT, Body, read_submission
from services.intake.repository_assisted import ALREADY_ENTERED, KNOWN_NUMBER
from services.intake.submission import Entry, KeptPhoto, Submission
from services.intake.web.joining import Joining, Offer
from shared.contracts.fields import SP4N
from shared.errors import Refused, Transient
from shared.sentences import sentence

MOST_IN_AN_HOUR = 200
"""Complaints that one login enters; a busy counter makes one in two minutes."""

GONE = sentence("Laporan serupa itu tidak dapat diikuti lagi. Simpan sebagai laporan baru, atau periksa lagi.")
TOO_MANY = sentence("Akun ini sudah mencatat %(most)s laporan dalam satu jam. Tunggu sebentar, lalu simpan lagi.",
                    most=MOST_IN_AN_HOUR)  # fmt: skip
NOT_YOURS = sentence("Formulir ini sudah disimpan dari akun lain. Buka formulir baru.")
CONFLICT = "idempotency_conflict"


class Outcome(StrEnum):
    STORED = "stored"
    KNOWN = "known"
    """The same form came again."""
    CHANGED = "changed"
    """The same form came again with something else in it; what was stored first stands."""
    KNOWN_NUMBER = "known_number"
    """Another complaint has this number of SP4N-LAPOR! already."""
    SIMILAR = "similar"
    """Nothing was stored: similar complaints are offered first."""


@dataclass(frozen=True)
class Stored:
    """A complaint as it lies in the database. `code` is empty for a complaint that this form did not make."""

    row: RowMapping
    entry: RowMapping | None
    photos: int
    name: str
    joined: bool
    code: str = ""


@dataclass(frozen=True)
class Entered:
    outcome: Outcome
    stored: Stored | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Assistance:
    door: Door
    joining: Joining

    def enter(self, body: Body, photos: tuple[KeptPhoto, ...]) -> Entered:
        """Stores it, finds it stored, or offers similar ones first (unless `separate` or `join` is set).

        Raises `Refused` with a sentence for each field, and `Transient` when nothing can be stored now.
        """
        now = self.door.spine.clock.now()
        submission = read_submission(body, photos, now=now, zone=self.door.zone)
        entry = submission.entry
        assert entry is not None, "whatever is read here was entered"
        checked = self._checked(submission, body)
        known = self._known(checked, entry)
        if known is not None:
            return known
        self._bound(entry)
        token = body.text("join")
        joined_to = self.joining.joined(token) if token else None
        if token and joined_to is None:
            raise Refused(GONE, code="not_joinable", status=409)
        if not token and not body.given.get("separate"):
            offers = self.joining.offers(checked)
            if offers:
                return Entered(Outcome.SIMILAR, offers=offers)
        return self._accepted(replace(submission, joined_to=joined_to), checked, entry)

    def _accepted(self, submission: Submission, checked: Submission, entry: Entry) -> Entered:
        try:
            receipt = self.door.accept(submission)
            if receipt.new:
                return Entered(Outcome.STORED, self._stored(receipt.complaint_id, code=receipt.tracking_code))
        except Refused as error:
            if error.code not in (ALREADY_ENTERED, KNOWN_NUMBER, CONFLICT):
                raise
        known = self._known(checked, entry)  # another request was faster by a moment
        if known is None:
            raise Transient("what was there a moment ago is gone", code="entry_lost")
        return known

    def _checked(self, submission: Submission, body: Body) -> Submission:
        """Raises `Refused` with all that is wrong, whoever found it."""
        try:
            checked, problems = self.door.checker.check(submission), body.problems
        except Refused as error:
            checked, problems = submission, {**error.fields, **body.problems}
        if problems:
            self.door.spine.metrics.refused.labels(ACCOUNT, "invalid_fields").inc()
            raise Refused(" ".join(dict.fromkeys(problems.values())), code="invalid_fields", fields=problems)
        return checked

    def _known(self, checked: Submission, entry: Entry) -> Entered | None:
        with self.door.spine.database.read() as connection:
            known = repository_assisted.entry_by_key(connection, entry.key)
            number = checked.external_refs.get(SP4N, "")
            other = repository_assisted.complaint_with_number(connection, number) if number and not known else None
        if known is not None:
            if known["login"] != entry.login:
                raise Refused(NOT_YOURS, code="entered_by_other", status=409)
            stored = self._stored(known["complaint_id"], with_code=True)
            return Entered(Outcome.KNOWN if _says_the_same(stored.row, checked) else Outcome.CHANGED, stored)
        return None if other is None else Entered(Outcome.KNOWN_NUMBER, self._stored(other["complaint_id"]))

    def _bound(self, entry: Entry) -> None:
        since = self.door.spine.clock.now() - timedelta(hours=1)
        with self.door.spine.database.read() as connection:
            count = repository_assisted.entered_since(connection, entry.login, since)
        if count >= MOST_IN_AN_HOUR:
            raise Refused(TOO_MANY, code="too_many_entered", status=409)

    def _stored(self, complaint_id: str, *, code: str = "", with_code: bool = False) -> Stored:
        with self.door.spine.database.read() as connection:
            row = repository.complaint(connection, complaint_id)
            entry = repository_assisted.entry_of(connection, complaint_id)
            photos = len(repository_additions.photos_of(connection, complaint_id))
            contacts = repository.contacts_of(connection, [complaint_id])
        if row is None:  # cleared by retention
            raise Refused(sentence("Laporan ini sudah pernah diterima dan sudah dihapus."), code="already_removed",
                          status=410)  # fmt: skip
        vault = self.door.vault
        code = code or (vault.sealer.unseal(row["code_sealed"]) if with_code else "")
        named = bool(code) and row["identity"] == "open" and contacts and contacts[0]["contact_ref"] is not None
        name = vault.unseal(dict(contacts[0]))["name"] if named else None
        return Stored(row, entry, photos, name or "", row["joined_to"] is not None, code)


def _says_the_same(row: RowMapping, checked: Submission) -> bool:
    place = checked.place
    stored = [row[name] for name in ("text", "channel", "kind", "identity", "kelurahan", "detail")]
    given = [checked.text, checked.channel, checked.kind, checked.identity, place.kelurahan, place.detail]
    return stored == given and dict(row["external_refs"]) == dict(checked.external_refs)
