"""What waits for a coordinator: emergencies, then what is due first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

from services.desk.desk import Desk
from services.desk.inbox.likeness import KnownWords
from services.desk.inbox.listing import MOST_COUNTED, standing_in_triage
from services.desk.inbox.triage import in_triage
from services.desk.people.person import Act, may
from services.desk.views.access import me, needs
from services.desk.views.bulk import offered_to
from services.desk.views.display import choices
from services.desk.views.forms import asked
from services.desk.views.triage_cards import Cards
from shared.contracts.fields import ARCHIVE_REASONS


def triage_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("triage", __name__)
    known = KnownWords()

    @blueprint.get("/triage")
    @needs(Act.SEE_TRIAGE)
    def waiting() -> Any:
        now = desk.spine.clock.now()
        with desk.spine.database.read() as connection:
            page = in_triage(connection, me(), known, now, after=asked("after", 90), before=asked("before", 90))
            around = standing_in_triage(connection, me())
        agencies = choices(desk, now)
        fixed_part: Any = current_app.jinja_env.globals["fixed_part"]
        cards = Cards(desk, agencies, fixed_part, now).of(page.rows, assigns=may(me(), Act.ASSIGN))
        return render_template(
            "triage.html", page=page, cards=cards, count=around.counted["triage"], most_counted=MOST_COUNTED,
            agencies=agencies, keys=around.keys, bulk=offered_to(me()), archive_reasons=ARCHIVE_REASONS,
        )  # fmt: skip

    return blueprint
