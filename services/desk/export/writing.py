"""Records as CSV that spreadsheets open safely, or as JSON; in pieces, so that no export fills the memory. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.desk.export.record import COLUMNS
from shared.csv_text import BOM, csv_text


def write_csv(pieces: Iterable[list[dict[str, str]]]) -> Iterator[str]:
    """A line of names, then one for each record; a piece of text for each piece of records."""
    yield BOM + csv_text([COLUMNS])
    for piece in pieces:
        yield csv_text([record[name] for name in COLUMNS] for record in piece)


def write_json(pieces: Iterable[list[dict[str, str]]], about: Mapping[str, Any]) -> Iterator[str]:
    """`about` with the records under `cases` at the end. Broken off in between it is no valid JSON."""
    head = json.dumps(dict(about), ensure_ascii=False)
    yield head[:-1] + (", " if about else "") + '"cases": ['
    first = True
    for piece in pieces:
        texts = [json.dumps(record, ensure_ascii=False) for record in piece]
        yield ("" if first or not texts else ",\n") + ",\n".join(texts)
        first = first and not texts
    yield "]}\n"
