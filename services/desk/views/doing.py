"""A form of the case page that does something: tried once, and shown again with what was typed when it was not done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Response, abort, flash, make_response, redirect, render_template, url_for

from services.desk.cases.acting import Act, Ending, Outcome, perform
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.views.access import me
from services.desk.views.case import read_revision, seen_case
from services.desk.views.case_page import Trial, page
from shared.errors import Refused
from shared.sentences import sentence

AGAIN = sentence("Ini sudah Anda kirim. Tidak ada yang dikirim dua kali.")


def find_or_lose(desk: Desk, ticket: str, kept: Mapping[str, str]) -> Case:
    """The case of a form. Whoever lost it while typing gets the own words back, and learns nothing else."""
    case = seen_case(desk, ticket)
    return case if case is not None else lost(kept)


def lost(kept: Mapping[str, str]) -> NoReturn:
    words = [text for text in kept.values() if text.strip()]
    abort(make_response(render_template("case_lost.html", words=words), 404))


@dataclass(frozen=True)
class Manner:
    """`told` is said when it is done, after `then`. `not_done` comes before the page is shown again.

    `refused` makes the answer to what cannot be done, from a sentence per field; else it is the page of the case.
    """

    told: str
    then: Callable[[Outcome], None] = lambda _outcome: None
    not_done: Callable[[], None] = lambda: None
    refused: Callable[[dict[str, str]], Any] | None = None


def do(desk: Desk, case: Case, act: Act, kept: Mapping[str, str], manner: Manner) -> Any:
    """Answers the form. `kept` is what was typed, by field."""
    try:
        outcome = perform(desk.register, me(), case.ticket, read_revision(), act)
    except Refused as error:
        if manner.refused is not None:
            return manner.refused(error.fields)
        manner.not_done()
        return page(desk, case, 422, trial=Trial(act.name, kept, error.fields))
    if outcome is None:
        if seen_case(desk, case.ticket) is None:
            lost(kept)
        abort(403)
    if outcome.ending is Ending.CONFLICT:
        manner.not_done()
        trial = Trial(act.name, kept)
        return page(desk, outcome.case, 409, trial=trial, changed=True, last_change=outcome.last)
    manner.then(outcome)
    flash(AGAIN if outcome.ending is Ending.ALREADY_DONE else manner.told)
    return to_case(outcome.case)


def to_case(case: Case) -> Response:
    return redirect(url_for("case.show", ticket=case.ticket), 303)  # type: ignore[return-value]
