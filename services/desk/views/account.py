"""One's own account: password, mail address, sessions. Its second factor is in account_second.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.account import account_of, change_address, change_password, end_others, end_session
from services.desk.people.person import Act
from services.desk.views.access import my_visit, needs
from services.desk.views.account_second import add_second
from services.desk.views.forms import typed
from shared.errors import Refused
from shared.sentences import sentence

OTHERS = "others"


def account_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("account", __name__, url_prefix="/account")

    @blueprint.get("")
    @needs(Act.HOME)
    def show() -> Any:
        return _page(desk)

    @blueprint.post("/password")
    @needs(Act.HOME)
    def password() -> Any:
        old, new, again = (request.form.get(name, "")[:1000] for name in ("old", "new", "again"))
        try:
            change_password(desk.sign_in, my_visit(), old, new, again)
        except Refused as error:
            return _page(desk, 422, section="password", errors=error.fields)
        flash(sentence("Sandi sudah diganti. Sesi Anda di tempat lain sudah diakhiri."))
        return _back()

    @blueprint.post("/address")
    @needs(Act.HOME)
    def address() -> Any:
        email = typed("email", 300)
        try:
            change_address(desk.sign_in, my_visit(), request.form.get("password", "")[:1000], email)
        except Refused as error:
            return _page(desk, 422, section="address", errors=error.fields, email=email)
        flash(sentence("Alamat surel sudah disimpan."))
        return _back()

    @blueprint.post("/sessions")
    @needs(Act.HOME)
    def sessions() -> Any:
        return _end(desk, typed("session", 64))

    add_second(blueprint, desk)
    return blueprint


def _end(desk: Desk, session_id: str) -> Any:
    visit = my_visit()
    if session_id == OTHERS:
        flash(sentence("%(count)s sesi lain diakhiri.", count=end_others(desk.sign_in, visit)))
    elif session_id == visit.session_id:
        abort(400)  # that is what logging out is for
    elif end_session(desk.sign_in, visit, session_id):
        flash(sentence("Sesi itu sudah diakhiri."))
    else:
        abort(404)
    return _back()


def _page(
    desk: Desk, status: int = 200, *, section: str = "", errors: dict[str, str] | None = None, email: str | None = None
) -> Any:
    own, second = account_of(desk.sign_in, my_visit()), desk.sign_in.second
    left = second.codes_left(my_visit().person) if own.has_second else 0
    content = {"own": own, "second": second, "codes_left": left, "section": section, "errors": errors or {}}
    email = own.email if email is None else email
    return render_template("account.html", **content, email=email, others=OTHERS), status


def _back() -> Any:
    return redirect(url_for("account.show"), 303)
