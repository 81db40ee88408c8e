"""The first page and the lists of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.desk.desk import Desk
from services.desk.inbox.listing import MOST_COUNTED, counts, newest
from services.desk.inbox.news import INBOX, keys_now
from services.desk.inbox.visits import visit
from services.desk.inbox.wanted import Wanted, read_wanted
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.bulk import offered_to
from services.desk.views.display import choices
from services.desk.views.filtering import SORTS, chips_of, chips_of_line, fields_of, moment_of, sought_in, tabs_of
from services.desk.views.forms import asked
from shared.contracts.fields import ARCHIVE_REASONS

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
        wanted = sought_in(desk, read_wanted(asked, bound=me().bound_to_agency))
        return render_template("cases.html", **_content(desk, wanted))

    return blueprint


def _content(desk: Desk, wanted: Wanted) -> dict[str, Any]:
    person, moment = me(), moment_of(desk)
    before = visit(desk.spine.database, person.login, moment.now) if person.bound_to_agency else None
    with desk.spine.database.read() as connection:
        page = newest(connection, person, wanted, moment)
        counted = counts(connection, person, moment)
        keys = keys_now(connection, person, INBOX)
    return {
        "page": page,
        "wanted": wanted,
        "tabs": tabs_of(wanted, person, counted),
        "most_counted": MOST_COUNTED,
        "narrowed": chips_of(desk, wanted),
        "fields": fields_of(desk, person),
        "agencies": choices(desk, moment.now),
        "chip_of": lambda line: chips_of_line(desk, line),
        "before": before,
        "keys": keys,
        "bulk": offered_to(person),
        "archive_reasons": ARCHIVE_REASONS,
        "sorts": SORTS,
        "is_new": lambda line: bool(before and line.state == "forwarded" and line.updated_at > before),
    }
