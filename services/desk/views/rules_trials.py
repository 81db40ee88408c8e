"""What a draft does: to one text, and to the complaints of the last days, with a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from services.desk import repository as cases
from services.desk.cases.case import Case, storable
from services.desk.cases.highlighting import Piece, marked, spans_of
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, sees_case, text_view
from services.desk.rules.draft import Explained, Moved, Trial
from services.desk.rules.flow import draw_flow
from services.desk.views.access import me, needs
from services.desk.views.display import excerpt
from services.desk.views.forms import asked
from services.desk.views.rules_answers import DRAFT_ID, asks_router
from shared.ids import read_ticket
from shared.observability.masking import mask

PERIODS = (7, 30, 90, 365)
MOST_TEXT = 5000
REFRESH_SECONDS = 2
_SHOWN = 60


@dataclass(frozen=True)
class Side:
    """What one set of rules makes of a text."""

    decision: Mapping[str, Any]
    pieces: Sequence[Piece]


def offer_trials(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(f"/rules/drafts/{DRAFT_ID}/trial")
    @needs(Act.SEE_RULES)
    @asks_router
    def trial(draft_id: str) -> Any:
        found = desk.rules.draft(draft_id)
        known, ticket = found.trial, asked("ticket", 40)
        text = readable_text(find_case(desk, ticket)) if ticket else ""
        page = render_template(
            "rules_trial.html", heading=found.heading, trial=known, ticket=ticket, text=text, periods=PERIODS,
            sides=sides(text, desk.rules.explain(draft_id, text)) if text.strip() else None,
            flow=draw_flow(known.matrix) if known else None, complaints=_shown(desk, known), because=_because(known),
            outdated=bool(known and known.content != found.heading.content),
        )  # fmt: skip
        return page, {"Refresh": str(REFRESH_SECONDS)} if known and not known.over else {}

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/trial")
    @needs(Act.SEE_RULES)
    @asks_router
    def ask_trial(draft_id: str) -> Any:
        days = request.form.get("days", "")
        if days not in map(str, PERIODS):
            abort(400)
        desk.rules.ask_trial(draft_id, int(days), me())
        return redirect(url_for("rules.trial", draft_id=draft_id, ticket=asked("ticket", 40) or None), 303)

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/explain")
    @needs(Act.SEE_RULES)
    @asks_router
    def explain(draft_id: str) -> Any:
        """By POST, since a text that somebody tries may be a citizen's: it stands in no address and no log."""
        found = desk.rules.draft(draft_id)
        text = storable(request.form.get("text", ""))[:MOST_TEXT]
        kelurahan = storable(request.form.get("kelurahan", ""))[:100]
        told = sides(text, desk.rules.explain(draft_id, text, kelurahan)) if text.strip() else None
        return render_template(
            "rules_explain.html", heading=found.heading, text=text, kelurahan=kelurahan, sides=told,
            areas=desk.pack.areas,
        ), 200 if told else 422  # fmt: skip


def sides(text: str, told: Explained) -> list[Side | None]:
    """The active rules and the draft; None for a draft that cannot be used."""
    found = (told.active, told.draft)
    return [Side(one, marked(text, spans_of(one.get("reasons", ())))) if one is not None else None for one in found]


def find_case(desk: Desk, ticket: str) -> Case:
    """The case, if this person sees it."""
    ticket = read_ticket(ticket, desk.pack.city.ticket_prefix) or ticket[:64]
    with desk.spine.database.read() as connection:
        case = cases.by_ticket(connection, ticket)
    if case is None or not sees_case(me(), case):
        abort(404)
    return case


def readable_text(case: Case) -> str:
    """As much of what the citizen wrote as this person reads."""
    view = text_view(me(), case.identity)
    if view is TextView.NONE or not case.text:
        return ""
    return case.text if view is TextView.WHOLE else mask(case.text)


def _shown(desk: Desk, trial: Trial | None) -> list[tuple[Moved, str | None]]:
    """The moved complaints, each with the beginning of its text as far as this person reads it. None: not here."""
    if trial is None:
        return []
    found = []
    with desk.spine.database.read() as connection:
        for moved in trial.complaints[:_SHOWN]:
            case = cases.by_ticket(connection, moved.ticket)
            known = case is not None and sees_case(me(), case)
            found.append((moved, excerpt(readable_text(case), 110) if known and case else None))
    return found


def _because(trial: Trial | None) -> list[tuple[str, int]]:
    """The phrases that move most, among the complaints that are shown."""
    counts = Counter(phrase for one in trial.complaints for phrase in (*one.gained, *one.lost)) if trial else Counter()
    return counts.most_common(10)
