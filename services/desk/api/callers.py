"""Who calls the API: recognised by a token, counted by the minute, and a person like any other to the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Request
from sqlalchemy import select

from services.desk.api.calls import Calls
from services.desk.directory.tokens import Holder, recognise
from services.desk.people.person import Person
from services.desk.tables import agency_tokens
from shared.clock import Clock
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Database

READ, WRITE, PHOTOS = "cases:read", "cases:write", "photos:read"
PER_MINUTE = 300
UNKNOWN = sentence("Token ini tidak dikenal, sudah kedaluwarsa, atau sudah dicabut.")
MISSING = sentence("Kirim token instansi: Authorization: Bearer tgp_…")


class TooMany(Refused):
    """More requests than a token may make; `seconds` until the next ones are taken."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(sentence("Terlalu banyak permintaan dengan token ini. Coba lagi sebentar lagi."), status=429)
        self.seconds = seconds


@dataclass(frozen=True)
class Caller:
    """An agency's system. `person` is who it is to the rules and in the timeline."""

    agency: str
    token_id: str
    scopes: frozenset[str]
    name: str
    person: Person = field(compare=False)

    def needs(self, scope: str) -> None:
        """Raises `Refused` (403) when its token does not have the scope."""
        if scope not in self.scopes:
            raise Refused(sentence("Token ini tidak berhak: perlu %(scope)s.", scope=scope), code="missing_scope",
                          status=403)  # fmt: skip


def admit(database: Database, clock: Clock, calls: Calls, request: Request) -> Caller:
    """Raises `Refused`: 401 without a good token (unknown, expired and revoked alike), 429 for too many requests."""
    kind, _, shown = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() != "bearer" or not shown.strip():
        raise Refused(MISSING, code="token_missing", status=401)
    now, token = clock.now(), shown.strip()
    holder = recognise(database, token, now)
    if holder is None:
        raise Refused(UNKNOWN, code="unknown_token", status=401)
    if calls.count(database, holder.token_id, int(now.timestamp()) // 60) > PER_MINUTE:
        raise TooMany(60 - int(now.timestamp()) % 60)
    return caller_of(holder, holder.name)


def caller_of(holder: Holder, name: str) -> Caller:
    person = Person(f"api:{holder.token_id}", name, "officer", holder.agency)
    return Caller(holder.agency, holder.token_id, holder.scopes, name, person)


def caller_by_id(database: Database, token_id: str, now: datetime) -> Caller | None:
    """Whose link it is; None when the token is no longer good for photos."""
    with database.read() as connection:
        statement = select(*agency_tokens.c).where(agency_tokens.c.token_id == token_id)
        row = connection.execute(statement).mappings().first()
    if row is None or row["revoked_at"] is not None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    if PHOTOS not in row["scopes"]:
        return None
    return caller_of(Holder(row["agency"], token_id, frozenset(row["scopes"])), row["name"])
