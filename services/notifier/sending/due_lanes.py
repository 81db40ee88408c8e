"""Which lanes have something due. A loose index scan: it costs by the number of lanes, not by what waits in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, func, select, text

from services.notifier.tables import deliveries
from shared.storage.types import UtcDateTime

# The states stand here as the partial index names them: with parameters neither database could use it.
_UNFINISHED = "state IN ('pending', 'sending')"
UNFINISHED = text(f"deliveries.{_UNFINISHED}")

_LANES = f"""
WITH RECURSIVE lanes (lane) AS (
    SELECT (SELECT lane FROM deliveries WHERE {_UNFINISHED} ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT d.lane FROM deliveries d WHERE d.{_UNFINISHED} AND d.lane > lanes.lane ORDER BY d.lane LIMIT 1)
    FROM lanes WHERE lanes.lane IS NOT NULL
)
SELECT lanes.lane, (
    SELECT d.due_at FROM deliveries d
    WHERE d.{_UNFINISHED} AND d.lane = lanes.lane AND (d.lease_until IS NULL OR d.lease_until <= :now)
    ORDER BY d.due_at LIMIT 1
) AS due_at
FROM lanes WHERE lanes.lane IS NOT NULL
"""  # noqa: S608 - a constant
_STATEMENT = text(_LANES).bindparams(bindparam("now", type_=UtcDateTime())).columns(lane=String(), due_at=UtcDateTime())


def due_lanes(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Every lane with a delivery that nobody holds, and when its first one is due; also in the future."""
    found = connection.execute(_STATEMENT, {"now": now})
    return {row.lane: row.due_at for row in found if row.due_at is not None}


def count_waiting(connection: Connection) -> dict[str, int]:
    """How many deliveries are not finished, by channel; for a gauge."""
    counted = select(deliveries.c.channel, func.count()).where(UNFINISHED).group_by(deliveries.c.channel)
    return {row[0]: int(row[1]) for row in connection.execute(counted)}
