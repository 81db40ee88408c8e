"""The answer to the citizen, with photos: what cannot be sent now is kept as a draft."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from services.desk.cases import machine
from services.desk.cases.acting import Ending, Outcome
from services.desk.cases.agency_acts import Answer
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.people.person import Act as Permission
from services.desk.views.access import me, needs
from services.desk.views.answer_photos import TakenPhotos, photos_of_form
from services.desk.views.case_page import Trial, page
from services.desk.views.doing import Manner, do, find_or_lose
from services.desk.views.drafting import drop_draft, keep_draft
from services.desk.views.forms import typed
from services.desk.views.ready_texts import blanks
from services.desk.working import drafts
from services.desk.working.offered import offered
from services.desk.working.ready import unfilled
from shared.sentences import sentence

MOST_TYPED = 200_000
SENT = sentence("Jawaban sudah dikirim.")


def offer_answers(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/cases/<ticket>/answer")
    @needs(Permission.SEE_CASES)
    def answer(ticket: str) -> Any:
        text = typed("answer", MOST_TYPED)
        return _answer(desk, find_or_lose(desk, ticket, {"answer": text}), text)


def _answer(desk: Desk, case: Case, text: str) -> Any:
    taken = photos_of_form(desk, case) if _may_answer(desk, case) else TakenPhotos(())

    def keep() -> None:
        keep_draft(desk, case, drafts.ANSWER, text, photos=taken.photos)

    def then(outcome: Outcome) -> None:
        drop_draft(desk, case, drafts.ANSWER)
        if outcome.ending is Ending.DONE and outcome.case.state == machine.CLOSED:
            flash(sentence("Laporan %(ticket)s ditutup.", ticket=case.ticket))

    kept, errors = {"answer": text}, dict(taken.errors)
    marks = unfilled(desk.pack.answers, text)
    if marks:
        errors["answer"] = blanks(marks)
    if errors:
        keep()
        return page(desk, case, 503 if taken.away else 422, trial=Trial(machine.ANSWER, kept, errors))
    act = Answer(text, request.form.get("close") == "yes", taken.photos)
    return do(desk, case, act, kept, Manner(SENT, then, keep))


def _may_answer(desk: Desk, case: Case) -> bool:
    """Nobody else puts photos into intake."""
    with desk.spine.database.read() as connection:
        return machine.ANSWER in offered(connection, me(), case)
