"""The agencies as options of a form's list. A page may have many such lists: what they share is written once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from flask import g
from markupsafe import Markup, escape

from services.desk.directory.repository import Entry
from shared.sentences import sentence
from shared.web.languages import say

_GROUPS = {
    "internal": sentence("Perangkat daerah"),
    "external": sentence("Badan di luar pemerintah kota"),
}


def agency_options(agencies: Iterable[Entry], chosen: str | None = "", without: str | None = None) -> Markup:
    """In groups by kind, in the order in which they come; all of a kind stand together. `without`: all but that one."""
    lists: dict[tuple[object, ...], tuple[object, Markup]] = g.setdefault("agency_options", {})
    wanted = id(agencies), chosen, without
    if wanted not in lists:
        lists[wanted] = agencies, _written(agencies, chosen, without)  # kept as well, else its id may be another's
    return lists[wanted][1]


def _written(agencies: Iterable[Entry], chosen: str | None, without: str | None) -> Markup:
    parts = []
    for kind, entries in groupby(agencies, key=lambda entry: entry.kind):
        parts.append(f'<optgroup label="{escape(say(_GROUPS[kind]))}">')
        for entry in entries:
            if entry.code != without:
                parts.append(_option(entry.code, entry.name, entry.code == chosen))
        parts.append("</optgroup>")
    return Markup("\n".join(parts))  # noqa: S704 - what comes from the directory is escaped below


@lru_cache(maxsize=4096)
def _option(code: str, name: str, is_chosen: bool) -> str:
    shown = escape(code)
    return f'<option{" selected" if is_chosen else ""} value="{shown}">{escape(name)} ({shown})</option>'
