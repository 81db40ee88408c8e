"""The secrets that sign an agency's webhooks: made here, kept sealed, exchanged without a gap."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from services.notifier.channels.webhook import SECRET_PREFIX
from services.notifier.tables import webhook_secrets as table
from shared.clock import Clock
from shared.ids import new_id
from shared.sealing import Sealer
from shared.storage.database import Database, Transaction

_SECRET_BYTES = 32
_KNOWN_SECONDS = 30.0


class WebhookSecrets:
    """Safe to share between threads. What another process changes is known here within half a minute."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database, self._sealer, self._clock = database, sealer, clock
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def signing(self, agency: str) -> Sequence[str]:
        """All that sign now, the newest first. Raises `Rejected` when no content key opens one."""
        now = self._clock.monotonic_seconds()
        with self._lock:
            read_at, known = self._known.get(agency, (0.0, ()))
            if known and now - read_at < _KNOWN_SECONDS:
                return known
        with self._database.read() as connection:
            rows = connection.execute(
                select(table.c.sealed)
                .where(table.c.agency == agency, self._is_valid())
                .order_by(table.c.created_at.desc(), table.c.secret_id.desc())
            ).all()
        found = tuple(self._sealer.unseal(row.sealed) for row in rows)
        with self._lock:
            self._known[agency] = (now, found)
        return found

    def add(self, agency: str) -> str:
        """A new secret, to be shown once; those that were there before no longer sign."""
        return self.rotate(agency, timedelta(0))

    def rotate(self, agency: str, keep: timedelta) -> str:
        """A new secret, to be shown once; those that sign now go on beside it for `keep`, and no longer."""
        now = self._clock.now()
        secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")
        with self._database.write() as tx:
            tx.execute(
                update(table)
                .where(table.c.agency == agency, or_(table.c.expires_at.is_(None), table.c.expires_at > now + keep))
                .values(expires_at=now + keep)
            )
            tx.execute(delete(table).where(table.c.agency == agency, table.c.expires_at <= now))
            row = {"secret_id": new_id(), "agency": agency, "sealed": self._sealer.seal(secret), "created_at": now}
            tx.execute(insert(table).values(row))
        self._forget(agency)
        return secret

    def remove(self, agency: str) -> int:
        """How many there were that still signed."""
        with self._database.write() as tx:
            valid = self._count(tx, agency)
            tx.execute(delete(table).where(table.c.agency == agency))
        self._forget(agency)
        return valid

    def _count(self, tx: Transaction, agency: str) -> int:
        counted = select(func.count()).select_from(table).where(table.c.agency == agency, self._is_valid())
        return int(tx.execute(counted).scalar_one())

    def _is_valid(self) -> ColumnElement[bool]:
        return or_(table.c.expires_at.is_(None), table.c.expires_at > self._clock.now())

    def _forget(self, agency: str) -> None:
        with self._lock:
            self._known.pop(agency, None)
