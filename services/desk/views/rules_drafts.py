"""One draft: what it changes, the phrase that is added by a form, proposing, and the second pair of eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act, may
from services.desk.rules.draft import DRAFT, PROPOSED, REFUSED, Draft, Problem
from services.desk.rules.problems import say_problem
from services.desk.rules.wording import USUAL_WEIGHT
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from services.desk.views.forms import typed
from services.desk.views.rules_answers import DRAFT_ID, asks_router, read_phrase, read_revision, sentence_of
from shared.errors import Refused
from shared.sentences import sentence
from shared.web.languages import say

DONE = {
    "propose": sentence("Perubahan sudah diusulkan. Aturan yang berlaku belum berubah sampai orang lain menyetujui."),
    "take_back": sentence("Usulan ditarik kembali dan dapat diubah."),
    "discard": sentence("Konsep dibuang. Isinya tetap dapat dilihat."),
    "approve": sentence("Perubahan disetujui dan sekarang berlaku."),
    "refuse": sentence("Usulan ditolak. Pembuatnya dapat memperbaikinya."),
}


def offer_drafts(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(f"/rules/drafts/{DRAFT_ID}")
    @needs(Act.SEE_RULES)
    @asks_router
    def draft(draft_id: str) -> Any:
        return draft_page(desk, draft_id, {})

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/phrase")
    @needs(Act.EDIT_RULES)
    @asks_router
    def add_phrase(draft_id: str) -> Any:
        phrase = read_phrase()
        try:
            written = desk.rules.add_phrase(draft_id, read_revision(), me(), phrase)
        except Refused as error:
            return draft_page(desk, draft_id, {_field(error): sentence_of(error)}), _status(error)
        told = {"phrase": phrase["phrase"].strip(), "file": written.file, "line": str(written.line)}
        flash(say(sentence("Frasa “%(phrase)s” sekarang tertulis di %(file)s, baris %(line)s.", **told)))
        return redirect(url_for("rules.draft", draft_id=draft_id), 303)

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/work")
    @needs(Act.EDIT_RULES)
    @asks_router
    def work(draft_id: str) -> Any:
        """What its author does with it: `propose`, `take_back`, `discard`."""
        revision = read_revision()
        acts: dict[str, Callable[[], object]] = {
            "propose": lambda: desk.rules.propose(draft_id, revision, me(), typed("reason", 1000)),
            "take_back": lambda: desk.rules.take_back(draft_id, revision, me()),
            "discard": lambda: desk.rules.discard(draft_id, revision, me()),
        }
        return _act(desk, draft_id, acts)

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/settle")
    @needs(Act.ACTIVATE_RULES)
    @asks_router
    def settle(draft_id: str) -> Any:
        """What another person does with it: `approve` what was shown (`content`), or `refuse`."""
        revision, reason = read_revision(), typed("reason", 1000)
        acts: dict[str, Callable[[], object]] = {
            "approve": lambda: desk.rules.approve(draft_id, revision, me(), reason, typed("content", 64)),
            "refuse": lambda: desk.rules.refuse(draft_id, revision, me(), reason),
        }
        return _act(desk, draft_id, acts)


def _act(desk: Desk, draft_id: str, acts: dict[str, Callable[[], object]]) -> Any:
    act = request.form.get("act", "")
    if act not in acts:
        abort(400)
    try:
        acts[act]()
    except Refused as error:
        return draft_page(desk, draft_id, {_field(error): sentence_of(error)}), _status(error)
    flash(say(DONE[act]))
    return redirect(url_for("rules.draft", draft_id=draft_id), 303)


def draft_page(desk: Desk, draft_id: str, errors: dict[str, str]) -> Any:
    """The page of a draft; with `errors`, what was typed stays in its form."""
    found = desk.rules.draft(draft_id)
    heading, person = found.heading, me()
    problems = desk.rules.lint(draft_id) if heading.state in (DRAFT, PROPOSED) else []
    own = person.login in (heading.author, heading.proposed_by)
    edits = may(person, Act.EDIT_RULES)
    settles = may(person, Act.ACTIVATE_RULES) and heading.state == PROPOSED
    blocked = settles and found.four_eyes and heading.proposed_by == person.login
    return render_template(
        "rules_draft.html", draft=found, heading=heading, errors=errors, typed=request.form if errors else {},
        problems=said(problems), wrong=any(one.level == "error" for one in problems),
        may_edit=edits and heading.state == DRAFT, may_rebase=edits and heading.state in (DRAFT, PROPOSED),
        may_take_back=edits and own and heading.state in (PROPOSED, REFUSED),
        may_discard=edits and own and heading.state in (DRAFT, PROPOSED, REFUSED),
        may_settle=settles and not blocked, waits_for_other=blocked, targets=targets(desk, found),
        areas=desk.pack.areas, usual_weight=USUAL_WEIGHT,
    )  # fmt: skip


def said(problems: list[Problem]) -> list[dict[str, Any]]:
    """Problems as pages show them; errors first."""
    ordered = sorted(problems, key=lambda one: one.level != "error")
    return [
        {
            "file": one.file,
            "line": one.line,
            "rule": one.rule,
            "level": one.level,
            "what": say_problem(one.what),
            "instead": say_problem(one.instead),
        }
        for one in ordered
    ]


def targets(desk: Desk, draft: Draft | None, rules: Any = None) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """For the form: each agency with its rules, by (code, name, [(id, about)])."""
    listed = draft.rules if draft is not None else rules
    return [
        (entry.code, entry.name, [(rule.id, rule.about) for rule in listed if rule.agency == entry.code])
        for entry in choices(desk, desk.spine.clock.now())
    ]


def _field(error: Refused) -> str:
    """The field of a form that the sentence belongs to; empty: the page."""
    fields = {
        "bad_phrase": "phrase", "bad_weight": "weight", "unknown_rule": "target", "cannot_insert": "target",
        "invalid_fields": "target", "unknown_place": "where", "bad_reason": "reason", "remark_too_long": "reason",
    }  # fmt: skip
    return fields.get(error.code, "")


def _status(error: Refused) -> int:
    return 422 if _field(error) else 409
