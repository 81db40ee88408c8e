"""Audit rows as a file that spreadsheets open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from services.desk.auditing.reading import Line
from shared.csv_text import BOM, csv_text

COLUMNS = ("at", "service", "seq", "actor", "role", "act", "subject", "reason", "details", "state", "seal")


def write_lines(pages: Iterator[Sequence[Line]]) -> Iterator[str]:
    """A line of names, then one for each row; times in UTC."""
    yield BOM + csv_text([COLUMNS])
    for page in pages:
        yield csv_text(_cells(line) for line in page)


def _cells(line: Line) -> tuple[str, ...]:
    row, seal = line.row, line.seal
    details = json.dumps(row["details"], ensure_ascii=False, sort_keys=True)
    words = (row[name] for name in ("actor", "role", "act", "subject", "reason"))
    number = str(seal.n) if seal else ""
    return (row["at"].isoformat(), line.service, str(row["seq"]), *words, details, str(line.state), number)
