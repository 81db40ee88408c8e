"""Tokens by which an agency's own system calls the desk: made, recognised, taken back.

A token is `tgp_`, 40 random signs and 6 signs of a checksum, by which a mistyped one is told from a wrong one without
asking the database, and one that was published by mistake can be searched for. Kept is its SHA-256 alone: 40 signs of
62 are no password that anybody could guess from a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.tables import agency_tokens as table
from shared.clock import Clock
from shared.errors import Refused
from shared.ids import new_id
from shared.sentences import sentence
from shared.storage.database import Database, Transaction

SCOPES = ("cases:read", "cases:write", "photos:read")
PREFIX = "tgp_"
MOST_NAME, MOST_TOKENS, MOST_DAYS = 100, 50, 3 * 366
TOUCH_EVERY = timedelta(minutes=1)
_SIGNS = string.digits + string.ascii_letters
_RANDOM, _CHECK, _SHOWN = 40, 6, 8
_TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")


@dataclass(frozen=True)
class Holder:
    """Whose token it is and what it may. `token_id` may be written into logs and audit rows."""

    agency: str
    token_id: str
    scopes: frozenset[str]
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Token:
    """A token as lists show it; `shown` is its beginning."""

    token_id: str
    agency: str
    name: str
    scopes: Sequence[str]
    shown: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None

    def state_at(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if self.expires_at is None or now < self.expires_at else "expired"


@dataclass(frozen=True)
class By:
    """Who makes or revokes a token."""

    login: str
    role: str


def new_token() -> str:
    body = "".join(secrets.choice(_SIGNS) for _ in range(_RANDOM))
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(token: str) -> bool:
    """Whether it can be a token at all. False for one with a wrong or missing sign."""
    if not _TOKEN.fullmatch(token):
        return False
    body, check = token[len(PREFIX) : -_CHECK], token[-_CHECK:]
    return hmac.compare_digest(_checksum(body), check)


def holder_of(where: Connection | Transaction, token: str, now: datetime) -> Holder | None:
    """Who shows this token; None for one that is malformed, unknown, expired or revoked.

    In a transaction the use is written down, once a minute at most; on a connection it is only looked up.
    """
    found = _found(where.connection if isinstance(where, Transaction) else where, token, now)
    if found is None:
        return None
    holder, is_due = found
    if is_due and isinstance(where, Transaction):
        _touch(where, holder, now)
    return holder


def recognise(database: Database, token: str, now: datetime) -> Holder | None:
    """As `holder_of`; writes the use down, but waits for no write transaction unless a minute has passed."""
    with database.read() as connection:
        found = _found(connection, token, now)
    if found is None:
        return None
    holder, is_due = found
    if is_due:
        with database.write() as tx:
            _touch(tx, holder, now)
    return holder


def add_token(
    database: Database, clock: Clock, by: By, agency: str, name: str, scopes: Sequence[str], days: int | None
) -> tuple[Token, str]:
    """The token as it is listed, and itself: nobody can show it again. `days` None: it does not expire.

    Raises `Refused` with a sentence for each field that cannot be taken.
    """
    now, name = clock.now(), " ".join(name.split())
    with database.write() as tx:
        if agencies.one(tx.connection, agency) is None:
            raise Refused(sentence("Instansi ini tidak ada di direktori."), code="no_such_agency", status=404)
        agencies.hold(tx, agency)
        problems = _problems(name, scopes, days, tokens_of(tx.connection, agency), now)
        if problems:
            raise Refused(sentence("Token belum dibuat."), code="token_refused", fields=problems)
        secret = new_token()
        row: dict[str, Any] = {
            "token_id": new_id(), "agency": agency, "name": name, "scopes": sorted(set(scopes)),
            "shown": secret[: len(PREFIX) + _SHOWN], "created_by": by.login, "created_at": now,
            "expires_at": None if days is None else now + timedelta(days=days),
            "last_used_at": None, "revoked_at": None, "revoked_by": None,
        }  # fmt: skip
        tx.execute(insert(table).values(**row, hash=_hash(secret)))
        timeline.record(
            tx, at=now, actor=by.login, role=by.role, act="agency.token.add", subject=agency[:64],
            details={"token": row["token_id"], "name": name, "scopes": row["scopes"], "days": days},
        )  # fmt: skip
    return Token(**row), secret


def revoke_token(database: Database, clock: Clock, by: By, agency: str, token_id: str) -> Token | None:
    """From now on nobody is recognised by it. None when the agency has none of this id; one revoked before stays so."""
    now = clock.now()
    with database.write() as tx:
        which = table.c.agency == agency, table.c.token_id == token_id
        row = tx.execute(select(*_COLUMNS).where(*which).with_for_update()).mappings().first()
        if row is None or row["revoked_at"] is not None:
            return None if row is None else Token(**row)
        tx.execute(update(table).where(*which).values(revoked_at=now, revoked_by=by.login))
        timeline.record(
            tx, at=now, actor=by.login, role=by.role, act="agency.token.revoke", subject=agency[:64],
            details={"token": token_id, "name": row["name"]},
        )  # fmt: skip
    return Token(**{**row, "revoked_at": now, "revoked_by": by.login})


def tokens_of(connection: Connection, agency: str) -> list[Token]:
    """All, also those of before, the newest first."""
    statement = select(*_COLUMNS).where(table.c.agency == agency)
    rows = connection.execute(statement.order_by(table.c.created_at.desc(), table.c.token_id.desc())).mappings()
    return [Token(**row) for row in rows]


_COLUMNS = tuple(column for column in table.c if column.name != "hash")
_BY_HASH = select(table).where(table.c.hash == bindparam("hashed"))


def _found(connection: Connection, token: str, now: datetime) -> tuple[Holder, bool] | None:
    """And whether its use is to be written down. The row is found by the hash, which tells nothing of other tokens."""
    if not is_well_formed(token):
        return None
    hashed = _hash(token)
    row = connection.execute(_BY_HASH, {"hashed": hashed}).mappings().first()
    if row is None or not hmac.compare_digest(row["hash"], hashed):
        return None
    known = Token(**{column.name: row[column.name] for column in _COLUMNS})
    if known.state_at(now) != "valid":
        return None
    is_due = known.last_used_at is None or now - known.last_used_at >= TOUCH_EVERY
    return Holder(known.agency, known.token_id, frozenset(known.scopes), known.name), is_due


def _touch(tx: Transaction, holder: Holder, now: datetime) -> None:
    due = or_(table.c.last_used_at.is_(None), table.c.last_used_at <= now - TOUCH_EVERY)
    tx.execute(update(table).where(table.c.token_id == holder.token_id, due).values(last_used_at=now))


def _problems(
    name: str, scopes: Sequence[str], days: int | None, known: Sequence[Token], now: datetime
) -> dict[str, str]:
    problems: dict[str, str] = {}
    valid = [token for token in known if token.state_at(now) == "valid"]
    if not name or len(name) > MOST_NAME or not name.isprintable():
        problems["name"] = sentence("Isi nama sistem yang memakainya, paling panjang %(most)s huruf.", most=MOST_NAME)
    elif any(token.name == name for token in valid):
        problems["name"] = sentence("Sudah ada token dengan nama ini. Cabut yang lama, atau pakai nama lain.")
    if not scopes or not set(scopes) <= set(SCOPES):
        problems["scopes"] = sentence("Pilih sedikitnya satu hak.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        problems["days"] = sentence("Masa berlaku 1 sampai %(most)s hari.", most=MOST_DAYS)
    if len(valid) >= MOST_TOKENS:
        problems[""] = sentence("Instansi ini sudah memiliki %(most)s token yang berlaku.", most=MOST_TOKENS)
    return problems


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(body: str) -> str:
    value, signs = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        value, sign = divmod(value, len(_SIGNS))
        signs = _SIGNS[sign] + signs
    return signs
