"""The first page and the lists of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.desk.cases.case import STATES, TRIAGE
from services.desk.desk import Desk
from services.desk.inbox.listing import Wanted, newest
from services.desk.people.person import Act, Person
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from services.desk.views.forms import asked
from shared.ids import read_ticket

_HOMES = {"coordinator": "triage.waiting", "secretary": "triage.waiting", "operator": "dead.letters"}


def listing_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("listing", __name__)

    @blueprint.get("/")
    @needs(Act.HOME)
    def home() -> Any:
        return redirect(url_for(_HOMES.get(me().role, "listing.cases")), 303)

    @blueprint.get("/cases")
    @needs(Act.SEE_CASES)
    def cases() -> Any:
        person, sought = me(), asked("q", 200)
        wanted = _wanted(person, sought, desk.pack.city.ticket_prefix)
        with desk.spine.database.read() as connection:
            page = newest(connection, person, wanted)
        agencies = [] if person.bound_to_agency else choices(desk, desk.spine.clock.now())
        states = [state for state in STATES if state != TRIAGE or not person.bound_to_agency]
        return render_template("cases.html", page=page, wanted=wanted, sought=sought, agencies=agencies, states=states)

    return blueprint


def _wanted(person: Person, sought: str, prefix: str) -> Wanted:
    ticket = read_ticket(sought, prefix) or ""
    state = asked("state", 20)
    return Wanted(
        ticket=ticket,
        words=() if ticket else tuple(sought.split()),
        state=state if state in STATES else "",
        agency="" if person.bound_to_agency else asked("agency", 64),
        after=asked("after", 90),
    )
