"""How long what people wrote is kept, how much was erased, and who looked at whose contact."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from services.desk.auditing.reading import AuditReading, Found
from services.desk.desk import Desk
from services.desk.erasing.counting import by_month
from services.desk.erasing.wording import BEGINNINGS, KINDS, REASONS
from services.desk.people.person import Act, may
from services.desk.tables import audit
from services.desk.views.access import me, needs
from services.desk.views.forms import asked
from shared.audit_reading import Wanted
from shared.ids import read_ticket
from shared.web.internal_audit import OwnAudit

REVEAL = "contact.reveal"
PAGE = 50


def privacy_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("privacy", __name__)
    zone, spine = ZoneInfo(desk.pack.city.timezone), desk.spine
    reading = AuditReading(spine.database, {spine.name: OwnAudit(spine.database, audit)})

    def reveals(given: dict[str, str], page: str) -> Found:
        """As the desk noted them: each was committed before the contact was asked for."""
        about = read_ticket(given["q"], desk.pack.city.ticket_prefix) or given["q"]
        return reading.find(Wanted(actor=given["who"], act=REVEAL, subject=about), [spine.name], page, PAGE)

    @blueprint.get("/privacy")
    @needs(Act.SEE_PRIVACY)
    def show() -> Any:
        given = {"q": asked("q", 64), "who": asked("who", 100)}
        page = asked("page", 200)
        with spine.database.read() as connection:
            months = by_month(connection, zone, spine.clock.now())
        return render_template(
            "privacy.html", rules=desk.pack.retention.rules, kinds=KINDS, beginnings=BEGINNINGS, months=months,
            reasons=REASONS, found=reveals(given, page) if may(me(), Act.SEE_AUDIT) else None, given=given, page=page,
            filters={name: value for name, value in given.items() if value}, act=REVEAL,
        )  # fmt: skip

    return blueprint
