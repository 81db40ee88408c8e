"""The days of a deadline side by side. Written here and not in a template: the page of a case has a hundred of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from services.desk.deadlines.showing import Cell
from shared.sentences import sentence
from shared.web.languages import say, tongue

_NOW, _FLAG = ' aria-current="date"', "<em>⚑</em>"
_SIGNS = {"start": "▶", "paused": "‖", "skipped": "–"}


def day_strip(cells: Iterable[Cell]) -> Markup:
    """The items of the list."""
    language = tongue()
    return Markup("\n").join(_day(cell, number == 0, language) for number, cell in enumerate(cells))


@lru_cache(maxsize=16384)
def _day(cell: Cell, is_first: bool, _language: str) -> Markup:
    """Most days of a case are days of other cases too. The language only keeps apart what was written in several."""
    day, looks, said = cell.day, cell.sign, say(cell.said)
    sign = cell.count if cell.sign == "counted" else _SIGNS.get(cell.sign, "–")
    if cell.is_due:
        looks, said = f"{looks} due", said + say(sentence(" (jatuh tempo)"))
    if cell.is_today:
        looks, said = f"{looks} today", said + say(sentence(" (hari ini)"))
    number = f"{day.day}/{day.month}" if is_first or day.day == 1 else day.day
    return Markup(  # noqa: S704 - what is no number or word of ours is escaped
        f'<li class="day {looks}"{_NOW if cell.is_today else ""}><span aria-hidden="true">'
        f"<small>{escape(say(cell.letter))}</small><b>{number}</b><i>{sign}</i>{_FLAG if cell.is_due else ''}</span>"
        f'<span class="hidden-words">{escape(said)}</span></li>'
    )
