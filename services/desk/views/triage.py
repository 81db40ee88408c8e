"""What waits for a coordinator, the oldest first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from services.desk.desk import Desk
from services.desk.inbox.listing import count_in_triage, in_triage
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from services.desk.views.forms import asked


def triage_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("triage", __name__)

    @blueprint.get("/triage")
    @needs(Act.SEE_TRIAGE)
    def waiting() -> Any:
        with desk.spine.database.read() as connection:
            page = in_triage(connection, me(), after=asked("after", 90))
            count = count_in_triage(connection)
        agencies = choices(desk, desk.spine.clock.now())
        return render_template(
            "triage.html", page=page, count=count, agencies=agencies, valid={entry.code for entry in agencies},
            areas=desk.pack.areas,
        )  # fmt: skip

    return blueprint
