"""What waits for a coordinator: emergencies, then what is due first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from services.desk.desk import Desk
from services.desk.directory.repository import Entry
from services.desk.inbox.chips import Chip, chip
from services.desk.inbox.listing import MOST_COUNTED, count_in_triage
from services.desk.inbox.news import IN_TRIAGE, keys_now
from services.desk.inbox.triage import Candidate, Waiting, in_triage
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.bulk import offered_to
from services.desk.views.display import choices
from services.desk.views.forms import asked
from shared.contracts.fields import ARCHIVE_REASONS
from shared.sentences import sentence


def triage_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("triage", __name__)

    @blueprint.get("/triage")
    @needs(Act.SEE_TRIAGE)
    def waiting() -> Any:
        now = desk.spine.clock.now()
        with desk.spine.database.read() as connection:
            page = in_triage(connection, me(), now, after=asked("after", 90), before=asked("before", 90))
            count = count_in_triage(connection)
            keys = keys_now(connection, me(), IN_TRIAGE)
        agencies = choices(desk, now)
        valid = {entry.code: entry for entry in agencies}

        def chip_of(row: Waiting) -> Chip | None:
            return chip(row.case.state, row.case.due_at, desk.pack.calendar, now)

        def candidates_of(row: Waiting) -> list[tuple[Any, Entry]]:
            return [(one, valid[one.agency]) for one in row.candidates if one.agency in valid]

        return render_template(
            "triage.html", page=page, count=count, most_counted=MOST_COUNTED, agencies=agencies, areas=desk.pack.areas,
            reason_of=_reason_of, chip_of=chip_of, candidates_of=candidates_of, keys=keys, bulk=offered_to(me()),
            archive_reasons=ARCHIVE_REASONS,
        )  # fmt: skip

    return blueprint


def _reason_of(candidate: Candidate) -> str:
    """Why it is handed over to whom another agency named: kept with the case, so in the city's language."""
    return str(sentence("Usul %(agency)s disetujui.", agency=candidate.named_by))
