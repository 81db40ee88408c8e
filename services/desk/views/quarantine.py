"""Messages that no program could make sense of: a coordinator looks, has them read again, or gives them up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.quarantine import MOST_REASON, Settled
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.observability.masking import mask
from shared.sentences import sentence

log = get_logger("desk")
_ID = "<string(length=36):quarantine_id>"
_NO_REASON = sentence("Tulis alasan singkat (paling panjang %(most)s huruf). Alasan ini dicatat.", most=MOST_REASON)


def quarantine_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("quarantine", __name__)

    @blueprint.get("/quarantine")
    @needs(Act.SEE_QUARANTINE)
    def waiting() -> Any:
        try:
            return render_template("quarantine.html", messages=desk.quarantine.waiting(), away=False)
        except Transient as error:
            log.warning("quarantine_not_reached", code=error.code)
            return render_template("quarantine.html", messages=[], away=True), 503

    @blueprint.get(f"/quarantine/{_ID}")
    @needs(Act.SETTLE_QUARANTINE)
    def show(quarantine_id: str) -> Any:
        return _page(desk, quarantine_id, {})

    @blueprint.post(f"/quarantine/{_ID}")
    @needs(Act.SETTLE_QUARANTINE)
    def settle(quarantine_id: str) -> Any:
        act = request.form.get("act", "")
        if act not in _ACTS:
            abort(400)
        reason = typed("reason", 1000).strip()
        if (not reason and act in ("reveal", "discard")) or len(reason) > MOST_REASON:
            return _page(desk, quarantine_id, {"reason": _NO_REASON}), 422
        if act == "reveal":
            return _page(desk, quarantine_id, {}, reason=reason)
        return _settle(desk, quarantine_id, act, reason)

    return blueprint


_ACTS = ("reveal", "replay", "complaint", "discard")


def _settle(desk: Desk, quarantine_id: str, act: str, reason: str) -> Any:
    try:
        if act == "discard":
            settled = desk.quarantine.discard(quarantine_id, me(), reason)
        else:
            settled = desk.quarantine.replay(quarantine_id, me(), as_complaint=act == "complaint", reason=reason)
    except Refused as error:
        return _page(desk, quarantine_id, {"": _SAID_NO.get(error.code, error.message)}), 409
    except Transient as error:
        log.warning("quarantine_not_reached", code=error.code)
        return _page(desk, quarantine_id, {"": _AWAY}), 503
    flash(_done(settled))
    return redirect(url_for("quarantine.waiting"), 303)


_AWAY = sentence("Layanan penerimaan sedang tidak menjawab. Tidak ada yang berubah. Coba lagi sebentar lagi.")
_SAID_NO = {
    "still_unclear": sentence("Pesan ini masih belum dapat dipahami. Jadikan laporan baru, atau buang dengan alasan."),
    "already_settled": sentence("Orang lain sudah menangani pesan ini."),
    "raw_is_gone": sentence("Isi pesan ini sudah tidak tersimpan."),
    "not_in_quarantine": sentence("Pesan ini tidak ada di karantina."),
}


def _done(settled: Settled) -> str:
    if settled.kind == "complaint":
        return sentence("Pesan menjadi laporan %(ticket)s.", ticket=settled.ticket)
    if settled.kind == "discarded":
        return sentence("Pesan dibuang. Catatannya tetap ada.")
    if settled.ticket:
        return sentence("Pesan sudah diolah pada laporan %(ticket)s.", ticket=settled.ticket)
    return sentence("Pesan sudah diolah.")


def _page(desk: Desk, quarantine_id: str, errors: dict[str, str], *, reason: str = "") -> Any:
    """Without a reason nothing that tells who wrote: no sender, no headers, and the words masked."""
    try:
        message = desk.quarantine.open(quarantine_id, me(), reason)
    except Refused as error:
        if error.code in ("not_in_quarantine", "service_said_no"):
            abort(404)
        flash(_SAID_NO.get(error.code, error.message))
        return redirect(url_for("quarantine.waiting"), 303)
    except Transient as error:
        log.warning("quarantine_not_reached", code=error.code)
        return render_template("quarantine.html", messages=[], away=True), 503
    hide = str if reason else mask
    return render_template(
        "held.html",
        held=message.held,
        revealed=bool(reason),
        subject=hide(message.subject),
        text=hide(message.text) or (message.source if reason else ""),
        sender=message.sender if reason else "",
        headers=message.headers if reason else [],
        attachments=message.attachments,
        errors=errors,
    )
