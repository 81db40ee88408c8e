"""The rules: what is in force since when and by whom, what people prepare, and the way back to an older set."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.rules import wording
from services.desk.rules.draft import DRAFT, Overview
from services.desk.views.access import me, needs
from services.desk.views.forms import asked, typed
from services.desk.views.rules_answers import asks_router, read_draft_id, sentence_of
from services.desk.views.rules_drafts import offer_drafts
from services.desk.views.rules_files import offer_files
from services.desk.views.rules_from import offer_from_case
from services.desk.views.rules_rebase import offer_rebase
from services.desk.views.rules_trials import offer_trials
from shared.errors import Refused
from shared.ids import new_id
from shared.sentences import sentence
from shared.web.languages import say

SHOWN = 30
_BACK = sentence("Usulan untuk kembali ke versi lama sudah dibuat. Orang lain perlu menyetujuinya.")


def rules_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("rules", __name__)
    blueprint.context_processor(lambda: {"rules_wording": wording})
    _offer_overview(blueprint, desk)
    offer_drafts(blueprint, desk)
    offer_files(blueprint, desk)
    offer_trials(blueprint, desk)
    offer_rebase(blueprint, desk)
    offer_from_case(blueprint, desk)
    return blueprint


def _offer_overview(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/rules")
    @needs(Act.SEE_RULES)
    @asks_router
    def overview() -> Any:
        return _page(desk, {})

    @blueprint.post("/rules/drafts")
    @needs(Act.EDIT_RULES)
    @asks_router
    def begin() -> Any:
        draft_id = read_draft_id(typed("draft_id", 36))
        try:
            desk.rules.begin(draft_id, typed("title", 400), me())
        except Refused as error:
            return _page(desk, {"title": sentence_of(error)}, draft_id), 422
        return redirect(url_for("rules.draft", draft_id=draft_id), 303)

    @blueprint.post("/rules/restore")
    @needs(Act.EDIT_RULES)
    @asks_router
    def restore() -> Any:
        """Proposes an older set as it was."""
        draft_id, ruleset = read_draft_id(typed("draft_id", 36)), typed("ruleset", 64)
        title = sentence("Kembali ke aturan versi %(version)s", version=ruleset)
        try:
            revision = desk.rules.begin(draft_id, title, me(), like=ruleset)
            desk.rules.propose(draft_id, revision, me(), typed("reason", 1000))
        except Refused as error:
            if error.code in ("bad_reason", "nothing_changed", "unknown_ruleset", "no_rules"):
                return _page(desk, {"restore": sentence_of(error)}, draft_id), 422
            flash(say(sentence_of(error)))  # the draft is there, and can be mended
            return redirect(url_for("rules.draft", draft_id=draft_id), 303)
        flash(say(_BACK))
        return redirect(url_for("rules.draft", draft_id=draft_id), 303)

    @blueprint.get("/rules/sets/<ruleset>")
    @needs(Act.SEE_RULES)
    @asks_router
    def one_set(ruleset: str) -> Any:
        found, files = desk.rules.ruleset(ruleset)
        name = asked("name", 200)
        return render_template("rules_set.html", ruleset=found, files=sorted(files), name=name, text=files.get(name))


def _page(desk: Desk, errors: dict[str, str], draft_id: str = "") -> Any:
    told = desk.rules.overview()
    return render_template(
        "rules.html", told=told, errors=errors, fresh_id=draft_id or new_id(), restore_id=draft_id or new_id(),
        wrong_title=request.form.get("title", "") if errors else "", active=told.activations[0],
        history=told.activations[:SHOWN], mine=_mine(told),
    )  # fmt: skip


def _mine(told: Overview) -> int:
    """How many drafts this person has open: one is usually enough."""
    return sum(1 for one in told.open if one.author == me().login and one.state == DRAFT)
