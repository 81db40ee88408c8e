"""Who did what, when and why."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from services.desk.cases.timeline import AUDIT_PAGE, audit_rows
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import needs
from services.desk.views.forms import asked
from shared.ids import read_ticket


def audit_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("audit", __name__)

    @blueprint.get("/audit")
    @needs(Act.SEE_AUDIT)
    def acts() -> Any:
        sought, before = asked("q", 64), asked("before", 20)
        subject = read_ticket(sought, desk.pack.city.ticket_prefix) or sought
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 0
        with desk.spine.database.read() as connection:
            rows = audit_rows(connection, subject=subject, before=number)
        more = rows[-1]["seq"] if len(rows) == AUDIT_PAGE else None
        return render_template("audit.html", rows=rows, sought=sought, more=more)

    return blueprint
