"""What a citizen may see with ticket and tracking code, and how often codes may be tried."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from services.intake import (
    repository,
    repository_additions,
    repository_answer_photos,
    repository_answers,
    repository_kin,
    repository_questions,
)
from services.intake.additions import FOLLOWER
from services.intake.repository_answer_photos import AnswerPhoto
from services.intake.wording import joined_note, note
from shared.clock import Clock
from shared.errors import Refused, Rejected
from shared.ids import new_tracking_code, read_ticket, read_tracking_code
from shared.observability.masking import mask
from shared.sealing import Sealer
from shared.sentences import sentence
from shared.storage.database import Database

ACCOUNT = FOLLOWER
"""Of additions that come by the tracking page."""
MOST_WRONG_CODES = 10
"""In one hour and for one ticket, whether it exists or not. Afterwards even the right code is not looked at."""

_OF_THE_SENDER = ("received", "added.", "rated.", "asked.", "erased.")
ERASED = "erased.text"
_GOING_ON = ("triage", "routed", "referred", "in_progress", "waiting", "answered")
_SETTLED = ("closed", "archived", "withdrawn")
NO_MATCH = sentence(
    "Nomor tiket dan kode pelacakan tidak cocok. Periksa keduanya lalu coba lagi. "
    "Setelah beberapa kali salah, pelacakan tiket itu ditutup selama satu jam."
)


@dataclass(frozen=True)
class Entry:
    """`words` are an agency's own, where the event has such: its answer, or why it closed; `photos` go with them."""

    at: datetime
    event: str
    note: str
    words: str = ""
    photos: tuple[AnswerPhoto, ...] = ()

    @property
    def paragraphs(self) -> list[str]:
        return re.split(r"\n\s*\n", self.words) if self.words else []

    @property
    def told(self) -> str:
        """Note and words as one text."""
        return f"{self.note}\n\n{self.words}" if self.words else self.note


@dataclass(frozen=True)
class Question:
    """What we ask the sender. `until` is when the complaint counts as withdrawn without an answer."""

    text: str
    asked_at: datetime
    until: datetime


@dataclass(frozen=True)
class Tracked:
    """A complaint as its sender may see it: never a contact, never the text.

    `score` is what the sender said last of how it ended, from 1 to 5; `may_rate` tells whether that can be said now.
    """

    ticket: str
    status: str
    agency: str | None
    agency_name: str | None
    kind: str
    channel: str
    received_at: datetime
    timeline: tuple[Entry, ...]
    complaint_id: str
    may_rate: bool = False
    score: int | None = None
    joined_to: str | None = None
    """The complaint that was joined: status, agency and timeline are its own then, without what others added to it."""

    question: Question | None = None
    """What waits for this sender's answer."""

    is_erased: bool = False
    """What was written is removed for good: nothing can be added or rated."""

    @property
    def photos(self) -> frozenset[str]:
        """The digests of all photos that the timeline shows, and of their small copies."""
        return frozenset(
            digest for entry in self.timeline for photo in entry.photos for digest in (photo.sha256, photo.preview)
        )

    @property
    def shown_id(self) -> str:
        """The complaint whose course is shown."""
        return self.joined_to or self.complaint_id

    @property
    def is_going_on(self) -> bool:
        """Whether the desk has it, and deadlines may run."""
        return self.status in _GOING_ON

    @property
    def is_settled(self) -> bool:
        """Nothing more is done about it, unless it is opened again."""
        return self.status in _SETTLED

    @property
    def may_object(self) -> bool:
        """Whether there is something of which the sender can say that it is not solved."""
        return not self.is_erased and self.question is None and (self.agency is not None or self.is_settled)

    def addition(self) -> tuple[str, str, bool]:
        """(complaint, account, by its sender) of what is added here; who joined adds to what was joined."""
        if self.joined_to is None:
            return self.complaint_id, ACCOUNT, True
        return self.joined_to, f"{ACCOUNT}:{self.ticket}", False


