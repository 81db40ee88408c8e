"""What a city writes to people: templates and phrases of its pack, checked whole when they are read.

`wording/<language>/` holds `phrases.yaml`, what all mails share (`layout.html`, their frame, and `row.html`, a line of
a table), and for each message its parts, for instance `receipt.subject.txt`, `receipt.email.txt`, `receipt.email.html`,
`receipt.sms.txt`. `MESSAGES` says which parts there are and which fields a part may and must use: a template that asks
for anything else is refused before the service starts, not when a citizen waits for it. A text message has no field
for the words of a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from shared.citypack import PackError
from shared.marked_yaml import Problem, Section, read_section, suggest

LAYOUT, ROW = "layout.html", "row.html"
PHRASES = "phrases.yaml"
_MOMENT_FIELDS = ("weekday", "day", "month", "year", "time", "zone")


@dataclass(frozen=True)
class Part:
    """What a template may use, and what it must use."""

    may: frozenset[str]
    must: frozenset[str] = frozenset()


def _part(may: str, must: str = "") -> Part:
    return Part(frozenset(may.split()) | frozenset(must.split()), frozenset(must.split()))


_CASE = "city agency kind place channel received_at identity assignment text why reason attachments"
_COPY = "city agency lead kind place channel received_at identity text why attachments"
_ADDED = "city agency kind place channel received_at identity assignment text what photos added_at by_channel"
_RECEIPT = "city kind place channel received_at identity reporter excerpt attachments asks"
_SECRETS = "ticket tracking_code link emergency_numbers"

MESSAGES: Mapping[str, Mapping[str, Part]] = {
    "receipt": {
        "subject.txt": _part("city", "ticket"),
        "email.txt": _part(_RECEIPT, _SECRETS),
        "email.html": _part(_RECEIPT, _SECRETS),
        "sms.txt": _part("city asks", _SECRETS),
    },
    "follow_receipt": {
        "subject.txt": _part("city", "ticket"),
        "email.txt": _part(_RECEIPT, _SECRETS),
        "email.html": _part(_RECEIPT, _SECRETS),
        "sms.txt": _part("city", _SECRETS),
    },
    "case_addition": {
        "subject.txt": _part("city kind what", "ticket"),
        "email.txt": _part(_ADDED, "ticket link"),
        "email.html": _part(_ADDED, "ticket link"),
    },
    "case_notice": {
        "subject.txt": _part("city kind assignment", "ticket"),
        "email.txt": _part(_CASE, "ticket link"),
        "email.html": _part(_CASE, "ticket link"),
    },
    "case_copy": {
        "subject.txt": _part("city kind", "ticket"),
        "email.txt": _part(_COPY, "ticket link"),
        "email.html": _part(_COPY, "ticket link"),
    },
}
_EXTENDABLE = frozenset(f"{message}.{part}" for message, parts in MESSAGES.items() for part in parts)
_SHARED: Mapping[str, Part] = {LAYOUT: _part("city ticket"), ROW: _part("")}


@dataclass(frozen=True)
class Phrases:
    """Words for codes, and how a moment and a place are written."""

    kinds: Mapping[str, str]
    channels: Mapping[str, str]
    identities: Mapping[str, str]
    place: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str

    def moment_text(self, at: datetime, zone: tzinfo) -> str:
        """In the city's time zone and language, for instance `Selasa, 24 November 2026 pukul 14.05 WIB`."""
        local = at.astimezone(zone)
        return self.moment.format(
            weekday=self.weekdays[local.weekday()],
            day=local.day,
            month=self.months[local.month - 1],
            year=local.year,
            time=local.strftime("%H.%M"),
            zone=local.tzname() or "",
        )

    def place_text(self, kecamatan: str | None, kelurahan: str | None, detail: str | None) -> str:
        """From the spot to the whole; `unknown` when nothing is known."""
        parts = [
            detail or "",
            self.place["kelurahan"].format(kelurahan) if kelurahan else "",
            self.place["kecamatan"].format(kecamatan) if kecamatan else "",
        ]
        return ", ".join(part for part in parts if part) or self.place["unknown"]


