"""Rows as CSV that spreadsheets open safely and in the right letters. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

BOM = "\ufeff"
"""At the beginning of a file. Without it spreadsheets take UTF-8 for something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """A line for each row, without `BOM`: a file may come in pieces."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: a citizen's words must not become a program there."""
    return f"'{cell}" if cell.lstrip(" \n\v\f\u00a0\ufeff")[:1] in _FORMULA or cell[:1] in _FORMULA else cell
