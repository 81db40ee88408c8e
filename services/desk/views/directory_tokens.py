"""Tokens by which an agency's own system calls the desk: made, and taken back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.directory.repository import Entry
from services.desk.directory.tokens import SCOPES, By, add_token, revoke_token
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.directory_page import content_of, find_entry
from services.desk.views.forms import typed
from shared.errors import Refused
from shared.sentences import sentence

_FIELDS = {"name": "token-name"}
"""Ids of fields that another form of the page has as well."""


def add_tokens(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/agencies/<code>/tokens")
    @needs(Act.EDIT_DIRECTORY)
    def token(code: str) -> Any:
        return _add(desk, find_entry(desk, code))

    @blueprint.post("/agencies/<code>/tokens/<string(length=36):token_id>/revoke")
    @needs(Act.EDIT_DIRECTORY)
    def revoke(code: str, token_id: str) -> Any:
        entry = find_entry(desk, code)
        revoked = revoke_token(desk.spine.database, desk.spine.clock, _by(), entry.code, token_id)
        if revoked is None:
            abort(404)
        flash(sentence("Token %(name)s sudah dicabut. Sistem yang memakainya tidak dikenal lagi.", name=revoked.name))
        return redirect(url_for("directory.show", code=entry.code) + "#tokens", 303)


def _add(desk: Desk, entry: Entry) -> Any:
    """The token is shown this once. The same form again finds the name taken, and makes no second one."""
    name, days = typed("name", 300), typed("days", 10).strip()
    scopes = [scope for scope in request.form.getlist("scopes") if scope in SCOPES]
    valid_days = int(days) if days.isascii() and days.isdigit() else None if not days else 0
    try:
        made, secret = add_token(desk.spine.database, desk.spine.clock, _by(), entry.code, name, scopes, valid_days)
    except Refused as error:
        said = {"name": name, "days": days, "scopes": scopes}
        errors = {_FIELDS.get(field, field): told for field, told in error.fields.items()}
        content = content_of(desk, entry, section="tokens", errors=errors, typed=said)
        return render_template("directory_agency.html", **content), 422
    content = content_of(desk, entry, section="tokens", token=made, token_secret=secret)
    return render_template("directory_agency.html", **content)


def _by() -> By:
    person = me()
    return By(person.login, person.role)