@dataclass(frozen=True)
class Wording:
    phrases: Phrases
    _plain: SandboxedEnvironment = field(repr=False)
    _html: SandboxedEnvironment = field(repr=False)

    def render(self, message: str, part: str, fields: Mapping[str, Any]) -> str:
        """Raises `KeyError` for an unknown part, and jinja2's `UndefinedError` when a used field is not given."""
        may = MESSAGES[message][part].may
        environment = self._html if part.endswith(".html") else self._plain
        given = {name: value for name, value in fields.items() if name in may}
        return environment.get_template(f"{message}.{part}").render(given).strip("\n")


def load_wording(directory: Path) -> Wording:
    """Reads `wording/<language>`. Raises `PackError` naming every problem of every file."""
    problems: list[Problem] = []
    names = [f"{message}.{part}" for message, parts in MESSAGES.items() for part in parts]
    sources = {name: _contents(directory, name, problems) for name in (*_SHARED, *names)}
    phrases = _phrases(read_section(PHRASES, _contents(directory, PHRASES, problems), problems))
    plain = _environment(sources, escape=False)
    html = _environment(sources, escape=True)
    for name, part in _SHARED.items():
        _check(html, name, sources[name], part, problems)
    for message, parts in MESSAGES.items():
        for name, part in parts.items():
            environment = html if name.endswith(".html") else plain
            _check(environment, f"{message}.{name}", sources[f"{message}.{name}"], part, problems)
    if problems:
        raise PackError(tuple(problems))
    return Wording(phrases, plain, html)


def _contents(directory: Path, name: str, problems: list[Problem]) -> str:
    try:
        return (directory / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(name, 0, f"The file cannot be read ({type(error).__name__}).", f"Look in {directory}."))
        return ""


def _environment(sources: Mapping[str, str], *, escape: bool) -> SandboxedEnvironment:
    """`autoescape` is for HTML only: in plain mails and text messages `&` is to stay `&`."""
    return SandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _check(environment: SandboxedEnvironment, name: str, source: str, part: Part, problems: list[Problem]) -> None:
    try:
        environment.compile(source, name)
        used = _used(environment, source, name)
    except TemplateSyntaxError as error:
        problems.append(Problem(name, error.lineno, f"The template cannot be read: {error.message}.", ""))
        return
    except TemplateError as error:
        problems.append(Problem(name, 0, f"The template cannot be read: {error}.", ""))
        return
    for unknown in sorted(used - part.may):
        problems.append(Problem(name, 0, f"`{unknown}` cannot be used here.", suggest(unknown, sorted(part.may))))
    for missing in sorted(part.must - used):
        problems.append(Problem(name, 0, f"`{missing}` is missing.", f"Write `{{{{ {missing} }}}}` where it belongs."))


def _used(environment: SandboxedEnvironment, source: str, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The fields that a template uses, itself or by the message that it extends; what all mails share counts apart."""
    tree = environment.parse(source, name)
    used = meta.find_undeclared_variables(tree)
    for other in meta.find_referenced_templates(tree):
        if other in _EXTENDABLE and other not in seen and environment.loader is not None:
            parent = environment.loader.get_source(environment, other)[0]
            message, _, part = other.partition(".")
            used |= _used(environment, parent, other, seen | {name}) & MESSAGES[message][part].may  # else told there
    return used


def _phrases(part: Section) -> Phrases:
    found = Phrases(
        kinds=_words(part, "kinds"),
        channels=_words(part, "channels"),
        identities=_words(part, "identities", needed=("anonymous", "open", "confidential")),
        place=_words(part, "place", needed=("kelurahan", "kecamatan", "unknown")),
        weekdays=_counted(part, "weekdays", 7),
        months=_counted(part, "months", 12),
        moment=part.text("moment"),
    )
    try:
        found.moment.format(**dict.fromkeys(_MOMENT_FIELDS, ""))
    except (KeyError, ValueError, IndexError):
        part.complain("`moment` cannot be used.", f"Known: {', '.join(_MOMENT_FIELDS)}.", part.line_of("moment"))
    part.finish()
    return found


def _words(part: Section, key: str, needed: tuple[str, ...] = ()) -> Mapping[str, str]:
    words = {name: text for name, text, _ in part.pairs(key, required=True)}
    for name in needed:
        if name not in words:
            part.complain(f"`{key}` lacks `{name}`.", f"Add a line `{name}: …`.", part.line_of(key))
    return words


def _counted(part: Section, key: str, count: int) -> tuple[str, ...]:
    words = part.texts(key, required=True)
    if len(words) != count:
        part.complain(f"`{key}` should list {count} names.", "Write them in order.", part.line_of(key))
    return words
