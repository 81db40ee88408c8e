"""Who did what, when and why, in all services; whether it is sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from services.desk.auditing.reading import AuditReading, Line
from services.desk.auditing.table import write_lines
from services.desk.auditing.wording import ACTS, ROLES, SERVICES, STATES
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.tables import audit
from services.desk.views.access import needs
from services.desk.views.forms import asked
from shared.audit_reading import MOST_ROWS, Wanted
from shared.errors import Transient
from shared.ids import read_ticket
from shared.web.internal_audit import OwnAudit

MOST_SAVED = 20_000
"""Rows of a file, the newest; whoever needs more asks for a shorter time."""


@dataclass(frozen=True)
class _Asked:
    """What somebody typed, and what it means. A day that cannot be read counts as none."""

    given: dict[str, str]
    wanted: Wanted
    services: Sequence[str]


def audit_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("audit", __name__)
    zone, spine = ZoneInfo(desk.pack.city.timezone), desk.spine
    reading = AuditReading(spine.database, {spine.name: OwnAudit(spine.database, audit), **desk.audits})

    def read() -> _Asked:
        given = {name: asked(name, most) for name, most in _FIELDS.items()}
        about = read_ticket(given["q"], desk.pack.city.ticket_prefix) or given["q"]
        since, last = _day(given["from"]), _day(given["to"])
        wanted = Wanted(
            actor=given["who"], act=given["act"], subject=about, since=_begin(since, zone),
            until=_begin(last + timedelta(days=1) if last else None, zone),
        )  # fmt: skip
        chosen = [given["service"]] if given["service"] in reading.sources else list(reading.sources)
        return _Asked(given, wanted, chosen)

    @blueprint.get("/audit")
    @needs(Act.SEE_AUDIT)
    def acts() -> Any:
        sought, page = read(), asked("page", 200)
        found = reading.find(sought.wanted, sought.services, page)
        filters = {name: value for name, value in sought.given.items() if value}
        return render_template(
            "audit.html", found=found, given=sought.given, filters=filters, status=reading.status(), page=page,
            services=SERVICES, states=STATES, acts=ACTS, roles=ROLES,
        )  # fmt: skip

    @blueprint.get("/audit.csv")
    @needs(Act.SEE_AUDIT)
    def save() -> Any:
        sought = read()
        pages = list(_pages(reading, sought))  # all of it or nothing: a part would look like the whole
        answer = Response(write_lines(iter(pages)), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
        return answer

    return blueprint


_FIELDS = {"q": 64, "who": 100, "act": 60, "service": 20, "from": 10, "to": 10}


def _pages(reading: AuditReading, sought: _Asked) -> Iterator[Sequence[Line]]:
    """Raises `Transient` when a service is away."""
    page, count = "", 0
    while count < MOST_SAVED:
        found = reading.find(sought.wanted, sought.services, page, MOST_ROWS - 1)
        if found.away:
            raise Transient(f"{', '.join(found.away)} does not answer", code="service_away")
        yield found.lines
        count += len(found.lines)
        page = found.next
        if not page:
            return


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
