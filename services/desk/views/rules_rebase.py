"""A draft brought onto the rules that are active now. What both sides changed is settled by a person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.rules.draft import Comparison
from services.desk.rules.lines import compare_lines
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from services.desk.views.rules_answers import DRAFT_ID, asks_router, read_file_text, read_revision, sentence_of
from shared.errors import Refused
from shared.sentences import sentence
from shared.web.languages import say

_DONE = sentence("Konsep sudah disesuaikan dengan aturan yang berlaku. Periksa lagi hasilnya.")
CHOICES = ("ours", "theirs", "written")


def offer_rebase(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(f"/rules/drafts/{DRAFT_ID}/rebase")
    @needs(Act.EDIT_RULES)
    @asks_router
    def compare(draft_id: str) -> Any:
        return _page(desk, draft_id, "")

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/rebase")
    @needs(Act.EDIT_RULES)
    @asks_router
    def bring_up_to_date(draft_id: str) -> Any:
        revision, content = read_revision(), typed("active_content", 64)
        settled = _settled(desk.rules.compare(draft_id))
        try:
            desk.rules.bring_up_to_date(draft_id, revision, me(), content or "-", settled)
        except Refused as error:
            return _page(desk, draft_id, sentence_of(error)), 409
        flash(say(_DONE))
        return redirect(url_for("rules.draft", draft_id=draft_id), 303)


def _settled(comparison: Comparison) -> dict[str, str | None]:
    """What this person chose for each file in conflict; fields are numbered as the page shows them."""
    settled: dict[str, str | None] = {}
    for number, conflict in enumerate(comparison.conflicts):
        if request.form.get(f"file-{number}") != conflict.file:  # the page showed other conflicts
            continue
        choice = request.form.get(f"choice-{number}", "")
        if choice == "written":
            settled[conflict.file] = read_file_text(f"text-{number}")
        elif choice in CHOICES:
            settled[conflict.file] = conflict.ours if choice == "ours" else conflict.theirs
    return settled


def _page(desk: Desk, draft_id: str, error: str) -> Any:
    comparison, found = desk.rules.compare(draft_id), desk.rules.draft(draft_id)
    rows = [
        {
            "conflict": conflict,
            "ours": compare_lines(conflict.base or "", conflict.ours or ""),
            "theirs": compare_lines(conflict.base or "", conflict.theirs or ""),
            "text": request.form.get(f"text-{number}") or conflict.merged or conflict.ours or "",
            "choice": request.form.get(f"choice-{number}", "written" if conflict.merged else ""),
        }
        for number, conflict in enumerate(comparison.conflicts)
    ]
    return render_template(
        "rules_rebase.html", heading=found.heading, comparison=comparison, rows=rows, error=error
    )  # fmt: skip
