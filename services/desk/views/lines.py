"""The lines of a list of cases in the words of their reader. Written out here and not by macros: a page has dozens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from services.desk import wording
from services.desk.desk import Desk
from services.desk.inbox.chips import Chip, chip
from services.desk.inbox.listing import Line
from services.desk.views.display import case_url
from shared.sentences import sentence
from shared.web.languages import say, tongue

LABEL, CHOOSE = sentence("Laporan %(ticket)s"), sentence("Pilih laporan %(ticket)s")


@dataclass(frozen=True, slots=True)
class Row:
    """`looks` are its classes; `chips` all that stands beside its number; `photos` and `place` in words."""

    line: Line
    url: str
    label: str
    choose: str
    looks: str
    chips: Markup
    place: str
    photos: str


def rows_of(desk: Desk, lines: Sequence[Line], before: datetime | None, now: datetime) -> Iterator[Row]:
    """`before`: the end of the visit before this one; what came to the agency since then is new."""
    label, choose = say(LABEL), say(CHOOSE)
    for line in lines:
        due = chip(line.state, line.due_at, desk.pack.calendar, now)
        fresh = bool(before and line.state == "forwarded" and line.updated_at > before)
        is_late = due is not None and due.mark == "late"
        yield Row(
            line, case_url("case.show", line.ticket), _of(label, line), _of(choose, line),
            f"{' is-urgent' if line.urgent else ''}{' is-late' if is_late else ''}",
            _chips(due, line.state, line.identity, (line.urgent, fresh, line.rung), tongue()),
            say(wording.place(line.kelurahan, line.kecamatan)),
            photos_said(line.photos),
        )  # fmt: skip


def _of(words: str, line: Line) -> str:
    return words.replace("%(ticket)s", line.ticket)


@lru_cache(maxsize=4096)
def _chips(due: Chip | None, state: str, identity: str, marks: tuple[bool, bool, int], _language: str) -> Markup:
    """Most lines of a page have the same as others. The language only keeps what was written in several apart."""
    urgent, fresh, rung = marks
    told = [(f"deadline-{due.mark}", due.words)] if due else []
    told += [("urgent", sentence("Darurat"))] if urgent else []
    told.append((state, wording.STATES[state]))
    told += [(identity, wording.IDENTITIES[identity])] if identity != "anonymous" else []
    told += [("fresh", sentence("Baru"))] if fresh else []
    told += [("urgent", sentence("Eskalasi %(rung)s", rung=rung))] if rung else []
    return Markup("\n").join(chip_tag(looks, words) for looks, words in told)


def chip_tag(looks: str, words: str) -> Markup:
    return Markup(f'<span class="chip {escape(looks)}">{escape(say(words))}</span>')  # noqa: S704 - it is escaped


def photos_said(number: int) -> str:
    """Empty for none."""
    return say(sentence("%(number)s foto", number=number)) if number else ""
