"""What the month of an agency came to, as a page to be printed and signed."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template

from services.desk.desk import Desk
from services.desk.directory.listing import heads_of
from services.desk.people.person import scope_of
from services.desk.statistics.report import MOST_LATE, recap
from services.desk.statistics.wanted import is_month, month_of, number_of, own_office
from services.desk.views.access import me
from services.desk.views.display import known_agencies


def recap_page(desk: Desk, office: str, month: str, this_month: str) -> Any:
    """404 for a month that has not begun, and alike for an agency that there is not or that is not one's own."""
    own = own_office(me())
    code = office.partition(" ")[0]
    if not is_month(month) or month > this_month or own not in (None, office) or code not in known_agencies():
        abort(404)
    now = desk.spine.clock.now()
    with desk.spine.database.read() as connection:
        found = recap(connection, office, month, confidential=scope_of(me()).confidential)
        heads = heads_of(connection, code, now) if code == office else []
    number = number_of(month)
    return render_template(
        "statistics_recap.html", office=office, month=month, found=found, heads=heads, now=now, most_late=MOST_LATE,
        before=month_of(number - 1), after=month_of(number + 1) if month < this_month else None,
    )  # fmt: skip
