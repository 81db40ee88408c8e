"""The agencies as options of a form's list: written once for as long as the directory stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from services.desk.directory.repository import Entry
from shared.sentences import sentence
from shared.web.languages import say, tongue

_GROUPS = {
    "internal": sentence("Perangkat daerah"),
    "external": sentence("Badan di luar pemerintah kota"),
}
_MOST = 60
"""Lists that are kept, in all languages."""


class Choices(tuple[Entry, ...]):
    """Agencies to choose from; all of a kind stand together. Equal to itself only, so that it may be a key."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True)
class _Written:
    options: Mapping[str, str]
    whole: str


_written: dict[tuple[Choices, str, str], _Written] = {}


def agency_options(agencies: Choices, chosen: str | None = "", without: str | None = None, only: str = "") -> Markup:
    """In groups by kind, in the order in which they come. `without`: all but that one; `only`: those of that kind."""
    found = _list_of(agencies, only)
    told = found.whole
    if without and without in found.options:
        told = told.replace(found.options[without] + "\n", "", 1)
    if chosen and chosen in found.options:
        told = told.replace(found.options[chosen], found.options[chosen].replace("<option", "<option selected", 1), 1)
    return Markup(told)  # noqa: S704 - what comes from the directory is escaped below


def _list_of(agencies: Choices, only: str) -> _Written:
    key = agencies, only, tongue()
    found = _written.get(key)
    if found is None:
        if len(_written) >= _MOST:
            _written.clear()
        found = _written[key] = _write([entry for entry in agencies if only in ("", entry.kind)])
    return found


def _write(agencies: list[Entry]) -> _Written:
    options = {entry.code: _option(entry.code, entry.name) for entry in agencies}
    parts = []
    for kind, entries in groupby(agencies, key=lambda entry: entry.kind):
        inside = "".join(f"{options[entry.code]}\n" for entry in entries)
        parts.append(f'<optgroup label="{escape(say(_GROUPS[kind]))}">\n{inside}</optgroup>')
    return _Written(options, "\n".join(parts))


def _option(code: str, name: str) -> str:
    shown = escape(code)
    return f'<option value="{shown}">{escape(name)} ({shown})</option>'
