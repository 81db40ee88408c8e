"""Logging in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for

from services.desk.desk import Desk
from services.desk.people import repository as accounts
from services.desk.views.access import SESSION_TOKEN
from shared.sentences import sentence

WRONG = sentence("Nama masuk atau sandi tidak cocok. Periksa keduanya, lalu coba lagi.")


def login_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("login", __name__)

    @blueprint.get("/login")
    def ask() -> Any:
        if g.person is not None:
            return redirect(url_for("listing.home"), 303)
        return _page(desk)

    @blueprint.post("/login")
    def enter() -> Any:
        login = request.form.get("login", "")
        signed_in = desk.sign_in.enter(login, request.form.get("password", ""))
        if signed_in is None:
            return _page(desk, 401, login=login[:64], error=WRONG)
        session.clear()  # a new session for whoever entered, with a new CSRF token
        session[SESSION_TOKEN] = signed_in.token
        return redirect(inside(request.form.get("next", "")) or url_for("listing.home"), 303)

    @blueprint.post("/logout")
    def leave() -> Any:
        token = session.get(SESSION_TOKEN)
        if token:
            desk.sign_in.leave(str(token), g.person)
        session.clear()
        return redirect(url_for("login.ask"), 303)

    return blueprint


def _page(desk: Desk, status: int = 200, *, login: str = "", error: str = "") -> Any:
    people = []
    if desk.demo:
        with desk.spine.database.read() as connection:
            people = accounts.demo_people(connection, only_active=True)
    back = inside(request.values.get("next", ""))
    content = {"login": login, "error": error, "people": people, "next": back, "file": desk.demo_password_file}
    return render_template("login.html", **content), status


def inside(address: str) -> str:
    """The address if it leads to a page of the desk, else nothing: a login must not lead elsewhere."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\", "/login"))
    return address if is_path and address.isprintable() and "\\" not in address else ""
