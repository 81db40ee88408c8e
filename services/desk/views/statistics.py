"""What the city counts: pages, tables to be saved, and what an agency's month came to."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act, scope_of
from services.desk.statistics import drawing
from services.desk.statistics.drawing import Chart
from services.desk.statistics.report import Line, Report, report
from services.desk.statistics.spans import MOST_OFF
from services.desk.statistics.sums import KIND
from services.desk.statistics.wanted import BY, COLUMNS, Wanted, month_of, number_of, own_office, read_wanted
from services.desk.statistics.writing import write_csv, write_json
from services.desk.views.access import me, needs
from services.desk.views.display import choices, list_url
from services.desk.views.forms import asked
from services.desk.views.statistics_recap import recap_page
from services.desk.views.statistics_wording import install_wording
from shared.sentences import sentence

_DAY = 86_400
CSV = "csv"


def statistics_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("statistics", __name__)
    zone = ZoneInfo(desk.pack.city.timezone)
    install_wording(blueprint)

    def this_month() -> str:
        return f"{desk.spine.clock.now().astimezone(zone):%Y-%m}"

    def sought() -> tuple[Wanted, Report]:
        wanted = read_wanted(asked, month=this_month(), own=own_office(me()))
        with desk.spine.database.read() as connection:
            return wanted, report(connection, wanted, confidential=scope_of(me()).confidential)

    @blueprint.get("/statistics")
    @needs(Act.SEE_STATISTICS)
    def show() -> Any:
        wanted, found = sought()
        return render_template(
            "statistics.html", wanted=wanted, found=found, pictures=_pictures(found.series), columns=COLUMNS, by=BY,
            bound=own_office(me()) is not None, agencies=choices(desk, desk.spine.clock.now()),
            spans=_spans(this_month()), most_received=max((line.sum.received for line in found.lines), default=0),
            percent_off=ceil(MOST_OFF * 1000) / 10,
            agency_url=_agency_url(wanted),
            recap=url_for("statistics.recap", office=wanted.agency, month=wanted.last) if wanted.agency else None,
        )  # fmt: skip

    @blueprint.get("/statistics.<any(csv, json):form>")
    @needs(Act.SEE_STATISTICS)
    def save(form: str) -> Any:
        """The lines of the page; with `series` those of its pictures."""
        wanted, found = sought()
        lines = found.series if "series" in request.args else found.lines
        if form == CSV:
            answer = Response(write_csv(lines), content_type="text/csv; charset=utf-8")
        else:
            as_of = found.as_of.astimezone(zone).isoformat(timespec="seconds") if found.as_of else None
            about = {"from": wanted.first, "to": wanted.last, "agency": wanted.agency, "by": wanted.by, "as_of": as_of}
            answer = Response(write_json(lines, about), content_type="application/json")
        name = f"statistik_{wanted.first}_{wanted.last}.{form}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @blueprint.get("/statistics/recap/<office>/<month>")
    @needs(Act.SEE_STATISTICS)
    def recap(office: str, month: str) -> Any:
        return recap_page(desk, office, month, this_month())

    return blueprint


def _agency_url(wanted: Wanted) -> Callable[[str], str]:
    """The same page of one agency. A page has a hundred of them."""
    before, after = list_url("statistics.show", wanted.args(agency="~", by=KIND)).split("~")
    return lambda agency: f"{before}{quote_plus(agency)}{after}"


def _spans(month: str) -> list[tuple[str, str, str]]:
    """Spans of time that are often asked for: label, first and last month."""
    number, year = number_of(month), int(month[:4])
    before = month_of(number - 1)
    return [
        (sentence("Bulan ini"), month, month),
        (sentence("Bulan lalu"), before, before),
        (sentence("12 bulan terakhir"), month_of(number - 11), month),
        (sentence("Tahun ini"), f"{year}-01", month),
        (sentence("Tahun lalu"), f"{year - 1}-01", f"{year - 1}-12"),
        (sentence("10 tahun terakhir"), month_of(number - 119), month),
    ]


def _pictures(series: Any) -> dict[str, Chart]:
    return {
        "received": drawing.columns([line.sum.received for line in series]),
        "answer": drawing.curves(*(_days(series, "answer", share) for share in (0.5, 0.9))),
        "close": drawing.curves(*(_days(series, "close", share) for share in (0.5, 0.9))),
        "settle": drawing.curves([_percent(line) for line in series], top=100),
    }


def _days(series: list[Line], what: str, share: float) -> list[float | None]:
    found = [line.sum.quantile(what, share) for line in series]
    return [None if seconds is None else seconds / _DAY for seconds in found]


def _percent(line: Line) -> float | None:
    return None if line.sum.settle_share is None else line.sum.settle_share * 100
