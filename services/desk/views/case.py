"""One case: read it, give it to an agency, show its contact. What the agency does with it: answering.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk import repository as cases
from services.desk.cases import additions, answers, timeline
from services.desk.cases.acts import MOST_ANSWER, acknowledge
from services.desk.cases.assign import Ending, Outcome, Wish, assign
from services.desk.cases.case import CLOSED, TRIAGE, Case
from services.desk.cases.highlighting import marked, spans_of, stretch
from services.desk.cases.photos import photos_of
from services.desk.cases.reveal import Contact, reveal
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, may, may_reveal_contact, sees_case, text_view
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from services.desk.views.forms import typed
from shared.errors import Refused, Transient
from shared.ids import read_ticket
from shared.observability.logs import get_logger
from shared.observability.masking import mask

log = get_logger("desk")
SUGGESTION_TAKEN = "Usulan aturan disetujui."


def case_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("case", __name__)

    @blueprint.get("/cases/<ticket>")
    @needs(Act.SEE_CASES)
    def show(ticket: str) -> Any:
        case = find_case(desk, ticket)
        if request.method == "GET" and not _is_fetched_ahead():
            case = _opened(desk, case)
        return render_template("case.html", **content_of(desk, case))

    @blueprint.post("/cases/<ticket>/assign")
    @needs(Act.ASSIGN)
    def hand_over(ticket: str) -> Any:
        return _hand_over(desk, find_case(desk, ticket))

    @blueprint.post("/cases/<ticket>/contact")
    @needs(Act.REVEAL_CONTACT)
    def contact(ticket: str) -> Any:
        case = find_case(desk, ticket)
        if not may_reveal_contact(me(), case):
            abort(403)
        return _show_contact(desk, case)

    return blueprint


def _opened(desk: Desk, case: Case) -> Case:
    """With the note that somebody of the agency saw it; that must keep nobody from reading."""
    try:
        return acknowledge(desk.spine, me(), case)
    except Transient as error:
        log.warning("case_not_acknowledged", code=error.code)
        return case


def _is_fetched_ahead() -> bool:
    """By a browser that guesses what will be opened next: nobody has read it then."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def _hand_over(desk: Desk, case: Case) -> Any:
    wish = _wish(case)
    try:
        outcome = assign(desk.spine, desk.pack, me(), wish)
    except Refused as error:
        content = content_of(desk, case) | {"errors": error.fields, "wish": wish}
        return render_template("case.html", **content), 422
    return _answer(outcome) if outcome is not None else abort(404)


def _show_contact(desk: Desk, case: Case) -> Any:
    reason, status = typed("contact_reason", 1000), 200
    found: dict[str, Any]
    try:
        found = _found(reveal(desk.spine, desk.contacts, me(), case, reason))
    except Refused as error:
        found, status = {"errors": error.fields}, 422
    except Transient as error:
        log.warning("contact_not_reached", code=error.code)
        found, status = {"contact_away": True}, 503
    return render_template("case.html", **content_of(desk, case) | found | {"contact_reason": reason[:500]}), status


def find_case(desk: Desk, ticket: str) -> Case:
    """The case, if this person sees it; whoever does not cannot learn that it exists."""
    ticket = read_ticket(ticket, desk.pack.city.ticket_prefix) or ticket[:64]
    with desk.spine.database.read() as connection:
        case = cases.by_ticket(connection, ticket)
    if case is None or not sees_case(me(), case):
        abort(404)
    return case


def read_revision() -> int:
    revision = typed("revision", 20)
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        abort(400)
    return int(revision)


def _wish(case: Case) -> Wish:
    revision = read_revision()
    reason = typed("reason", 1000)
    if typed("suggested", 3) == "yes" and not reason.strip():
        reason = SUGGESTION_TAKEN
    return Wish(case.ticket, typed("agency", 64), reason, revision, typed("kelurahan", 100))


def _answer(outcome: Outcome) -> Any:
    case = outcome.case
    if outcome.ending is Ending.CONFLICT:
        return render_template("conflict.html", case=case, outcome=outcome), 409
    if outcome.ending is Ending.DONE:
        flash(f"Laporan {case.ticket} sudah diserahkan ke {case.agency}.")
    else:
        flash(f"Laporan {case.ticket} sudah Anda serahkan ke {case.agency}. Tidak ada yang dikirim dua kali.")
    if typed("back", 10) == "triage":  # whoever works down the list goes on with the next one
        return redirect(url_for("triage.waiting"), 303)
    return redirect(url_for("case.show", ticket=case.ticket), 303)


def _found(contact: Contact | None) -> dict[str, Any]:
    return {"contact": contact} if contact is not None else {"contact_missing": True}


def content_of(desk: Desk, case: Case) -> dict[str, Any]:
    """What the page of a case shows."""
    person = me()
    view = text_view(person, case.identity)
    with desk.spine.database.read() as connection:
        happenings = timeline.of_case(connection, case.complaint_id)
        said_later = additions.additions_of(connection, case.complaint_id)
        joined, followers = additions.followers_of(connection, case.complaint_id)
        answered = answers.answers_of(connection, case.complaint_id)
        rating = answers.rating_of(connection, case.complaint_id)
    hide = None if view is TextView.WHOLE else mask
    reads = view is not TextView.NONE
    agencies = choices(desk, desk.spine.clock.now())
    return {
        "case": case,
        "reads": reads,
        "masked": view is TextView.MASKED,
        "pieces": marked(case.text, spans_of(case.decision.get("reasons", ())), hide) if reads and case.text else [],
        "matters": [
            (part["agency"], stretch(case.text or "", (part["start"], part["end"]), hide))
            for part in case.decision.get("parts", ())
        ],
        "place_detail": (hide or str)(case.place_detail) if reads else "",
        "happenings": happenings,
        "additions": said_later if reads else [],
        "photos": photos_of(case, said_later, followers) if reads else [],
        "joined": joined,
        "followers": followers if reads else [],
        "answers": {answer.number: answer.text for answer in answered} if reads else {},
        "rating": rating,
        "may_work": may(person, Act.WORK) and case.state not in (TRIAGE, CLOSED),
        "most_answer": MOST_ANSWER,
        "last_assignment": next((h for h in reversed(happenings) if h.act == "assigned"), None),
        "may_reveal": may_reveal_contact(person, case),
        "agencies": agencies,
        "valid": {entry.code for entry in agencies},
        "areas": desk.pack.areas,
        "errors": {},
        "wish": None,
    }
