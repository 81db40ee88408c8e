"""Choosing a password by a link that came by mail, and asking for one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from services.desk.desk import Desk
from services.desk.views.forms import typed
from shared.errors import Refused
from shared.sentences import sentence

LINK_TOKEN = "link"  # noqa: S105 - the name of a field
ASKED = sentence(
    "Bila akun itu ada dan mempunyai alamat surel, tautan untuk memilih sandi sudah dikirim ke sana. "
    "Periksa juga folder spam."
)


def invitation_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("invitation", __name__, url_prefix="/login")

    @blueprint.get("/forgot")
    def forgot() -> Any:
        return render_template("login_forgot.html")

    @blueprint.post("/forgot")
    def ask() -> Any:
        desk.links.ask(typed("login", 254))
        flash(ASKED)
        return redirect(url_for("login.ask"), 303)

    @blueprint.get("/link")
    def link() -> Any:
        """The token leaves the address at once: it is in no log, no history and no picture of the screen."""
        token = request.args.get("t", "")
        if token:
            session[LINK_TOKEN] = token[:100]
            return redirect(url_for("invitation.link"), 303)
        return _page(desk)

    @blueprint.post("/link")
    def choose() -> Any:
        return _choose(desk)

    return blueprint


def _choose(desk: Desk) -> Any:
    new, again = (request.form.get(name, "")[:1000] for name in ("new", "again"))
    try:
        person = desk.links.use(str(session.get(LINK_TOKEN, "")), new, again)
    except Refused as error:
        return _page(desk, 422, error.fields)
    if person is None:
        return _page(desk)
    session.clear()
    flash(sentence("Sandi sudah dipilih. Silakan masuk sebagai %(login)s.", login=person.login))
    return redirect(url_for("login.ask"), 303)


def _page(desk: Desk, status: int = 200, errors: dict[str, str] | None = None) -> Any:
    person = desk.links.person_of(str(session.get(LINK_TOKEN, "")))
    if person is None:
        session.pop(LINK_TOKEN, None)
        return render_template("login_link.html", person=None, errors={}), 410
    return render_template("login_link.html", person=person, errors=errors or {}), status
