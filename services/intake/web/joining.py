"""Offering similar complaints before a new one is sent, and joining one of them.

What is shown of somebody else's complaint: which agency has it (else its kind), the kelurahan, the day. Nothing of
what was written, and nothing at all of a confidential one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import RowMapping

from services.intake import repository_similar
from services.intake.fingerprint import same_message
from services.intake.similar import NEAR_METRES, Known, metres_between, most_similar
from services.intake.submission import Submission
from shared.city import CityPack
from shared.clock import Clock
from shared.contracts.fields import Place
from shared.keyring import for_signing
from shared.sealing import ContactHasher
from shared.storage.database import Database

OFFERED_DAYS = 14
_TOKEN_SECONDS = 24 * 3600
_SALT = "joining"


@dataclass(frozen=True)
class Offer:
    """`token` stands for the complaint and can't be made by anybody else. Place and agency may be unknown."""

    token: str
    agency_name: str | None
    kind: str
    kelurahan: str | None
    kecamatan: str | None
    received_at: datetime


@dataclass(frozen=True)
class Joining:
    database: Database
    clock: Clock
    hasher: ContactHasher
    pack: CityPack
    key: str

    def is_known(self, submission: Submission) -> bool:
        """Whether this message was taken already: then it is only answered again, not asked about."""
        same = same_message(submission, self.hasher, now=self.clock.now(), zone=ZoneInfo(self.pack.city.timezone))
        if same is None:
            return False
        with self.database.read() as connection:
            return repository_similar.is_seen(connection, [same.key])

    def offers(self, submission: Submission) -> tuple[Offer, ...]:
        """For a checked submission; the most similar first, at most three."""
        since = self.clock.now() - timedelta(days=OFFERED_DAYS)
        with self.database.read() as connection:
            rows = repository_similar.candidates(connection, submission.place, submission.kind, since)
        found = {row["complaint_id"]: row for row in rows if _is_near(row, submission.place)}
        known = [_known(row) for row in found.values()]
        chosen = most_similar(submission.text, known, self.pack.spellings.words, self._place_names())
        return tuple(self._offer(found[one.complaint_id]) for one in chosen)

    def joined(self, token: str) -> str | None:
        """The complaint that an offer stood for; None when it is none of ours, too old, or not joinable any more."""
        try:
            complaint_id = self._tokens().loads(token, max_age=_TOKEN_SECONDS)
        except BadSignature:
            return None
        with self.database.read() as connection:
            joinable = repository_similar.may_be_joined(connection, str(complaint_id))
        return str(complaint_id) if joinable else None

    def _place_names(self) -> frozenset[str]:
        """Everybody in a kelurahan may write its name: it tells nothing."""
        names = [area.kecamatan for area in self.pack.areas]
        names += [kelurahan.name for area in self.pack.areas for kelurahan in area.kelurahan]
        return frozenset(word for name in (*names, self.pack.city.name) for word in name.casefold().split())

    def _offer(self, row: RowMapping) -> Offer:
        return Offer(
            self._tokens().dumps(row["complaint_id"]),
            row["agency_name"],
            row["kind"],
            row["kelurahan"],
            row["kecamatan"],
            row["received_at"],
        )

    def _tokens(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(for_signing(self.key), salt=_SALT)


def _is_near(row: RowMapping, place: Place) -> bool:
    """In the same kelurahan, or so near by position; the box that was asked for has corners."""
    if place.kelurahan and row["kelurahan"] == place.kelurahan:
        return True
    if place.latitude is None or place.longitude is None or row["latitude"] is None:
        return False
    return metres_between((place.latitude, place.longitude), (row["latitude"], row["longitude"])) <= NEAR_METRES


def _known(row: RowMapping) -> Known:
    at: datetime = row["received_at"]
    return Known(row["complaint_id"], row["text"], at.timestamp())
