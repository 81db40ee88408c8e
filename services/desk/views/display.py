"""What every template can use: times of the city, names of agencies, words for codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, url_for
from markupsafe import Markup, escape

from services.desk import wording
from services.desk.cases import telling as timeline_wording
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.directory.known import KnownAgencies
from services.desk.directory.repository import Entry
from services.desk.people.person import Act, may
from services.desk.sending import wording as delivery_wording
from services.desk.views.agency_options import agency_options
from shared.web.languages import Languages, available

TRANSLATIONS = Path(__file__).parents[1] / "translations"
LANGUAGE_COOKIE = "tanggap_desk_language"
_KNOWN = "tanggap_known_agencies"


def install_display(app: Flask, desk: Desk) -> None:
    zone = ZoneInfo(desk.pack.city.timezone)
    languages = Languages(zone, available(TRANSLATIONS), TRANSLATIONS, LANGUAGE_COOKIE)
    languages.install(app)
    app.extensions[_KNOWN] = KnownAgencies(desk.spine.database)

    def agency_name(code: str | None) -> str:
        entry = known_agencies().get(code or "")
        return entry.name if entry else wording.recipient(code or "")

    def short_name(code: str) -> str:
        """The city's own offices go by their codes; a body outside is called by its name."""
        entry = known_agencies().get(code)
        return entry.name if entry and entry.kind == "external" else code

    app.jinja_env.globals.update(agency_options=agency_options, case_url=case_url)
    app.jinja_env.filters["short_name"] = short_name

    def time_tag(at: datetime) -> Markup:
        """Written here and not in a template: a page has dozens of them."""
        return Markup(f'<time datetime="{at.isoformat()}">{escape(languages.local_moment(at))}</time>')  # noqa: S704

    app.jinja_env.filters["time_tag"] = time_tag
    app.jinja_env.filters["moment"] = languages.local_moment
    app.jinja_env.filters["agency_name"] = agency_name
    app.jinja_env.filters["excerpt"] = excerpt
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def common() -> dict[str, Any]:
        person = g.get("person")
        return {
            "me": person,
            "can": {act.value: bool(person and may(person, act)) for act in Act},
            "city": desk.pack.city,
            "demo": desk.demo,
            "wording": wording,
            "telling": timeline_wording,
            "delivery_wording": delivery_wording,
        }


def agency_title(desk: Desk, case: Case) -> str:
    """Who has the case, as citizens know that office; one that every place has is named with its place."""
    entry = known_agencies().get(case.agency or "")
    place = {"kelurahan": case.kelurahan, "kecamatan": case.kecamatan}.get(entry.places) if entry else None
    if entry is not None and place:
        return f"{entry.places.capitalize()} {place}"
    return entry.name if entry else ""


def case_url(endpoint: str, ticket: str) -> str:
    """As `url_for` has it, which takes its time: a list has hundreds of addresses."""
    known: dict[str, list[str]] = g.setdefault("case_urls", {})
    if endpoint not in known:
        known[endpoint] = url_for(endpoint, ticket="~").split("~")
    return ticket.join(known[endpoint])


def choices(desk: Desk, now: datetime) -> list[Entry]:
    """The agencies that may be chosen now: those of the city first, each kind by name."""
    valid = [entry for entry in known_agencies().values() if entry.valid_at(now)]
    return sorted(valid, key=lambda entry: (entry.kind == "external", entry.name))


def excerpt(text: str | None, most: int = 180) -> str:
    """The first words on one line."""
    words = " ".join((text or "")[: most * 2].split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def known_agencies() -> Mapping[str, Entry]:
    """The directory by code, asked for once in each request."""
    if "directory" not in g:
        known: KnownAgencies = current_app.extensions[_KNOWN]
        g.directory = known.now()
    found: Mapping[str, Entry] = g.directory
    return found
