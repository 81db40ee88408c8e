"""The first page and the lists of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.desk.desk import Desk
from services.desk.inbox.listing import MOST_COUNTED, newest, standing
from services.desk.inbox.visits import visit
from services.desk.inbox.wanted import Wanted, read_wanted
from services.desk.people.person import Act, TextView, text_view
from services.desk.views.access import me, needs
from services.desk.views.bulk import offered_to
from services.desk.views.display import choices
from services.desk.views.filtering import SORTS, chips_of, fields_of, is_placed, moment_of, sought_in, tabs_of
from services.desk.views.forms import asked
from services.desk.views.lines import rows_of
from shared.contracts.fields import ARCHIVE_REASONS

_HOMES = {"coordinator": "triage.waiting", "secretary": "triage.waiting", "operator": "console.show"}


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
        around = standing(connection, person, moment)
    return {
        "page": page,
        "rows": rows_of(desk, page.lines, before, moment.now),
        "reads": text_view(person, "open") is not TextView.NONE,
        "wanted": wanted,
        "tabs": tabs_of(wanted, person, around.counted),
        "most_counted": MOST_COUNTED,
        "narrowed": chips_of(desk, wanted),
        "fields": fields_of(desk.pack.areas, bound=person.bound_to_agency, placed=is_placed(person)),
        "agencies": choices(desk, moment.now),
        "keys": around.keys,
        "bulk": offered_to(person),
        "archive_reasons": ARCHIVE_REASONS,
        "sorts": SORTS,
    }
