"""How the operators' commands look: plain tables that fit 80 columns, and JSON with stable keys."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

STYLES = {"ok": "green", "warning": "yellow", "problem": "red"}
_SHORT_ID = 8
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def console() -> Console:
    """Standard output; as wide as the terminal, or 80 columns where there is none."""
    return Console(highlight=False, emoji=False)


def progress_console() -> Console:
    """Standard error, so that what is piped stays clean."""
    return Console(stderr=True, highlight=False, emoji=False)


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def table(*headings: str, title: str | None = None, right: tuple[str, ...] = ()) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return made


def age(seconds: float | None) -> str:
    """Two units at most: `3 min 12 s`; `-` for nothing."""
    if seconds is None:
        return "-"
    whole = int(max(0.0, seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def age_at(moment: datetime | None, now: datetime) -> str:
    return "-" if moment is None else age((now - moment).total_seconds())


def short_id(message_id: str) -> str:
    """The end of an id tells messages apart; its beginning is only the time."""
    return message_id if len(message_id) <= _SHORT_ID else f"…{message_id[-_SHORT_ID:]}"


def coloured(text: str, style: str) -> Text:
    return Text(text, style=style)


def number(value: int | None, *, alarm: bool = False) -> Text:
    """Zero is dim, what needs attention is red, `-` stands for what cannot be known."""
    if value is None:
        return Text("-", style="dim")
    return Text(str(value), style="bold red" if alarm and value else "dim" if not value else "")
