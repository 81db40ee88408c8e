"""Cases for the national system, to be saved as a file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request

from services.desk.desk import Desk
from services.desk.export.acts import export, file_name
from services.desk.export.reading import Exporter
from services.desk.export.wanted import CSV, FORMATS, Wanted, read_wanted
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from shared.errors import Refused

_MEDIA_TYPES = {CSV: "text/csv; charset=utf-8"}


def export_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("export", __name__)
    zone = ZoneInfo(desk.pack.city.timezone)
    exporter = Exporter(desk.spine.database, desk.pack.sp4n, zone)

    def wanted_of(given: Any) -> Wanted:
        wanted = read_wanted(given, desk.spine.clock.now().astimezone(zone).date())
        own = me().agency if me().bound_to_agency else None
        return wanted if own is None else Wanted(wanted.first, wanted.last, own, wanted.number)

    def page(given: Any, wanted: Wanted | None, errors: dict[str, str]) -> str:
        return render_template(
            "export.html",
            given=given,
            wanted=wanted,
            span=_days(wanted, zone) if wanted else None,
            counted=exporter.count(wanted) if wanted else None,
            errors=errors,
            agencies=choices(desk, desk.spine.clock.now()),
        )

    @blueprint.get("/export")
    @needs(Act.EXPORT)
    def ask() -> Any:
        given = {name: request.args.get(name, "")[:64] for name in ("from", "to", "agency", "sp4n")}
        try:
            wanted = wanted_of(given)
        except Refused as error:
            return page(given, None, error.fields), 422
        return page(wanted.as_dict(), wanted, {})

    @blueprint.post("/export")
    @needs(Act.EXPORT)
    def save() -> Any:
        form = request.form.get("format", "")
        if form not in FORMATS:
            abort(400)
        given = {name: request.form.get(name, "")[:64] for name in ("from", "to", "agency", "sp4n")}
        try:
            wanted = wanted_of(given)
        except Refused as error:
            return page(given, None, error.fields), 422
        _, pieces = export(exporter, desk.spine.clock, wanted, form, actor=me().login, role=me().role)
        answer = Response((piece.encode() for piece in pieces), content_type=_MEDIA_TYPES.get(form, "application/json"))
        answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(wanted, form)}"'
        return answer

    return blueprint


def _days(wanted: Wanted, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A moment of the first and one of the last day, for the page to say which days they are."""
    begins, ends = wanted.span(zone)
    return begins, ends - timedelta(seconds=1)
