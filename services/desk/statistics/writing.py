"""Lines of statistics as CSV that spreadsheets open safely, or as JSON. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.desk.export.writing import harmless
from services.desk.statistics.report import MEASURES, Line

_SECONDS = ("answer_median", "answer_p90", "close_median", "close_p90")
NAMES = ("value", *(f"{name}_seconds" if name in _SECONDS else name for name in MEASURES), "rated")


def record(line: Line) -> dict[str, Any]:
    """Durations in seconds, shares from 0 to 1, what is not known as None."""
    found: dict[str, Any] = {"value": line.value}
    for name, measure in MEASURES.items():
        value = measure(line.sum)
        found[f"{name}_seconds" if name in _SECONDS else name] = round(value, 4) if value is not None else None
    return {**found, "rated": line.sum.rated}


def write_csv(lines: Iterable[Line]) -> str:
    """With the mark at its beginning by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(NAMES)
    for line in lines:
        told = record(line)
        writer.writerow(["" if told[name] is None else harmless(str(told[name])) for name in NAMES])
    return "\ufeff" + text.getvalue()


def write_json(lines: Iterable[Line], about: Mapping[str, Any]) -> str:
    return json.dumps({**about, "lines": [record(line) for line in lines]}, ensure_ascii=False) + "\n"
