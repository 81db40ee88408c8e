"""What pages of statistics call periods, values and columns."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Blueprint
from markupsafe import Markup, escape

from services.desk import wording
from services.desk.directory.repository import Entry
from services.desk.statistics.figure import OFFICES_OF_PLACES
from services.desk.statistics.report import MEASURES
from services.desk.statistics.sums import AGENCY, CHANNEL, KECAMATAN, KELURAHAN, KIND, Sum
from services.desk.views.display import known_agencies
from shared.sentences import sentence
from shared.web.languages import say, tongue

DIMENSIONS = {
    AGENCY: sentence("Instansi"), KIND: sentence("Jenis"), KECAMATAN: sentence("Kecamatan"),
    KELURAHAN: sentence("Kelurahan"), CHANNEL: sentence("Saluran"),
}  # fmt: skip
COLUMNS = {
    "received": sentence("Diterima"),
    "open": sentence("Masih terbuka"),
    "answer_median": sentence("Jawaban pertama, median"),
    "answer_p90": sentence("Jawaban pertama, 90 persen paling lama"),
    "close_median": sentence("Selesai, median"),
    "close_p90": sentence("Selesai, 90 persen paling lama"),
    "respond": sentence("Dibuka tepat waktu"),
    "settle": sentence("Dijawab tepat waktu"),
    "reopened": sentence("Dibuka kembali"),
    "satisfaction": sentence("Kepuasan (1–5)"),
}
NOBODY, UNKNOWN = sentence("Belum ada instansi"), sentence("Tidak diketahui")
NONE_YET = sentence("belum ada")
_FORMS = {
    **dict.fromkeys(("answer_median", "answer_p90", "close_median", "close_p90"), "span"),
    **dict.fromkeys(("respond", "settle"), "percent"),
}  # fmt: skip
_HOURS_FROM, _DAYS_FROM = 3600, 2 * 86_400
"""Seconds."""


def install_wording(blueprint: Blueprint) -> None:
    for name, filter_ in (("period", period), ("short_period", short_period), ("office_name", office_name)):
        blueprint.add_app_template_filter(filter_, name)
    blueprint.add_app_template_global(value_name, "statistics_value")
    blueprint.add_app_template_global(cells, "statistics_cells")
    blueprint.add_app_template_global(row_cells, "statistics_row")
    blueprint.add_app_template_global(DIMENSIONS, "statistics_dimensions")  # type: ignore[arg-type]
    blueprint.add_app_template_global(COLUMNS, "statistics_columns")  # type: ignore[arg-type]


def cells(one: Sum) -> list[str]:
    """What a sum says in each of `COLUMNS`. A page has a thousand of them, so no macro makes them."""
    language = tongue()
    plain = {name: measure(one) for name, measure in MEASURES.items() if name != "satisfaction"}
    said = [_shown(_FORMS.get(name, "number"), value, language) for name, value in plain.items()]
    return [*said, _satisfaction(one, language)]


def row_cells(one: Sum) -> Markup:
    """The same as cells of a table."""
    return Markup("").join(Markup(f'<td class="number">{escape(cell)}</td>') for cell in cells(one))  # noqa: S704


@lru_cache(maxsize=8192)
def _shown(form: str, value: float | None, language: str) -> str:
    """`language` is that of the request: it only keeps the languages apart."""
    if value is None:
        return Markup('<span aria-hidden="true">–</span><span class="hidden-words">{}</span>').format(say(NONE_YET))
    if form == "percent":
        return f"{_written(value * 100, 1, language)}%"
    if form == "number":
        return _written(value, 0, language)
    if value < _HOURS_FROM:
        return say(sentence("%(number)s menit", number=_written(value / 60, 0, language)))
    if value < _DAYS_FROM:
        return say(sentence("%(number)s jam", number=_written(value / 3600, 0, language)))
    return say(sentence("%(number)s hari", number=_written(value / 86400, 1, language)))


def _satisfaction(one: Sum, language: str) -> str:
    if one.satisfaction is None:
        return _shown("number", None, language)
    return Markup(f"{_written(one.satisfaction, 2, language)} <small>{escape(_rated(one.rated, language))}</small>")  # noqa: S704


@lru_cache(maxsize=8192)
def _rated(count: int, language: str) -> str:
    return say(sentence("dari %(count)s", count=_written(count, 0, language)))


def _written(value: float, digits: int, language: str) -> str:
    return _decimal(round(value, digits) if digits else round(value), language)


@lru_cache(maxsize=16384)
def _decimal(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


def period(told: str) -> str:
    """`2026-11` as `November 2026`; a year as it is."""
    return _month(told, "MMMM y", tongue()) if "-" in told else told


def short_period(told: str) -> str:
    return _month(told, "MMM yy", tongue()) if "-" in told else told


@lru_cache(maxsize=4096)
def _month(told: str, form: str, language: str) -> str:
    return format_date(date(int(told[:4]), int(told[5:]), 1), form, locale=language)


def office_name(office: str) -> str:
    """An agency's name, or that of the office of a place."""
    code, _, place = office.partition(" ")
    known = known_agencies().get(code)
    if place and code in OFFICES_OF_PLACES:
        return f"{code.capitalize()} {place}"
    return known.name if isinstance(known, Entry) else office


def value_name(dimension: str, value: str) -> str:
    """What the value of a dimension is called; an empty one is known to nobody."""
    if not value:
        return NOBODY if dimension == AGENCY else UNKNOWN
    if dimension == AGENCY:
        return office_name(value)
    known = {KIND: wording.KINDS, CHANNEL: wording.CHANNELS}.get(dimension, {})
    return known.get(value, value)