@dataclass(frozen=True)
class Tracking:
    database: Database
    clock: Clock
    sealer: Sealer
    ticket_prefix: str

    def look_up(self, ticket_text: str, code_text: str) -> Tracked:
        """Raises `Refused` that reads the same for a wrong code, an unknown ticket (404) and too many tries (429)."""
        ticket = read_ticket(ticket_text[:100], self.ticket_prefix)
        if ticket is None:
            raise _no_match(404)
        with self.database.read() as connection:
            if repository.wrong_codes_tried(connection, ticket, self._hour()) >= MOST_WRONG_CODES:
                raise _no_match(429)
            row = repository.complaint_by_ticket(connection, ticket)
            if self._fits(row, code_text):
                assert row is not None
                return _tracked(connection, row)
        with self.database.write() as tx:
            repository.count_wrong_code(tx, ticket, self._hour())
        raise _no_match(404)

    def of_account(self, ticket_text: str, account: str) -> Tracked:
        """What was sent by this account, without a code: no words of agencies. Raises `Refused` (404) for the rest."""
        ticket = read_ticket(ticket_text[:100], self.ticket_prefix)
        with self.database.read() as connection:
            row = repository.complaint_by_ticket(connection, ticket) if ticket else None
            if row is None or row["account"] != account:
                raise _no_match(404)
            return _tracked(connection, row, agencies_words=False)

    def _fits(self, row: RowMapping | None, code_text: str) -> bool:
        """Compares in constant time, and compares something for an unknown ticket too."""
        right = new_tracking_code()
        if row is not None:
            try:
                right = self.sealer.unseal(row["code_sealed"])
            except Rejected:  # the keys of that time are gone: nobody can prove the code any more
                return False
        equal = hmac.compare_digest(read_tracking_code(code_text[:100]).encode("utf-8", "replace"), right.encode())
        return equal and row is not None

    def _hour(self) -> datetime:
        return self.clock.now().replace(minute=0, second=0, microsecond=0)


def _no_match(status: int) -> Refused:
    return Refused(NO_MATCH, code="no_match", status=status)


def _tracked(connection: Connection, row: RowMapping, *, agencies_words: bool = True) -> Tracked:
    answers = repository_answers.answers_of(connection, row["complaint_id"]) if agencies_words else {}
    photos = repository_answer_photos.of_complaint(connection, row["complaint_id"]) if answers else {}
    entries = repository.entries(connection, row["complaint_id"])
    erased = any(entry["event"] == ERASED for entry in entries)
    mine = [_entry(entry, answers, photos) for entry in entries]
    joined = _joined(connection, row)
    shown = row
    if joined is not None:
        shown = joined
        if not any(entry.event == "merged" for entry in mine):
            mine.append(Entry(row["received_at"], "joined", joined_note()))
        mine += _of_joined(connection, joined, row["ticket"])
    rating = repository_answers.rating_of(connection, row["complaint_id"])
    return Tracked(
        ticket=row["ticket"],
        status=shown["status"],
        agency=shown["agency"],
        agency_name=shown["agency_name"],
        kind=row["kind"],
        channel=row["channel"],
        received_at=row["received_at"],
        timeline=tuple(mine),
        complaint_id=row["complaint_id"],
        may_rate=not erased and joined is None and row["status"] in repository_answers.RATEABLE,
        score=rating["score"] if rating is not None else None,
        joined_to=joined["complaint_id"] if joined is not None else None,
        question=_question(connection, row) if joined is None and agencies_words else None,
        is_erased=erased,
    )


def _joined(connection: Connection, row: RowMapping) -> RowMapping | None:
    """What it follows in the end."""
    end = repository_kin.end_of(connection, row["complaint_id"]) if row["joined_to"] else None
    return None if end is None or end["complaint_id"] == row["complaint_id"] else end


def _question(connection: Connection, row: RowMapping) -> Question | None:
    found = repository_questions.open_question(connection, row["complaint_id"])
    return Question(found["question"], found["asked_at"], found["until"]) if found is not None else None


def _of_joined(connection: Connection, joined: RowMapping, ticket: str) -> list[Entry]:
    """What became of the complaint that was joined; of what was added to it only what this follower added.

    An answer was written for somebody else: numbers and addresses in it are hidden. Its photos show the place.
    """
    additions = repository_additions.additions_of(connection, joined["complaint_id"])
    own = {f"added.{one['number']}" for one in additions if one["account"] == f"{ACCOUNT}:{ticket}"}
    answers = repository_answers.answers_of(connection, joined["complaint_id"])
    masked = {event: mask(words) for event, words in answers.items()}
    photos = repository_answer_photos.of_complaint(connection, joined["complaint_id"])
    return [
        _entry(entry, masked, photos)
        for entry in repository.entries(connection, joined["complaint_id"])
        if not entry["event"].startswith(_OF_THE_SENDER) or entry["event"] in own
    ]


def _entry(row: RowMapping, answers: Mapping[str, str], photos: Mapping[str, tuple[AnswerPhoto, ...]]) -> Entry:
    event, words = row["event"].partition(".")[0], answers.get(row["event"], "")
    said = note(event, row["fields"], row["note"])
    return Entry(row["at"], event, said, words, photos.get(row["event"], ()))
