"""The ways to an agency: a test message, the secret that signs; and what an ended agency leaves behind."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from services.desk.desk import Desk
from services.desk.directory.handing import handing_over
from services.desk.directory.moving import MOST_REASON, move_open
from services.desk.directory.repository import Entry
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.directory_page import content_of, find_entry
from services.desk.views.forms import typed
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
_KEEP = {"day": 24, "none": 0}
_TRIAL = sentence("uji coba dari meja kerja")
_AWAY = sentence("Layanan pengiriman sedang tidak menjawab. Tidak ada yang berubah. Coba lagi sebentar lagi.")
_SAID_NO = {
    "no_such_agency": sentence("Layanan pengiriman belum mengenal instansi ini. Tunggu sebentar, lalu coba lagi."),
    "not_configured": sentence("Kunci tidak dapat dibuat di pemasangan ini."),
}


def add_ways(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/agencies/<code>/test")
    @needs(Act.EDIT_DIRECTORY)
    def test(code: str) -> Any:
        """Shown at once, on the page itself: it is about this moment."""
        entry = find_entry(desk, code)
        way = typed("way", 20)
        if way not in entry.endpoints:
            abort(404)
        tried = desk.connections.attempt(entry.code, way, me(), _TRIAL)
        return _page(desk, entry, "ways", tried=tried)

    @blueprint.post("/agencies/<code>/webhook-secret")
    @needs(Act.EDIT_DIRECTORY)
    def secret(code: str) -> Any:
        entry = find_entry(desk, code)
        act = typed("act", 10)
        if act == "forget":
            return _forget(desk, entry)
        if act not in _KEEP or "webhook" not in entry.endpoints:
            abort(400)
        return _new_secret(desk, entry, _KEEP[act])

    @blueprint.post("/agencies/<code>/move")
    @needs(Act.COORDINATE)
    def move(code: str) -> Any:
        return _move(desk, find_entry(desk, code))


def _new_secret(desk: Desk, entry: Entry, keep_hours: int) -> Any:
    """Shown this once: it is stored sealed, and no page shows it again. The same form again changes nothing."""
    try:
        if desk.connections.setup(entry.code).secret_id != typed("seen", 60):
            flash(sentence("Kunci sambungan sistem sudah diganti. Kunci hanya ditampilkan sekali, saat dibuat."))
            return redirect(url_for("directory.show", code=entry.code), 303)
        made = desk.connections.new_secret(entry.code, me(), keep_hours)
    except Refused as error:
        return _page(desk, entry, "ways", errors={"secret": _SAID_NO.get(error.code, error.message)}), 409
    except Transient as error:
        log.warning("secret_not_made", code=error.code)
        return _page(desk, entry, "ways", errors={"secret": _AWAY}), 503
    return _page(desk, entry, "ways", secret=made, kept_hours=keep_hours)


def _forget(desk: Desk, entry: Entry) -> Any:
    try:
        desk.connections.forget_secrets(entry.code, me())
    except Refused as error:
        return _page(desk, entry, "ways", errors={"secret": _SAID_NO.get(error.code, error.message)}), 409
    except Transient as error:
        log.warning("secret_not_forgotten", code=error.code)
        return _page(desk, entry, "ways", errors={"secret": _AWAY}), 503
    flash(sentence("Kunci sambungan sistem %(code)s sudah dihapus.", code=entry.code))
    return redirect(url_for("directory.show", code=entry.code), 303)


def _move(desk: Desk, entry: Entry) -> Any:
    to, reason = typed("to", 64), typed("reason", MOST_REASON * 2)
    try:
        progress = move_open(desk.spine, handing_over(desk.register, me()), entry.code, to, reason)
    except Refused as error:
        return _page(desk, entry, "move", errors=error.fields, typed={"to": to, "reason": reason}), 422
    if not progress.left and not progress.unplaced:
        flash(sentence("%(count)s laporan sudah dipindahkan ke %(to)s.", count=progress.moved, to=to))
        return redirect(url_for("directory.show", code=entry.code), 303)
    return _page(desk, entry, "move", progress=progress, typed={"to": to, "reason": reason})


def _page(desk: Desk, entry: Entry, section: str, **more: Any) -> str:
    return render_template("directory_agency.html", **content_of(desk, entry, section=section, **more))
