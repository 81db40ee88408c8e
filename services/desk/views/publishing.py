"""Publishing: the list of what could be public, and the page of one case with its preview."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.publishing import lists, publication
from services.desk.publishing.checking import draft_problems
from services.desk.publishing.draft import MOST_ANSWER, MOST_SUMMARY
from services.desk.publishing.exclusion import WORDS_ERASED, Subject, why_not_now
from services.desk.publishing.personal import WORDS, find_personal, pieces, redact
from services.desk.publishing.publication import Publication
from services.desk.publishing.publisher import Ending, Outcome, Publisher, Wish
from services.desk.publishing.suggestion import suggest
from services.desk.publishing.told import last_answer
from services.desk.views.access import me, needs
from services.desk.views.case import find_case, read_revision
from services.desk.views.forms import asked, typed
from shared.errors import Refused
from shared.public_cases import public_agency, public_place, public_state
from shared.public_numbers import public_number
from shared.sentences import sentence

_LONGER = 2  # times what may be said: the author sees what is too long, instead of losing its end


def publishing_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("publishing", __name__)
    publisher = Publisher(desk.spine, desk.pack)

    @blueprint.get("/publish")
    @needs(Act.PUBLISH)
    def cases() -> Any:
        return _list(desk)

    @blueprint.get("/cases/<ticket>/publish")
    @needs(Act.PUBLISH)
    def ask(ticket: str) -> Any:
        return _page(desk, find_case(desk, ticket), None)

    @blueprint.post("/cases/<ticket>/publish")
    @needs(Act.PUBLISH)
    def publish(ticket: str) -> Any:
        return _publish(desk, publisher, find_case(desk, ticket))

    @blueprint.post("/cases/<ticket>/unpublish")
    @needs(Act.PUBLISH)
    def unpublish(ticket: str) -> Any:
        return _unpublish(desk, publisher, find_case(desk, ticket))

    @blueprint.post("/cases/<ticket>/pass")
    @needs(Act.PUBLISH)
    def pass_over(ticket: str) -> Any:
        return _pass_over(desk, publisher, find_case(desk, ticket))

    return blueprint


def _list(desk: Desk) -> Any:
    which, after = asked("list", 20), asked("after", 90)
    which = which if which in lists.LISTS else lists.ANSWERED
    with desk.spine.database.read() as connection:
        if which in (lists.ANSWERED, lists.UNDER_WAY):
            page = lists.waiting(connection, desk.pack.publishing, which, after=after)
        else:
            page = lists.settled(connection, which, after=after)
    content = {"page": page, "which": which, "lists": lists.LISTS, "allowed": desk.pack.publishing.allowed}
    return render_template("publish.html", **content, redact=redact, number=public_number)


def _publish(desk: Desk, publisher: Publisher, case: Case) -> Any:
    wish = _wish(case)
    if typed("do", 10) == "preview":
        return _page(desk, case, wish)
    try:
        outcome = publisher.publish(me(), wish)
    except Refused as error:
        return _page(desk, case, wish, refused=error)
    number = public_number(case.complaint_id)
    done = sentence("Laporan %(ticket)s terbit sebagai %(number)s.", ticket=case.ticket, number=number)
    return _answer(desk, case, wish, outcome, done)


def _unpublish(desk: Desk, publisher: Publisher, case: Case) -> Any:
    wish = _wish(case)
    try:
        outcome = publisher.unpublish(me(), wish)
    except Refused as error:
        return _page(desk, case, None, refused=error, taking_back=True, reason=wish.reason)
    return _answer(desk, case, None, outcome, sentence("Laporan %(ticket)s ditarik.", ticket=case.ticket))


def _pass_over(desk: Desk, publisher: Publisher, case: Case) -> Any:
    try:
        outcome = publisher.pass_over(me(), _wish(case))
    except Refused as error:
        return _page(desk, case, None, refused=error)
    said = sentence("Laporan %(ticket)s dilewati, tidak terbit.", ticket=case.ticket)
    return _answer(desk, case, None, outcome, said)


def _wish(case: Case) -> Wish:
    edition = typed("edition", 10)
    return Wish(
        ticket=case.ticket,
        revision=read_revision(),
        edition=int(edition) if edition.isascii() and edition.isdigit() else 0,
        summary=typed("summary", MOST_SUMMARY * _LONGER),
        answer=typed("answer", MOST_ANSWER * _LONGER),
        service=typed("service", 40),
        point=typed("point", 3) == "yes",
        seen=typed("seen", 64),
        checked=typed("checked", 3) == "yes",
        reason=typed("reason", 1000),
    )


def _answer(desk: Desk, case: Case, wish: Wish | None, outcome: Outcome | None, done: str) -> Any:
    if outcome is None or outcome.ending is Ending.CONFLICT:
        return _page(desk, find_case(desk, case.ticket), wish, conflict=True)
    if outcome.ending is Ending.DONE:
        flash(done)
    else:
        flash(sentence("Sudah tersimpan sebelumnya. Tidak ada yang berubah dan tidak ada yang dikirim dua kali."))
    back = typed("list", 20)  # whoever works down the list goes on with the next one
    return redirect(url_for("publishing.cases", list=back if back in lists.LISTS else None), 303)


def _page(
    desk: Desk, case: Case, wish: Wish | None, *, refused: Refused | None = None, conflict: bool = False,
    taking_back: bool = False, reason: str = "",
) -> Any:  # fmt: skip
    """`wish`: what was typed; without it the form holds what is public, else what is suggested."""
    with desk.spine.database.read() as connection:
        versions = publication.versions(connection, case.complaint_id)
        told = last_answer(connection, case.complaint_id)
    last = versions[0] if versions else None
    is_public = last is not None and last.is_public
    why = why_not_now(Subject.of(case), desk.pack.publishing, is_public=is_public)
    if case.text is None and not is_public:
        why = why or WORDS_ERASED
    shown = wish or _begun(desk, case, last, told)
    shown = replace(shown, revision=case.revision, edition=last.revision if last else 0)
    content = {
        "case": case,
        "why": why,
        "last": last,
        "is_public": is_public,
        "versions": versions,
        "told": pieces(told, find_personal(told, desk.pack.publishing.contacts)),
        "wish": shown,
        "refused": refused,
        "errors": dict(refused.fields) if refused else {},
        "conflict": conflict,
        "taking_back": taking_back,
        "reason": reason or (wish.reason if wish else ""),
        "back": typed("list", 20) or asked("list", 20),
        "number": public_number(case.complaint_id),
        **_previewed(desk, case, shown),
    }
    status = 409 if conflict else 422 if refused else 200
    return render_template("publish_case.html", **content), status


def _begun(desk: Desk, case: Case, last: Publication | None, told: str) -> Wish:
    """What the form holds at first."""
    if last is not None and last.is_public:
        return Wish(case.ticket, 0, 0, last.summary, last.answer, last.service, last.latitude is not None)
    suggestion = suggest(case, told, desk.pack)
    return Wish(case.ticket, 0, 0, suggestion.summary, suggestion.answer, suggestion.service, True)


def _previewed(desk: Desk, case: Case, wish: Wish) -> dict[str, Any]:
    """The draft as the public would see it, with what still looks personal."""
    contacts, draft = desk.pack.publishing.contacts, wish.draft_of(case, desk.pack)
    found = {
        name: find_personal(text, contacts) for name, text in (("summary", draft.summary), ("answer", draft.answer))
    }
    service = desk.pack.services.service(draft.service)
    problems = draft_problems(draft, contacts)
    return {
        "draft": draft,
        "draft_problems": problems,
        "parts_of": {name: pieces(getattr(draft, name), findings) for name, findings in found.items()},
        "marks": list(dict.fromkeys(finding.what for findings in found.values() for finding in findings)),
        "words": WORDS,
        "original": pieces(case.text or "", find_personal(case.text or "", contacts)),
        "services": desk.pack.services.services,
        "title": service.name if service else "",
        "state_words": public_state(draft.state),
        "agency": public_agency(desk.pack, draft.agency, draft.kelurahan, draft.kecamatan),
        "place": public_place(draft.kelurahan, draft.kecamatan),
        "grid": desk.pack.publishing.grid_metres if case.latitude is not None else 0,
        "most": {"summary": MOST_SUMMARY, "answer": MOST_ANSWER},
    }
