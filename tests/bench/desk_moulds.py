"""Moulds of cases: all rows of a case that the program wrote, with slots where one case differs from the next.

Casting fills the slots: names, moment within the hour, office, place and texts. A cast case is what the program would
have written, had all that happened to the case with these names (`tests/integration/test_desk_rebuild.py` compares).
"""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Table, select

from services.desk import tables
from services.desk.deadlines.keeping import TIMER
from shared.observability.logs import silence_logs
from shared.storage.types import UtcDateTime
from tests.bench.desk_actors import LATITUDE, LONGITUDE, MINE, OTHER, Names, Stage, StillClock, cimahi
from tests.bench.desk_story import story_of

TIMERS = tables.messaging.timers
CAST = (tables.cases, tables.case_contents, tables.case_events, tables.case_clocks, tables.case_copies, TIMERS)
"""The tables of which a mould has rows. Audit rows and messages are left out: no page of cases reads them."""
MOMENT = ":37:07.777777"
_NAMES = Names()
_AS_THEY_ARE = {
    "id": _NAMES.id, "ticket": _NAMES.ticket, "contact": _NAMES.contact, "moment": MOMENT,
    "mine": _NAMES.mine, "mine_low": _NAMES.mine.lower(), "other": _NAMES.other, "other_low": _NAMES.other.lower(),
    "kecamatan": _NAMES.kecamatan, "kelurahan": _NAMES.kelurahan,
    "latitude": str(LATITUDE), "longitude": str(LONGITUDE),
}  # fmt: skip
_BY_NAME = {token: slot for slot, token in _AS_THEY_ARE.items()}
_SLOT = re.compile("|".join([*map(re.escape, sorted(_BY_NAME, key=len, reverse=True)), r"teksx\d\dx"]))
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
RECENT_DAYS = 60
ALL_DAYS = 3 * 365


@dataclass(frozen=True)
class Template:
    """Lines of PostgreSQL's COPY text; `pieces` alternate between what stands fast and the names of slots."""

    pieces: tuple[str, ...]

    @staticmethod
    def of(text: str) -> Template:
        pieces, end = list[str](), 0
        for found in _SLOT.finditer(text):
            pieces += [text[end : found.start()], _BY_NAME.get(found.group(), found.group())]
            end = found.end()
        return Template((*pieces, text[end:]))

    def cast(self, values: Mapping[str, str]) -> str:
        filled = list(self.pieces)
        filled[1::2] = [values[slot] for slot in self.pieces[1::2]]
        return "".join(filled)


@dataclass(frozen=True)
class Mould:
    """`hour` in which the case was received. `share`: its part of all cases. `texts` are its slots for texts."""

    hour: datetime
    share: float
    templates: tuple[Template, ...]
    texts: tuple[str, ...]


def make_moulds(number: int, seed: int, until: datetime, *, processes: int = 2) -> list[Mould]:
    """In the order in which they were received. Half are of the last weeks, where nearly all open cases are."""
    parts = [(number // processes, seed * 1000 + part, until) for part in range(processes)]
    if processes == 1:
        found = [_make_part(parts[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            found = pool.map(_make_part, parts)
    return sorted((mould for part in found for mould in part), key=lambda mould: mould.hour)


def _make_part(wanted: tuple[int, int, datetime]) -> list[Mould]:
    silence_logs()
    number, seed, until = wanted
    random, moulds = Random(seed), list[Mould]()
    with stage(until) as played:
        while len(moulds) < number:
            recent = len(moulds) % 2 == 0
            days = random.uniform(0, RECENT_DAYS) if recent else random.uniform(RECENT_DAYS, ALL_DAYS)
            story = story_of(random, until - timedelta(days=days), until)
            if not story:
                continue
            names = Names(id=f"{_NAMES.id}{len(moulds)}.", ticket=f"{_NAMES.ticket}{len(moulds)}.")
            played.play(story, until, names)
            share = RECENT_DAYS / ALL_DAYS if recent else 1 - RECENT_DAYS / ALL_DAYS
            moulds.append(mould_of(played, names, share * 2 / number))
    return moulds


@contextmanager
def stage(until: datetime, url: str = "") -> Iterator[Stage]:
    """For stories with the agencies of moulds, on a database in memory unless one is named."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        opened = Stage(url or f"sqlite:///{folder}/desk.db", cimahi(MINE, OTHER), StillClock(until))
        try:
            yield opened
        finally:
            opened.close()


def mould_of(played: Stage, names: Names, share: float = 1.0) -> Mould:
    """Of the case with these names; its agencies and places are those of `Names()`."""
    texts = [_lines(table, rows) for table, rows in rows_of(played, names.id).items()]
    usual = [text.replace(names.ticket, _NAMES.ticket).replace(names.id, _NAMES.id) for text in texts]
    templates = tuple(map(Template.of, usual))
    with played.database.read() as connection:
        which = tables.cases.c.complaint_id == names.id
        received_at = connection.execute(select(tables.cases.c.received_at).where(which)).scalar_one()
    slots = {slot for template in templates for slot in template.pieces[1::2]}
    return Mould(received_at, share, templates, tuple(sorted(slots - set(_AS_THEY_ARE))))


def rows_of(played: Stage, complaint_id: str) -> dict[Table, list[Mapping[str, Any]]]:
    """All that is kept of a case, table by table, in the order of their keys."""
    found: dict[Table, list[Mapping[str, Any]]] = {}
    with played.database.read() as connection:
        for table in CAST:
            mine = table.c.complaint_id == complaint_id if table is not TIMERS else table.c.key == complaint_id
            which = mine if table is not TIMERS else mine & (table.c.kind == TIMER)
            ordered = select(*table.c).where(which).order_by(*table.primary_key.columns)
            found[table] = [dict(row) for row in connection.execute(ordered).mappings()]
    return found


def rows_in(table: Table, lines: str) -> Iterator[dict[str, Any]]:
    """Lines of COPY text as rows again, for databases that know no COPY."""
    for line in lines.splitlines():
        fields = zip(table.c, line.split("\t"), strict=True)
        yield {column.name: _value(column, field) for column, field in fields}


def _lines(table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join("\t".join(_field(row[column.name]) for column in table.c) + "\n" for row in rows)


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value).translate(_ESCAPED)


def _value(column: Column[Any], field: str) -> Any:
    if field == "\\N":
        return None
    text = _WRITTEN.sub(lambda found: _ESCAPES[found.group()], field)
    if isinstance(column.type, JSON):
        return json.loads(text)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(text)
    if isinstance(column.type, Boolean):
        return text == "t"
    return column.type.python_type(text)


_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}
_WRITTEN = re.compile(r"\\[\\nrt]")
