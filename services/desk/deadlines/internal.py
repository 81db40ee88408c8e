"""The deadlines of a case for intake's tracking page: those that the citizen may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint

from services.desk.deadlines import repository
from services.desk.deadlines.clocks import PAUSED, RUNNING, Clock
from services.desk.deadlines.telling import title, told
from shared.city_calendar import CityCalendar
from shared.city_deadlines import CLOSE, COMPLETE, FORWARD, SETTLE
from shared.clock import Clock as Time
from shared.storage.database import Database
from shared.web.internal import internal_blueprint

ENDPOINT = "deadlines_internal.of_case"
"""Guarded by the service token, not by a login."""


def deadline_api(database: Database, calendar: CityCalendar, clock: Time, token: str) -> Blueprint:
    blueprint = internal_blueprint("deadlines", token)

    @blueprint.get("/cases/<complaint_id>/deadlines")
    def of_case(complaint_id: str) -> dict[str, Any]:
        """Empty for a case that the desk does not know (yet)."""
        with database.read() as connection:
            clocks = repository.of_case(connection, complaint_id)
        now = clock.now()
        return {"deadlines": [_shown(one, calendar, now) for one in for_citizen(clocks)]}

    return blueprint


def for_citizen(clocks: tuple[Clock, ...]) -> list[Clock]:
    """Of each name the latest, due first: settling and what waits for the citizen; forwarding only until it was."""
    latest = {clock.name: clock for clock in sorted(clocks, key=lambda clock: clock.number)}
    found = [latest[name] for name in (SETTLE, COMPLETE, CLOSE) if name in latest]
    first = latest.get(FORWARD)
    if first is not None and first.is_active:
        found.append(first)
    return sorted(found, key=lambda clock: (not clock.is_active, clock.due_at))


def _shown(clock: Clock, calendar: CityCalendar, now: datetime) -> dict[str, Any]:
    return {
        "clock": clock.name,
        "title": str(title(clock.name)),
        "started_at": clock.started_at.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "state": clock.state,
        "late": clock.state in (RUNNING, PAUSED) and clock.is_late(now),
        "provisional": bool(clock.provisional),
        "told": [str(one) for one in told(clock, calendar, now)],
    }
