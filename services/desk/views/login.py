"""Logging in, in one step or two, and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for

from services.desk.desk import Desk
from services.desk.people import repository as accounts
from services.desk.people.browsers import browser_label
from services.desk.people.sign_in import Refusal, SignedIn
from services.desk.views.access import SESSION_TOKEN
from services.desk.views.forms import typed
from shared.sentences import sentence

WRONG = sentence("Nama masuk atau sandi tidak cocok. Periksa keduanya, lalu coba lagi.")
WRONG_CODE = sentence("Kode ini tidak cocok atau sudah dipakai. Ketik kode yang sedang tampil, lalu coba lagi.")
SECOND_ENDED = sentence("Waktu untuk mengetik kode sudah habis. Silakan masuk lagi.")
SECOND_TOKEN = "second"  # noqa: S105 - the name of a field


def login_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("login", __name__)

    @blueprint.get("/login")
    def ask() -> Any:
        if g.person is not None:
            return redirect(url_for("listing.home"), 303)
        return page(desk)

    @blueprint.post("/login")
    def enter() -> Any:
        return _enter(desk)

    @blueprint.get("/login/code")
    def ask_code() -> Any:
        return _code_page() if session.get(SECOND_TOKEN) else redirect(url_for("login.ask"), 303)

    @blueprint.post("/login/code")
    def check_code() -> Any:
        return _check_code(desk)

    @blueprint.post("/logout")
    def leave() -> Any:
        token = session.get(SESSION_TOKEN)
        if token:
            desk.sign_in.leave(str(token), g.person)
        session.clear()
        return redirect(url_for("login.ask"), 303)

    return blueprint


def _enter(desk: Desk) -> Any:
    login = request.form.get("login", "")
    signed_in = desk.sign_in.enter(login, request.form.get("password", ""), browser())
    if signed_in is None:
        return page(desk, 401, login=login[:64], error=WRONG)
    return welcome(signed_in, request.form.get("next", ""))


def welcome(signed_in: SignedIn, back: str = "") -> Any:
    """On to the page that was asked for, or to the second step. The browser's session is a new one either way."""
    session.clear()  # a new session for whoever entered, with a new CSRF token
    if signed_in.waits:
        session[SECOND_TOKEN] = signed_in.token
        return redirect(url_for("login.ask_code", next=inside(back) or None), 303)
    session[SESSION_TOKEN] = signed_in.token
    return redirect(inside(back) or url_for("listing.home"), 303)


def browser() -> str:
    return browser_label(request.headers.get("User-Agent", "")[:500])


def _check_code(desk: Desk) -> Any:
    found = desk.sign_in.prove(str(session.get(SECOND_TOKEN, "")), typed("code", 20), browser())
    if found is Refusal.ENDED:
        session.clear()
        return page(desk, 401, error=SECOND_ENDED)
    if isinstance(found, Refusal):
        return _code_page(401, WRONG_CODE)
    return welcome(found, request.form.get("next", ""))


def _code_page(status: int = 200, error: str = "") -> Any:
    return render_template("login_code.html", error=error, next=inside(request.values.get("next", ""))), status


def page(desk: Desk, status: int = 200, *, login: str = "", error: str = "") -> Any:
    """The login page."""
    people = []
    if desk.demo:
        with desk.spine.database.read() as connection:
            people = accounts.demo_people(connection, only_active=True)
    back = inside(request.values.get("next", ""))
    content = {"login": login, "error": error, "people": people, "next": back, "file": desk.demo_password_file}
    return render_template("login.html", **content, oidc=desk.oidc is not None), status


def inside(address: str) -> str:
    """The address if it leads to a page of the desk, else nothing: a login must not lead elsewhere."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\", "/login"))
    return address if is_path and address.isprintable() and "\\" not in address else ""
