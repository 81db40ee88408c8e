"""Open data: how many complaints there were, by month, for everybody to read and to reuse. No session, no script."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask import Blueprint, Response, abort, render_template, request
from flask_babel import get_locale

from services.intake import repository_open_data, wording
from services.intake.repository_open_data import COLUMNS, OpenYear
from services.intake.web.kept import kept
from services.intake.web.pages import Pages
from shared.csv_text import BOM, csv_text
from shared.storage.database import Database
from shared.web.languages import say

_SECONDS = 3600
"""How long others may keep it: a month's numbers never change."""


@dataclass(frozen=True)
class OpenDataViews:
    database: Database
    pages: Pages

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("open_data", __name__)
        blueprint.add_url_rule("/open-data", "show", self.show, methods=["GET"])
        blueprint.add_url_rule("/open-data/<int(fixed_digits=4):year>.csv", "csv", self.csv, methods=["GET"])
        blueprint.add_url_rule("/open-data/<int(fixed_digits=4):year>.json", "json", self.json, methods=["GET"])
        return blueprint

    def show(self) -> Any:
        """The latest year, or the one that was asked for if there is anything of it."""
        asked = request.args.get("year", "")
        with self.database.read() as connection:
            years = repository_open_data.years(connection)
            chosen = next((year for year in years if str(year) == asked), years[0] if years else None)
            found = repository_open_data.of_year(connection, chosen) if chosen else OpenYear({}, [])
        page = render_template(
            "open_data.html", years=years, chosen=chosen, months=list(_months(found)), values=_values(found),
            **self.pages.common(),
        )  # fmt: skip
        return kept(page, _SECONDS)

    def csv(self, year: int) -> Any:
        """A line for each number that shows; 404 for a year of which nothing is open."""
        rows = ([str(getattr(one, name)) for name in COLUMNS] for one in self._year(year).counts)
        text = BOM + csv_text([COLUMNS]) + csv_text(rows)
        return kept(Response(text, content_type="text/csv; charset=utf-8"), _SECONDS)

    def json(self, year: int) -> Any:
        found = self._year(year)
        told = {
            "city": self.pages.pack.city.name,
            "year": year,
            "least": 5,
            "months": {month: at.isoformat(timespec="seconds") for month, at in sorted(found.months.items())},
            "counts": [asdict(one) for one in found.counts],
        }
        return kept(Response(json.dumps(told, ensure_ascii=False) + "\n", content_type="application/json"), _SECONDS)

    def _year(self, year: int) -> OpenYear:
        with self.database.read() as connection:
            found = repository_open_data.of_year(connection, year)
        if not found.months:
            abort(404)
        return found


def _months(found: OpenYear) -> Any:
    """Each open month with its total, None where that is hidden."""
    totals = {one.month: one.number for one in found.counts if one.dimension == "total" and not one.kind}
    for month in sorted(found.months):
        day = date(int(month[:4]), int(month[5:]), 1)
        yield format_date(day, "MMMM y", locale=get_locale()), totals.get(month)


def _values(found: OpenYear) -> dict[str, list[tuple[str, list[tuple[str, int]]]]]:
    """By dimension: the name of a value and, by month, those of its numbers that show."""
    lines: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for one in found.counts:
        if one.dimension != "total" and not one.kind:
            name = say(wording.CHANNELS.get(one.value, one.name)) if one.dimension == "channel" else one.name
            lines.setdefault(one.dimension, {}).setdefault(name, []).append((one.month, one.number))
    return {dimension: sorted(values.items()) for dimension, values in lines.items()}
