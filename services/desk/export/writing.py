"""Records as CSV that spreadsheets open safely, or as JSON; in pieces, so that no export fills the memory. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.desk.export.record import COLUMNS

_BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(pieces: Iterable[list[dict[str, str]]]) -> Iterator[str]:
    """A line of names, then one for each record; a piece of text for each piece of records."""
    yield _BOM + _lines([dict(zip(COLUMNS, COLUMNS, strict=True))])
    for piece in pieces:
        yield _lines(piece)


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


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: a citizen's words must not become a program there."""
    return f"'{cell}" if cell.lstrip(" \n\v\f\u00a0\ufeff")[:1] in _FORMULA or cell[:1] in _FORMULA else cell


def _lines(records: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    for record in records:
        writer.writerow([harmless(record[name]) for name in COLUMNS])
    return text.getvalue()
