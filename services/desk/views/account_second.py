"""The second factor of one's own account: begun, confirmed by a code, ended."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.assisted.square_code import draw_square_code
from services.desk.desk import Desk
from services.desk.people.account import WRONG_PASSWORD
from services.desk.people.person import Act
from services.desk.views.access import my_visit, needs
from services.desk.views.forms import typed
from shared.sentences import sentence

WRONG_CODE = sentence(
    "Kode ini tidak cocok. Periksa jam telepon Anda, lalu ketik kode yang sedang tampil di aplikasinya."
)


def add_second(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/second")
    @needs(Act.HOME)
    def second_step() -> Any:
        return _page(desk)

    @blueprint.post("/second")
    @needs(Act.HOME)
    def begin_second() -> Any:
        return _begin(desk)

    @blueprint.post("/second/confirm")
    @needs(Act.HOME)
    def confirm_second() -> Any:
        return _confirm(desk)

    @blueprint.post("/second/end")
    @needs(Act.HOME)
    def end_second() -> Any:
        return _end(desk)


def _begin(desk: Desk) -> Any:
    if not desk.sign_in.second.offered:
        abort(404)
    if not _knows(desk):
        return _page(desk, 422, {"begin-password": WRONG_PASSWORD})
    desk.sign_in.second.begin(my_visit().person)
    return redirect(url_for("account.second_step"), 303)


def _confirm(desk: Desk) -> Any:
    visit = my_visit()
    codes = desk.sign_in.second.confirm(visit.person, typed("code", 20), visit.session_id)
    if codes is None:
        return _page(desk, 422, {"code": WRONG_CODE})
    return render_template("account_codes.html", codes=codes)


def _end(desk: Desk) -> Any:
    if desk.sign_in.second.required:
        abort(403)
    if not _knows(desk):
        return _page(desk, 422, {"end-password": WRONG_PASSWORD})
    desk.sign_in.second.end(my_visit().person)
    flash(sentence("Langkah kedua sudah dimatikan."))
    return redirect(url_for("account.show"), 303)


def _knows(desk: Desk) -> bool:
    return desk.sign_in.knows(my_visit().person, request.form.get("password", "")[:1000])


def _page(desk: Desk, status: int = 200, errors: dict[str, str] | None = None) -> Any:
    second, visit = desk.sign_in.second, my_visit()
    if not second.offered:
        abort(404)
    setup = second.begun(visit.person)
    picture = draw_square_code(setup.address) if setup else ""
    content = {"setup": setup, "picture": picture, "has_second": visit.has_second, "required": second.required}
    return render_template("account_second.html", **content, errors=errors or {}), status
