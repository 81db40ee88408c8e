"""One case: read it, give it to an agency, show its contact. What else is done with it: working.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk import repository as cases
from services.desk.cases import machine
from services.desk.cases.acting import Ending, Outcome, perform
from services.desk.cases.agency_acts import acknowledge
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import Assign
from services.desk.cases.denied import note_denied
from services.desk.cases.reveal import Contact, reveal
from services.desk.desk import Desk
from services.desk.directory import repository as agencies
from services.desk.people.person import Act, may_reveal_contact, sees_case
from services.desk.views.access import me, needs
from services.desk.views.case_page import Trial, page
from services.desk.views.forms import typed
from shared.errors import Refused, Transient
from shared.ids import read_ticket
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
SUGGESTION_TAKEN = sentence("Usulan aturan disetujui.")
CONTACT = "contact"
"""The name of its form."""


def case_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("case", __name__)

    @blueprint.get("/cases/<ticket>")
    @needs(Act.SEE_CASES)
    def show(ticket: str) -> Any:
        case = find_case(desk, ticket, bare=True)
        if request.method == "GET" and not _is_fetched_ahead():
            case = _opened(desk, case)
        return page(desk, case)

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


def find_case(desk: Desk, ticket: str, *, bare: bool = False) -> Case:
    """The case, if this person sees it; whoever does not cannot learn that it exists, and is noted. `bare`: without
    its content."""
    case = seen_case(desk, ticket, bare=bare)
    return case if case is not None else abort(404)


def seen_case(desk: Desk, ticket: str, *, bare: bool = False) -> Case | None:
    ticket = read_ticket(ticket, desk.pack.city.ticket_prefix) or ticket[:64]
    with desk.spine.database.read() as connection:
        case = (cases.bare_by_ticket if bare else cases.by_ticket)(connection, ticket)
        is_others = case is not None and not sees_case(me(), case)
        copies = cases.copies_of(connection, case.complaint_id) if case is not None and is_others else ()
    if case is not None and not sees_case(me(), case, copies):
        note_denied(desk.spine, me(), case)
        return None
    return case


def read_revision() -> int:
    revision = typed("revision", 20)
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        abort(400)
    return int(revision)


def _opened(desk: Desk, case: Case) -> Case:
    """With the note that somebody of the agency saw it; that must keep nobody from reading."""
    try:
        return acknowledge(desk.register, me(), case)
    except Transient as error:
        log.warning("case_not_acknowledged", code=error.code)
        return case


def _is_fetched_ahead() -> bool:
    """By a browser that guesses what will be opened next: nobody has read it then."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def _hand_over(desk: Desk, case: Case) -> Any:
    act, revision = _wish(desk, case), read_revision()
    try:
        outcome = perform(desk.register, me(), case.ticket, revision, act)
    except Refused as error:
        return page(desk, case, 422, trial=Trial(act.name, {}, error.fields), wish=act)
    if outcome is None:
        abort(404)
    if outcome.ending is Ending.CONFLICT:
        return _not_as_seen(desk, outcome, act)
    _tell(outcome)
    if typed("back", 10) == "triage":  # whoever works down the list goes on with the next one
        return redirect(url_for("triage.waiting"), 303)
    return redirect(url_for("case.show", ticket=outcome.case.ticket), 303)


def _not_as_seen(desk: Desk, outcome: Outcome, act: Assign) -> Any:
    if typed("back", 10) == "triage":
        return render_template("conflict.html", case=outcome.case, outcome=outcome, wish=act), 409
    trial = Trial(act.name, {"reason": act.reason})
    return page(desk, outcome.case, 409, trial=trial, changed=True, last_change=outcome.last, wish=act)


def _tell(outcome: Outcome) -> None:
    case = outcome.case
    where = {"ticket": case.ticket, "agency": str(case.agency)}
    if outcome.ending is not Ending.DONE:
        flash(sentence(
            "Laporan %(ticket)s sudah Anda serahkan ke %(agency)s. Tidak ada yang dikirim dua kali.", **where
        ))  # fmt: skip
    elif case.state == machine.REFERRED:
        flash(sentence(
            "Laporan %(ticket)s sudah dirujuk ke %(agency)s. Tenggat kota berhenti dihitung.", **where
        ))  # fmt: skip
    else:
        flash(sentence("Laporan %(ticket)s sudah diserahkan ke %(agency)s.", **where))


def _show_contact(desk: Desk, case: Case) -> Any:
    reason, status, errors = typed("contact_reason", 1000), 200, {}
    found: dict[str, Any] = {}
    try:
        found = _found(reveal(desk.spine, desk.contacts, me(), case, reason))
    except Refused as error:
        errors, status = error.fields, 422
    except Transient as error:
        log.warning("contact_not_reached", code=error.code)
        found, status = {"contact_away": True}, 503
    trial = Trial(CONTACT, {"contact_reason": reason[:500]}, errors)
    return page(desk, case, status, trial=trial, **found)


def _wish(desk: Desk, case: Case) -> Assign:
    """Where it is: an office of a place needs that, so the form may add what the case does not know."""
    reason, agency = typed("reason", 1000), typed("agency", 64)
    if typed("suggested", 3) == "yes" and not reason.strip():
        reason = str(SUGGESTION_TAKEN)
    kecamatan, kelurahan = case.kecamatan, case.kelurahan
    with desk.spine.database.read() as connection:
        entry = agencies.one(connection, agency)
    kecamatan_of = {part.name: area.kecamatan for area in desk.pack.areas for part in area.kelurahan}
    told = typed("kelurahan", 100)
    if entry is not None and entry.places and told in kecamatan_of:
        kecamatan, kelurahan = kecamatan_of[told], told
    return Assign(agency, reason, kecamatan, kelurahan)


def _found(contact: Contact | None) -> dict[str, Any]:
    return {"contact": contact} if contact is not None else {"contact_missing": True}
