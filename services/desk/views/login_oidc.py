"""Logging in by the city's own login service, when one is set up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for

from services.desk.desk import Desk
from services.desk.people import repository as accounts
from services.desk.people.adding import normalised
from services.desk.people.addresses import read_address
from services.desk.people.oidc import AWAY, DENIED, EMAIL, STALE, UNPROVED, WRONG_SETUP, Oidc
from services.desk.views.login import browser, inside, welcome
from shared.errors import Refused
from shared.sentences import sentence

BEGUN = "oidc"
NOBODY = "nobody"
SAID = {
    AWAY: sentence("Layanan masuk kota tidak menjawab. Coba lagi sebentar lagi, atau masuk dengan sandi."),
    WRONG_SETUP: sentence("Layanan masuk kota belum disetel dengan benar. Masuk dengan sandi, dan beri tahu operator."),
    DENIED: sentence("Layanan masuk kota menolak, atau Anda membatalkannya. Coba lagi, atau masuk dengan sandi."),
    STALE: sentence("Proses masuk ini tidak dimulai di peramban ini, atau sudah terlalu lama. Mulai lagi dari awal."),
    UNPROVED: sentence(
        "Bukti dari layanan masuk kota tidak berlaku. Coba lagi; bila tetap begitu, beri tahu operator."
    ),
    NOBODY: sentence(
        "Anda dikenal layanan masuk kota, tetapi belum punya akun di meja kerja ini. "
        "Minta orang yang mengelola akun untuk menambahkan Anda dengan alamat surel yang sama."
    ),
}
_STATUS = {AWAY: 503, WRONG_SETUP: 502, NOBODY: 403}


def oidc_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("oidc", __name__, url_prefix="/login/oidc")

    @blueprint.get("")
    def begin() -> Any:
        try:
            begun = _provider(desk).begin()
        except Refused as error:
            return _page(error.code)
        session[BEGUN] = {**begun.kept, "next": inside(request.args.get("next", ""))}
        return redirect(begun.address, 303)

    @blueprint.get("/back")
    def back() -> Any:
        return _back(desk, _provider(desk))

    return blueprint


def _provider(desk: Desk) -> Oidc:
    return desk.oidc if desk.oidc is not None else abort(404)


def _back(desk: Desk, provider: Oidc) -> Any:
    kept = session.pop(BEGUN, {})
    try:
        value = provider.finish(request.args.to_dict(), kept)
    except Refused as error:
        return _page(error.code)
    login = _login_of(desk, provider, value)
    signed_in = desk.sign_in.admit(login, browser()) if login else None
    return _page(NOBODY) if signed_in is None else welcome(signed_in, kept.get("next", ""))


def _login_of(desk: Desk, provider: Oidc, value: str) -> str | None:
    if provider.settings.claim != EMAIL:
        return normalised(value)
    address = read_address(value)
    with desk.spine.database.read() as connection:
        return accounts.login_of_address(connection, address) if address else None


def _page(code: str) -> Any:
    return render_template("login_oidc.html", told=SAID[code], login=url_for("login.ask")), _STATUS.get(code, 401)
