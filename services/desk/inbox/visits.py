"""When somebody looked into the inbox, so that the next visit shows what is new since then."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from services.desk.tables import inbox_visits
from shared.errors import Transient
from shared.observability.logs import get_logger
from shared.storage.database import Database
from shared.storage.upsert import upsert

log = get_logger("desk")
ENDS_AFTER = timedelta(minutes=30)
"""As a session that nobody uses does."""
_NOTED_EVERY = timedelta(minutes=5)
_VISIT = select(inbox_visits).where(inbox_visits.c.login == bindparam("which"))


def visit(database: Database, login: str, now: datetime) -> datetime | None:
    """When the visit before this one ended; None: this is the first. Never keeps anybody from reading."""
    with database.read() as connection:
        row = connection.execute(_VISIT, {"which": login}).first()
    if row is not None and now - row.seen_at < _NOTED_EVERY:
        return row.before_at  # type: ignore[no-any-return]
    before = None if row is None else row.before_at if now - row.seen_at < ENDS_AFTER else row.seen_at
    try:
        with database.write() as tx:
            upsert(tx, inbox_visits, {"login": login, "seen_at": now, "before_at": before}, key=("login",))
    except Transient as error:
        log.warning("visit_not_noted", code=error.code)
    return before
