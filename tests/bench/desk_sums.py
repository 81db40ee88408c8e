"""The figures of cases that went into a database without the program, and their sums by month and year."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg

from services.desk.statistics.keeping import FigureKeeping
from shared.storage.database import Database

ZONE = ZoneInfo("Asia/Jakarta")
FILL = """
    INSERT INTO case_figures
    SELECT c.complaint_id, c.ticket, to_char(c.received_at AT TIME ZONE %(zone)s, 'YYYY-MM'),
           to_char(c.received_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD'),
           CASE c.agency WHEN 'KELURAHAN' THEN concat_ws(' ', c.agency, nullif(c.kelurahan, ''))
                         WHEN 'KECAMATAN' THEN concat_ws(' ', c.agency, nullif(c.kecamatan, ''))
                         ELSE coalesce(c.agency, '') END,
           coalesce(c.agency, ''), c.kind, c.channel, coalesce(c.kecamatan, ''), coalesce(c.kelurahan, ''),
           c.identity = 'confidential', c.state,
           CASE WHEN e.answered_at IS NOT NULL
                THEN greatest(0, trunc(extract(epoch FROM e.answered_at - c.received_at)))::int END,
           CASE WHEN c.state = 'closed'
                THEN greatest(0, trunc(extract(epoch FROM e.closed_at - c.received_at)))::int END,
           CASE WHEN k.respond_late THEN false WHEN k.respond_met THEN true END,
           CASE WHEN k.settle_late THEN false WHEN k.settle_met THEN true END,
           coalesce((c.counts->>'reopened')::int, 0), e.rating, k.due_at
    FROM cases c
    LEFT JOIN (
        SELECT complaint_id, min(at) FILTER (WHERE act IN ('answered', 'closed')) AS answered_at,
               max(at) FILTER (WHERE act = 'closed') AS closed_at,
               (array_agg((data->>'score')::int ORDER BY (data->>'number')::int DESC)
                FILTER (WHERE act = 'rated'))[1] AS rating
        FROM case_events WHERE act IN ('answered', 'closed', 'rated') GROUP BY complaint_id
    ) e USING (complaint_id)
    LEFT JOIN (
        SELECT complaint_id,
               bool_or(name = 'respond' AND due_at < coalesce(ended_at, paused_at, %(now)s)) AS respond_late,
               bool_or(name = 'respond' AND state = 'met') AS respond_met,
               bool_or(name = 'settle' AND due_at < coalesce(ended_at, paused_at, %(now)s)) AS settle_late,
               bool_or(name = 'settle' AND state = 'met') AS settle_met,
               min(due_at) FILTER (WHERE state = 'running' AND due_at >= %(now)s) AS due_at
        FROM case_clocks WHERE name IN ('respond', 'settle') GROUP BY complaint_id
    ) k USING (complaint_id)
    ON CONFLICT (complaint_id) DO NOTHING
"""


def fill(url: str, now: datetime) -> None:
    """The figures of cases that have none; all months are behind then, and no case is marked any more."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(FILL, {"zone": ZONE.key, "now": now})
        connection.execute("DELETE FROM figures_due")
        connection.execute(
            "INSERT INTO figure_periods (period, due) SELECT DISTINCT month, true FROM case_figures"
            " ON CONFLICT (period) DO UPDATE SET due = true"
        )


def sum_up(database: Database) -> list[float]:
    """Every period that is behind, as the program does it; how many seconds each took."""
    keeping, times = FigureKeeping(ZONE), list[float]()
    while True:
        started = time.monotonic()
        with database.write() as tx:
            if not keeping.sum_up(tx, datetime.now(UTC)):
                return times
        times.append(time.monotonic() - started)
