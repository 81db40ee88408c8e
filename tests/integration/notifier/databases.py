"""What the notifier's tests share besides fixtures."""

from datetime import datetime

import pytest
from sqlalchemy import bindparam, text

from shared.storage.database import Database
from shared.storage.types import UtcDateTime
from tests.unit.notifier.samples import Bench

on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def files(made: Bench) -> list[str]:
    folder = made.folder / "captured"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def fill(database: Database, number: int, lanes: int, now: datetime) -> None:
    """So many deliveries that wait, spread over lanes `email:A0`, `email:A1` …; as the database's statistics know."""
    digits = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    columns = (
        "delivery_id, complaint_id, assignment, recipient, message, ticket, channel, lane, language, urgent, gave_up, "
        "data, state, reason, last_problem, traceparent, attempts, planned_at, since, due_at"
    )
    values = (
        "'d' || i, 'c' || i, 1, 'A' || (i % :lanes), 'case_notice', 'T', 'email', 'email:A' || (i % :lanes), '', false,"
        " '[]', '{}', 'pending', '', '', '', 0, :now, :now, :now"
    )
    statement = text(f"{digits} INSERT INTO deliveries ({columns}) SELECT {values} FROM n")
    at = bindparam("now", type_=UtcDateTime())
    with database.write() as tx:
        tx.execute(statement.bindparams(at), {"last": number - 1, "lanes": lanes, "now": now})
    with database.write() as tx:
        tx.execute(text("ANALYZE deliveries"))
