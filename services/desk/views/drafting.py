"""Drafts and ready-made texts: what a person is writing is kept, and what the city has ready is put in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify

from services.desk.cases import machine
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.people.person import Act as Permission
from services.desk.views.access import me, needs
from services.desk.views.answer_photos import photos_of_form
from services.desk.views.case_page import Trial, content_of, page
from services.desk.views.doing import find_or_lose, to_case
from services.desk.views.forms import typed
from services.desk.working import drafts
from services.desk.working.drafts import MOST_DRAFT, Draft, Drawer
from services.desk.working.offered import offered
from services.desk.working.ready import one
from shared.errors import Refused, TanggapError
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
KINDS = {machine.ANSWER: drafts.ANSWER, machine.ASKED: drafts.QUESTION, machine.NOTED: drafts.NOTE}
"""Which draft the form of an act has; the field of its text has the same name."""
SAVED = sentence("Draf disimpan. Belum ada yang dikirim.")
ELSEWHERE = sentence("Draf ini juga ditulis di jendela lain, jadi yang ini belum disimpan.")


def offer_drafts(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/cases/<ticket>/draft")
    @needs(Permission.SEE_CASES)
    def draft(ticket: str) -> Any:
        act = typed("act", 20)
        kind = KINDS.get(act) or abort(400)
        text = typed(kind, MOST_DRAFT + 1)
        case = find_or_lose(desk, ticket, {kind: text})
        _may(desk, case, act)
        if typed("draft_revision", 10):  # the script says what it knows; the button of a form is pressed on purpose
            return _kept_by_itself(desk, case, kind, text)
        return _kept_on_purpose(desk, case, act, text)

    @blueprint.post("/cases/<ticket>/insert")
    @needs(Permission.SEE_CASES)
    def insert(ticket: str) -> Any:
        act = typed("act", 20)
        field = KINDS.get(act, "reason")
        text = typed(field, MOST_DRAFT)
        case = find_or_lose(desk, ticket, {field: text})
        offers = content_of(desk, case)["ready"].get(act) or abort(400)
        chosen = one(offers, typed("ready", 60))
        joined = "\n\n".join(filter(None, (text.strip(), chosen.text if chosen else "")))
        photos = photos_of_form(desk, case).photos if act == machine.ANSWER else None
        if act in KINDS:
            keep_draft(desk, case, KINDS[act], joined, photos=photos)
        others = {name: typed(name, 500) for name in ("suggested", "why")}
        return page(desk, case, trial=Trial(act, {**others, field: joined}))


def keep_draft(desk: Desk, case: Case, kind: str, text: str, *, photos: Any = None) -> Draft | None:
    """In any case, as far as it goes: what could not be sent must not be lost."""
    try:
        with desk.spine.database.write() as tx:
            now = desk.spine.clock.now()
            return drafts.save(tx, _drawer(case, kind), text[:MOST_DRAFT], now=now, photos=photos)
    except TanggapError as error:
        log.error("draft_not_kept", code=error.code)
        return None


def drop_draft(desk: Desk, case: Case, kind: str) -> None:
    try:
        with desk.spine.database.write() as tx:
            drafts.drop(tx, _drawer(case, kind))
    except TanggapError as error:  # it was sent, which is what counts
        log.warning("draft_not_dropped", code=error.code)


def _kept_by_itself(desk: Desk, case: Case, kind: str, text: str) -> Response:
    """For the script, in JSON: the revision and the moment, or 409 when another window was faster."""
    seen = typed("draft_revision", 10)
    number = int(seen) if seen.isascii() and seen.isdigit() else abort(400)
    now = desk.spine.clock.now()
    with desk.spine.database.write() as tx:
        saved = drafts.save(tx, _drawer(case, kind), text, now=now, seen=number)
    if saved is None:
        answer = jsonify(code="draft_elsewhere", detail=ELSEWHERE)
        answer.status_code = 409
        return answer
    return jsonify(revision=saved.revision, saved_at=saved.saved_at.isoformat())


def _kept_on_purpose(desk: Desk, case: Case, act: str, text: str) -> Any:
    kind, problems = KINDS[act], {}
    photos = None
    if kind == drafts.ANSWER:
        taken = photos_of_form(desk, case)
        photos, problems = taken.photos, taken.errors
    try:
        with desk.spine.database.write() as tx:
            drafts.save(tx, _drawer(case, kind), text, now=desk.spine.clock.now(), photos=photos)
    except Refused as error:
        return page(desk, case, 422, trial=Trial(act, {kind: text}, error.fields))
    if problems:
        return page(desk, case, 422, trial=Trial(act, {kind: text}, problems))
    flash(SAVED)
    return to_case(case)


def _may(desk: Desk, case: Case, act: str) -> None:
    """A draft of what this person may never send is not kept."""
    with desk.spine.database.read() as connection:
        if act not in offered(connection, me(), case):
            abort(403)


def _drawer(case: Case, kind: str) -> Drawer:
    return Drawer(me().login, case.complaint_id, kind)
