"""The agencies as options of a form's list. A page may have many such lists: each option is written once."""

from __future__ import annotations

from collections.abc import Iterable
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
    written: dict[str, str] = g.setdefault("agency_options", {})
    parts = []
    for kind, entries in groupby(agencies, key=lambda entry: entry.kind):
        parts.append(f'<optgroup label="{escape(say(_GROUPS[kind]))}">')
        for entry in entries:
            if entry.code == without:
                continue
            if entry.code not in written:
                code = escape(entry.code)
                written[entry.code] = f'<option value="{code}">{escape(entry.name)} ({code})</option>'
            option = written[entry.code]
            parts.append(option.replace("<option", "<option selected", 1) if entry.code == chosen else option)
        parts.append("</optgroup>")
    return Markup("\n".join(parts))  # noqa: S704 - what comes from the directory is escaped above
