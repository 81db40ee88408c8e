"""A rule from a complaint that somebody reads: its words marked, put into a draft, and tried at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.desk.cases.case import Case
from services.desk.cases.highlighting import marked, spans_of
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, text_view
from services.desk.rules.draft import DRAFT, Heading
from services.desk.rules.wording import USUAL_WEIGHT
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from services.desk.views.rules_answers import asks_router, read_draft_id, read_phrase, read_revision, sentence_of
from services.desk.views.rules_drafts import targets
from services.desk.views.rules_trials import find_case, readable_text
from shared.errors import Refused, Transient
from shared.ids import new_id
from shared.observability.masking import mask
from shared.sentences import sentence
from shared.web.languages import say

TRIED_DAYS = 30


def offer_from_case(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/rules/from/<ticket>")
    @needs(Act.EDIT_RULES)
    @asks_router
    def from_case(ticket: str) -> Any:
        return _page(desk, find_case(desk, ticket), {})

    @blueprint.post("/rules/from/<ticket>")
    @needs(Act.EDIT_RULES)
    @asks_router
    def put_phrase(ticket: str) -> Any:
        case = find_case(desk, ticket)
        draft_id, revision, phrase = read_draft_id(typed("draft_id", 36)), read_revision(), read_phrase()
        try:
            if not revision:
                revision = desk.rules.begin(draft_id, sentence("Dari laporan %(ticket)s", ticket=case.ticket), me())
            written = desk.rules.add_phrase(draft_id, revision, me(), phrase)
        except Refused as error:
            return _page(desk, case, {"": sentence_of(error)}), 409
        _try(desk, draft_id)
        told = {"phrase": phrase["phrase"].strip(), "file": written.file, "line": str(written.line)}
        flash(say(sentence("Frasa “%(phrase)s” masuk ke konsep Anda (%(file)s, baris %(line)s).", **told)))
        return redirect(url_for("rules.trial", draft_id=draft_id, ticket=case.ticket), 303)


def _try(desk: Desk, draft_id: str) -> None:
    """That the phrase stands in the draft matters more than the picture, which can be asked for again."""
    try:
        desk.rules.ask_trial(draft_id, TRIED_DAYS, me())
    except Transient:
        return


def _page(desk: Desk, case: Case, errors: dict[str, str]) -> Any:
    own = _own_draft(desk)
    rules = desk.rules.draft(own.draft_id).rules if own else desk.rules.outline()
    text, view = readable_text(case), text_view(me(), case.identity)
    whole = case.text or ""
    hide = None if view is TextView.WHOLE else mask
    decision = case.decision or {}
    alternatives = decision.get("alternatives", ())
    best = case.agency or decision.get("agency") or (alternatives[0]["agency"] if alternatives else "")
    return render_template(
        "rules_from.html", case=case, errors=errors, typed=request.form if errors else {}, own=own,
        draft_id=own.draft_id if own else new_id(), revision=own.revision if own else 0,
        pieces=marked(whole, spans_of(decision.get("reasons", ())), hide) if text else [],
        alternatives=alternatives, best=best, preferred=_preferred(decision, best),
        targets=targets(desk, None, rules), areas=desk.pack.areas, usual_weight=USUAL_WEIGHT,
    )  # fmt: skip


def _preferred(decision: Any, agency: str) -> str:
    """The rule of which a phrase was found already, to go with; empty: none."""
    for reason in decision.get("reasons", ()):
        if str(reason.get("rule", "")):
            return f"{agency}/{reason['rule']}"
    return ""


def _own_draft(desk: Desk) -> Heading | None:
    """The draft that this person changed last and has not proposed yet."""
    for heading in desk.rules.overview().open:
        if heading.author == me().login and heading.state == DRAFT:
            return heading
    return None
