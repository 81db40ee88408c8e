"""The acts on a case, each a form of its page. Answers: answering.py; drafts: drafting.py; two cases: linking.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, request

from services.desk.cases import machine
from services.desk.cases.acting import Act
from services.desk.cases.agency_acts import Ask, Close, GiveBack, Note, Resume
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import Archive, Copy, Refer, Reopen
from services.desk.desk import Desk
from services.desk.people.person import Act as Permission
from services.desk.views.access import needs
from services.desk.views.answering import offer_answers
from services.desk.views.case import find_case
from services.desk.views.case_page import Trial, asked_until, page
from services.desk.views.doing import Manner, do, find_or_lose
from services.desk.views.drafting import drop_draft, keep_draft, offer_drafts
from services.desk.views.forms import typed
from services.desk.views.linking import offer_links
from services.desk.views.ready_texts import blanks
from services.desk.working import drafts
from services.desk.working.files import MOST_REQUEST_BYTES
from services.desk.working.ready import unfilled
from shared.contracts.fields import SP4N
from shared.sentences import sentence

MOST_TYPED = 200_000
"""What of a field is read and given back, however long it may be at most."""
_WITH_FILES = re.compile(r"/cases/([^/]+)/(?:answer|draft|insert)")
TOO_LARGE = sentence(
    "Kiriman terlalu besar dan tidak dibaca. Foto paling besar 10 MB, video tidak diterima. "
    "Jawaban yang sudah tersimpan sebagai draf ada di bawah."
)


@dataclass(frozen=True)
class Form:
    """`field`: where the words are that must not be lost; `draft`: they are kept while they are typed.

    `for_citizens`: what is read by citizens must have no blanks of a ready-made text in it.
    """

    path: str
    endpoint: str
    act: str
    fields: tuple[str, ...]
    read: Callable[[Desk, Case, Mapping[str, str]], Act]
    done: str
    draft: str = ""
    field: str = "reason"
    for_citizens: bool = True


FORMS = (
    Form(
        "close", "close", machine.CLOSING, ("reason",), lambda desk, case, said: Close(said["reason"]),
        sentence("Laporan ditutup, dan pelapor diberi tahu."),
    ),
    Form(
        "ask", "ask", machine.ASKED, ("question",),
        lambda desk, case, said: Ask(said["question"], asked_until(desk, case, desk.spine.clock.now())),
        sentence("Pertanyaan dikirim. Tenggat kota berhenti dihitung sampai pelapor menjawab."),
        draft=drafts.QUESTION, field="question",
    ),
    Form(
        "resume", "resume", machine.RESUMED, ("reason",), lambda desk, case, said: Resume(said["reason"]),
        sentence("Laporan dilanjutkan. Tenggatnya berjalan lagi."), for_citizens=False,
    ),
    Form(
        "return", "give_back", machine.RETURNED, ("reason", "suggested"),
        lambda desk, case, said: GiveBack(said["reason"], said["suggested"]),
        sentence("Laporan dikembalikan kepada koordinator."),
    ),
    Form(
        "note", "note", machine.NOTED, ("note",), lambda desk, case, said: Note(said["note"]),
        sentence("Catatan disimpan."), draft=drafts.NOTE, field="note", for_citizens=False,
    ),
    Form(
        "reference", "refer", machine.REFERENCED, ("number",),
        lambda desk, case, said: Refer(SP4N, said["number"].strip()), sentence("Nomor SP4N-LAPOR! disimpan."),
        field="number", for_citizens=False,
    ),
    Form(
        "archive", "archive", machine.ARCHIVING, ("why", "reason"),
        lambda desk, case, said: Archive(said["why"], said["reason"]), sentence("Laporan diarsipkan."),
    ),
    Form(
        "copy", "copy", machine.COPIED, ("copy", "reason"),
        lambda desk, case, said: Copy(said["copy"], said["reason"]),
        sentence("Tembusan dikirim. Instansi itu dapat membaca laporan ini, bukan mengerjakannya."),
        for_citizens=False,
    ),
    Form(
        "reopen", "reopen", machine.REOPENED, ("reason",), lambda desk, case, said: Reopen(said["reason"]),
        sentence("Laporan dibuka lagi."), for_citizens=False,
    ),
)  # fmt: skip


def working_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("working", __name__)
    for form in FORMS:
        blueprint.add_url_rule(f"/cases/<ticket>/{form.path}", form.endpoint, _view(desk, form), methods=["POST"])
    offer_answers(blueprint, desk)
    offer_drafts(blueprint, desk)
    offer_links(blueprint, desk)
    return blueprint


def _view(desk: Desk, form: Form) -> Callable[[str], Any]:
    @needs(Permission.SEE_CASES)
    def answer(ticket: str) -> Any:
        said = {name: typed(name, MOST_TYPED) for name in form.fields}
        case = find_or_lose(desk, ticket, {form.field: said[form.field]})
        kept = {name: text[: MOST_TYPED // 2] for name, text in said.items()}
        marks = unfilled(desk.pack.answers, said[form.field]) if form.for_citizens else ()
        if marks:
            return page(desk, case, 422, trial=Trial(form.act, kept, {_field_of(form): blanks(marks)}))
        act = form.read(desk, case, said)
        if not form.draft:
            return do(desk, case, act, kept, Manner(form.done))
        return do(desk, case, act, kept, Manner(
            form.done,
            then=lambda _outcome: drop_draft(desk, case, form.draft),
            not_done=lambda: _keep(desk, case, form.draft, said[form.field]),
        ))  # fmt: skip

    return answer


def _keep(desk: Desk, case: Case, kind: str, text: str) -> None:
    keep_draft(desk, case, kind, text)


def _field_of(form: Form) -> str:
    """The field as the act's own problems name it."""
    return "closing" if form.act == machine.CLOSING else form.field


def let_answers_in(app: Flask, desk: Desk) -> None:
    """Answers may bring photos. What is too large is told before any of it is read; the draft has the words.

    Must be asked before anything reads the form, so the application installs it.
    """

    @app.before_request
    def allow() -> Any:
        found = _WITH_FILES.fullmatch(request.path)
        if found is None or request.method != "POST" or request.mimetype != "multipart/form-data":
            return None
        if (request.content_length or 0) > MOST_REQUEST_BYTES:
            trial = Trial(machine.ANSWER, {}, {"photos": TOO_LARGE})
            return page(desk, find_case(desk, found.group(1)), 413, trial=trial)
        request.max_content_length = MOST_REQUEST_BYTES
        request.max_form_memory_size = 2_000_000
        request.max_form_parts = 100
        return None
