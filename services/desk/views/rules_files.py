"""The files of a draft: written in a text area, looked through while typing, and never over somebody else's words."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act, may
from services.desk.rules.draft import DRAFT, Draft
from services.desk.rules.lines import compare_lines
from services.desk.views.access import me, needs
from services.desk.views.forms import asked, typed
from services.desk.views.rules_answers import (
    DRAFT_ID,
    asks_router,
    read_draft_id,
    read_file_text,
    read_revision,
    sentence_of,
)
from services.desk.views.rules_drafts import said
from shared.errors import Refused, Transient
from shared.sentences import sentence
from shared.web.languages import say

_SAVED = sentence("Berkas tersimpan dalam konsep. Aturan yang berlaku tidak berubah.")
_TAKEN_OUT = sentence("Berkas dikeluarkan dari konsep.")
_NEW = "rules:\n"


def offer_files(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(f"/rules/drafts/{DRAFT_ID}/file")
    @needs(Act.SEE_RULES)
    @asks_router
    def file(draft_id: str) -> Any:
        found, name = desk.rules.draft(draft_id), asked("name", 200)
        if name not in found.files and name not in found.before and not asked("new", 3):
            abort(404)
        return _editor(desk, found, name, found.files.get(name, _NEW if asked("new", 3) else ""))

    @blueprint.post(f"/rules/drafts/{DRAFT_ID}/file")
    @needs(Act.EDIT_RULES)
    @asks_router
    def write(draft_id: str) -> Any:
        return _write(desk, draft_id, typed("name", 200).strip(), request.form.get("act", ""))

    @blueprint.post("/rules/lint")
    @needs(Act.EDIT_RULES)
    def lint() -> Any:
        """For the script beside the text area: the problems of one file as it stands there, in the reader's words."""
        body = request.get_json(silent=True)
        names = ("draft_id", "file", "text")
        if not isinstance(body, dict) or not all(isinstance(body.get(one), str) for one in names):
            abort(400)
        return _lint(desk, read_draft_id(body["draft_id"]), body["file"], body["text"])


def _write(desk: Desk, draft_id: str, name: str, act: str) -> Any:
    text = read_file_text("text")
    if act not in ("save", "check", "remove"):
        abort(400)
    if act == "check":
        return _editor(desk, desk.rules.draft(draft_id), name, text)
    try:
        desk.rules.save(draft_id, read_revision(), me(), name, None if act == "remove" else text)
    except Refused as error:
        return _editor(desk, desk.rules.draft(draft_id), name, text, error), 409
    flash(say(_SAVED if act == "save" else _TAKEN_OUT))
    if act == "remove":
        return redirect(url_for("rules.draft", draft_id=draft_id), 303)
    return redirect(url_for("rules.file", draft_id=draft_id, name=name), 303)


def _lint(desk: Desk, draft_id: str, file: str, text: str) -> Any:
    try:
        found = desk.rules.lint(draft_id, file, text)
    except Transient:
        return {"away": True}, 503
    except Refused as error:
        return {"refused": say(sentence_of(error))}, 422
    mine = [one for one in said(found) if one["file"] == file]
    others = sum(1 for one in found if one.file != file and one.level == "error")
    told = [one | {"what": say(one["what"]), "instead": say(one["instead"])} for one in mine[:200]]
    return {"problems": told, "elsewhere": others}


def _editor(desk: Desk, found: Draft, name: str, text: str, error: Refused | None = None) -> Any:
    """The text area with what was typed. After a conflict it stands beside what the other person saved."""
    heading = found.heading
    saved = found.files.get(name)
    try:
        problems = said(desk.rules.lint(heading.draft_id, name, text)) if text else []
        broken = ""
    except Refused as refused:
        problems, broken = [], sentence_of(refused)
    conflict = error is not None and error.code == "draft_changed"
    return render_template(
        "rules_file.html", draft=found, heading=heading, name=name, text=text,
        problems=[one for one in problems if one["file"] == name],
        elsewhere=[one for one in problems if one["file"] != name and one["level"] == "error"],
        error=sentence_of(error) if error else broken, conflict=conflict,
        theirs=compare_lines(text, saved or "") if conflict else [],
        lines=compare_lines(found.before.get(name, ""), found.files.get(name, "")) if name in found.touched else [],
        may_edit=may(me(), Act.EDIT_RULES) and heading.state == DRAFT, is_new=saved is None and not conflict,
    )  # fmt: skip
