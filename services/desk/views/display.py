"""What every template can use: times of the city, names of agencies, words for codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from services.desk import wording
from services.desk.cases import telling as timeline_wording
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.directory.known import KnownAgencies
from services.desk.directory.repository import Entry
from services.desk.people.person import AGENCY_ROLES, MAY, Act
from services.desk.sending import wording as delivery_wording
from services.desk.views.agency_options import Choices, agency_options
from services.desk.views.day_strip import day_strip
from services.desk.views.fixed_parts import install_fixed_parts
from shared.web.languages import Languages, available

TRANSLATIONS = Path(__file__).parents[1] / "translations"
_UNQUOTED = "!$'()*,/:;?@"
"""What Werkzeug leaves as it is in a query."""
LANGUAGE_COOKIE = "tanggap_desk_language"
_KNOWN, _CHOICES = "tanggap_known_agencies", "tanggap_choices"


def install_display(app: Flask, desk: Desk) -> None:
    zone = ZoneInfo(desk.pack.city.timezone)
    languages = Languages(zone, available(TRANSLATIONS), TRANSLATIONS, LANGUAGE_COOKIE)
    languages.install(app)
    app.extensions[_KNOWN] = KnownAgencies(desk.spine.database)

    def short_name(code: str) -> str:
        """The city's own offices go by their codes; a body outside is called by its name."""
        entry = known_agencies().get(code)
        return entry.name if entry and entry.kind == "external" else code

    app.jinja_env.globals.update(
        agency_options=agency_options, case_url=case_url, day_strip=day_strip, list_url=list_url,
        csrf_field=csrf_field, rights_of=rights_of, agency_roles=AGENCY_ROLES, city=desk.pack.city, demo=desk.demo,
        wording=wording, telling=timeline_wording, delivery_wording=delivery_wording,
    )  # fmt: skip
    install_fixed_parts(app)
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
        return {"me": person, "can": rights_of(person.role if person else "")}


@cache
def rights_of(role: str) -> Mapping[str, bool]:
    """Every act, and whether that role may do it."""
    return MappingProxyType({act.value: act in MAY.get(role, ()) for act in Act})


def csrf_field() -> Markup:
    """The hidden field that every form has: a page of them writes it once."""
    if "csrf_field" not in g:
        g.csrf_field = Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
    field: Markup = g.csrf_field
    return field


def agency_name(code: str | None) -> str:
    """Of an agency, or what else there is by that code."""
    entry = known_agencies().get(code or "")
    return entry.name if entry else wording.recipient(code or "")


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


def list_url(endpoint: str, args: Mapping[str, str], **more: str) -> str:
    """As `url_for` has it, of a page without a number in its address."""
    known: dict[str, str] = g.setdefault("list_urls", {})
    if endpoint not in known:
        known[endpoint] = url_for(endpoint)
    query = urlencode({**args, **more}, safe=_UNQUOTED)
    return f"{known[endpoint]}?{query}" if query else known[endpoint]


def choices(desk: Desk, now: datetime) -> Choices:
    """The agencies that may be chosen now: those of the city first, each kind by name. The same object as long as
    neither the directory nor the time has changed which they are."""
    known = known_agencies()
    last: _Chosen | None = current_app.extensions.get(_CHOICES)
    if last is None or last.known is not known or not last.since <= now < last.until:
        last = current_app.extensions[_CHOICES] = _choose(known, now)
    return last.choices


@dataclass(frozen=True)
class _Chosen:
    """Of that directory, from one moment until just before the other."""

    known: Mapping[str, Entry]
    since: datetime
    until: datetime
    choices: Choices


def _choose(known: Mapping[str, Entry], now: datetime) -> _Chosen:
    valid = [entry for entry in known.values() if entry.valid_at(now)]
    moments = [at for entry in known.values() for at in (entry.valid_from, entry.valid_to) if at is not None]
    until = min((at for at in moments if at > now), default=datetime.max.replace(tzinfo=UTC))
    chosen = Choices(sorted(valid, key=lambda entry: (entry.kind == "external", entry.name)))
    return _Chosen(known, now, until, chosen)


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
