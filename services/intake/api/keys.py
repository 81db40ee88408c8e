"""Keys by which partner systems use the JSON API: what each may do, how often, and who issued it.

A key is `tgk_ID_SECRET`. The secret has 160 random bits, so that its plain SHA-256 is safe to keep; it is told once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from services.intake.tables import api_keys, audit
from shared.audit import record_act
from shared.clock import Clock
from shared.errors import Refused
from shared.storage.database import Database

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,58}[a-z0-9]")
_KEY = re.compile(r"tgk_([a-z2-7]{8})_([a-z2-7]{32})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
USUAL_PER_MINUTE = 120


class Scope(StrEnum):
    WRITE = "complaints:write"
    """Send complaints, say by which channel they came and what other systems call them."""
    READ = "complaints:read"
    """Read the state of what was sent with the same key, without the citizen's tracking code."""


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. `account` is what complaints sent with it are stored under."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    per_minute: int
    issued_at: datetime
    issued_by: str
    revoked_at: datetime | None = None

    @property
    def account(self) -> str:
        return f"key:{self.name}"

    def needs(self, scope: Scope) -> None:
        """Raises `Refused` (403) when the key may not do this."""
        if scope not in self.scopes:
            raise Refused(f"Kunci ini tidak berwenang untuk {scope}.", code="missing_scope", status=403)


@dataclass(frozen=True)
class ApiKeys:
    """Requests are counted in memory, by process: two processes let a key through twice as often."""

    database: Database
    clock: Clock
    _limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def issue(self, name: str, scopes: Sequence[Scope], *, per_minute: int, by: str) -> str:
        """The whole key, which nobody will be told again. Raises `Refused` for a bad name or one that is taken."""
        if not _NAME.fullmatch(name):
            raise Refused("a name is 3 to 60 small letters, digits and hyphens", code="bad_name")
        if not scopes or not 1 <= per_minute <= 100_000:
            raise Refused("a key needs a scope and 1 to 100000 requests a minute", code="bad_key")
        key_id, secret = _random(8), _random(32)
        row = {
            "key_id": key_id,
            "name": name,
            "secret_hash": _hash(secret),
            "scopes": sorted(set(scopes)),
            "per_minute": per_minute,
            "issued_at": self.clock.now(),
            "issued_by": by,
            "revoked_at": None,
        }
        try:
            with self.database.write() as tx:
                tx.execute(api_keys.insert(), row)
                details = {"scopes": row["scopes"], "per_minute": per_minute}
                record_act(
                    tx, audit, at=self.clock.now(), actor=by, role="operator", act="api_key.issue", subject=name,
                    reason="", details=details,
                )  # fmt: skip
        except IntegrityError:
            raise Refused(f"a key named {name} was issued before; choose another name", code="name_taken") from None
        return f"tgk_{key_id}_{secret}"

    def revoke(self, name: str, *, by: str) -> bool:
        """At once and for ever. False when no such key is in force."""
        with self.database.write() as tx:
            mine = (api_keys.c.name == name) & api_keys.c.revoked_at.is_(None)
            if tx.execute(update(api_keys).where(mine).values(revoked_at=self.clock.now())).rowcount == 0:
                return False
            record_act(
                tx, audit, at=self.clock.now(), actor=by, role="operator", act="api_key.revoke", subject=name,
                reason="", details={},
            )  # fmt: skip
        return True

    def every(self) -> list[ApiKey]:
        """Also those that were revoked, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(*api_keys.c).order_by(api_keys.c.issued_at)).mappings()
            return [_key(dict(row)) for row in rows]

    def admit(self, authorization: str) -> ApiKey | None:
        """The key of a request by its `Authorization` header; None when it brings none.

        Raises `Refused`: 401 for a key that is unknown, wrong or revoked (all answered alike), 429 for too many.
        """
        if not authorization.strip():
            return None
        kind, _, shown = authorization.strip().partition(" ")
        match = _KEY.fullmatch(shown.strip()) if kind.lower() == "bearer" else None
        row = self._row(match.group(1)) if match else None
        secret = match.group(2) if match else ""
        right = row["secret_hash"] if row else _hash("")
        if not hmac.compare_digest(_hash(secret), right) or row is None or row["revoked_at"] is not None:
            raise Refused("Kunci API ini tidak dikenal atau sudah dicabut.", code="unknown_api_key", status=401)
        key = _key(row)
        if not self._limiter.hit(RateLimitItemPerMinute(key.per_minute), key.key_id):
            raise Refused("Terlalu banyak permintaan dengan kunci ini.", code="too_many_requests", status=429)
        return key

    def _row(self, key_id: str) -> dict[str, Any] | None:
        with self.database.read() as connection:
            row = connection.execute(select(*api_keys.c).where(api_keys.c.key_id == key_id)).mappings().first()
        return None if row is None else dict(row)


def _key(row: dict[str, Any]) -> ApiKey:
    names = ("key_id", "name", "per_minute", "issued_at", "issued_by", "revoked_at")
    return ApiKey(scopes=tuple(Scope(one) for one in row["scopes"]), **{name: row[name] for name in names})


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(signs: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(signs))
