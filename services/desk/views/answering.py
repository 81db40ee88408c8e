"""What the agency does with its case: answer it, close it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.cases.acts import MOST_ANSWER, MOST_REASON, Answering, Closing, answer, close
from services.desk.cases.assign import Ending, Outcome
from services.desk.cases.case import CLOSED, Case
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.case import content_of, find_case, read_revision
from services.desk.views.forms import typed
from shared.errors import Refused

_CHANGES = ("assigned", "answered", "closed", "reopened", "added", "routed")
_WIDER = 2
"""Browsers send two signs for the end of a line."""


def answering_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("answering", __name__)

    @blueprint.post("/cases/<ticket>/answer")
    @needs(Act.WORK)
    def answer(ticket: str) -> Any:
        return _answer(desk, find_case(desk, ticket))

    @blueprint.post("/cases/<ticket>/close")
    @needs(Act.WORK)
    def close(ticket: str) -> Any:
        return _close(desk, find_case(desk, ticket))

    return blueprint


def _answer(desk: Desk, case: Case) -> Any:
    text = typed("answer", _WIDER * MOST_ANSWER + 1)
    wish = Answering(case.ticket, read_revision(), text, request.form.get("close") == "yes")
    try:
        outcome = answer(desk.spine, me(), wish)
    except Refused as error:
        return _page(desk, case, errors=error.fields, answer_text=text), 422
    if outcome is None:
        abort(404)
    if outcome.ending is Ending.CONFLICT:
        return _page(desk, outcome.case, changed=True, answer_text=text), 409
    return _done(outcome, "Jawaban sudah dikirim.")


def _close(desk: Desk, case: Case) -> Any:
    reason = typed("reason", _WIDER * MOST_REASON)
    try:
        outcome = close(desk.spine, me(), Closing(case.ticket, read_revision(), reason))
    except Refused as error:
        return _page(desk, case, errors=error.fields, closing_reason=reason), 422
    if outcome is None:
        abort(404)
    if outcome.ending is Ending.CONFLICT:
        return _page(desk, outcome.case, changed=True, closing_reason=reason), 409
    return _done(outcome, "")


def _done(outcome: Outcome, sentence: str) -> Any:
    case = outcome.case
    if outcome.ending is Ending.ALREADY_DONE:
        sentence = "Ini sudah Anda kirim. Tidak ada yang dikirim dua kali."
    elif case.state == CLOSED:
        sentence = f"{sentence} Laporan {case.ticket} ditutup.".strip()
    flash(sentence)
    return redirect(url_for("case.show", ticket=case.ticket), 303)


def _page(desk: Desk, case: Case, **more: Any) -> str:
    """The case as it is now, with what was typed."""
    content = content_of(desk, case)
    last = next((one for one in reversed(content["happenings"]) if one.act in _CHANGES), None)
    return render_template("case.html", **content | {"last_change": last} | more)
