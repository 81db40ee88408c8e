"""Lines of statistics as CSV that spreadsheets open safely, or as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.desk.statistics.report import MEASURES, Line
from shared.csv_text import BOM, csv_text

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
    told = (record(line) for line in lines)
    rows = (["" if one[name] is None else str(one[name]) for name in NAMES] for one in told)
    return BOM + csv_text([NAMES]) + csv_text(rows)


def write_json(lines: Iterable[Line], about: Mapping[str, Any]) -> str:
    return json.dumps({**about, "lines": [record(line) for line in lines]}, ensure_ascii=False) + "\n"
