"""What an operator or coordinator is to see to: open alerts, destinations out of reach, suppressed addresses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.people.person import Act, may
from services.desk.sending.alerts import OpenAlerts
from services.desk.sending.deliveries import MOST_REASON
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
_NO_REASON = sentence("Tulis alasan singkat (paling panjang %(most)s huruf). Alasan ini dicatat.", most=MOST_REASON)
_AWAY = sentence("Layanan pengiriman sedang tidak menjawab. Tidak ada yang berubah. Coba lagi sebentar lagi.")
_SAID_NO = {
    "already_cleared": sentence("Orang lain sudah menyelesaikan peringatan ini."),
    "not_suppressed": sentence("Alamat ini sudah dapat dikirimi lagi."),
}
_DONE = {"clear": sentence("Peringatan ditandai selesai."), "lift": sentence("Alamat ini dapat dikirimi lagi.")}


def attention_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("attention", __name__)

    @blueprint.app_context_processor
    def line_on_every_page() -> dict[str, Any]:
        person = g.get("person")
        sees = person is not None and may(person, Act.SETTLE_DELIVERIES)
        return {"open_alerts": desk.open_alerts.number() if sees else 0}

    @blueprint.get("/alerts")
    @needs(Act.SEE_DELIVERIES)
    def alerts() -> Any:
        return _page(desk, {})

    @blueprint.post("/alerts")
    @needs(Act.SETTLE_DELIVERIES)
    def settle() -> Any:
        act = request.form.get("act", "")
        if act not in _DONE:
            abort(400)
        reason = typed("reason", 1000).strip()
        if not reason or len(reason) > MOST_REASON:
            return _page(desk, {_field(act): _NO_REASON}), 422
        return _settle(desk, act, reason, desk.open_alerts)

    return blueprint


def _settle(desk: Desk, act: str, reason: str, open_alerts: OpenAlerts) -> Any:
    try:
        if act == "clear":
            desk.deliveries.clear_alert(typed("alert_id", 64), me(), reason)
        else:
            desk.deliveries.lift(typed("channel", 16), typed("key", 64), me(), reason)
    except Refused as error:
        flash(_SAID_NO.get(error.code, error.message))
    except Transient as error:
        log.warning("deliveries_not_reached", code=error.code)
        return _page(desk, {"": _AWAY}), 503
    else:
        flash(_DONE[act])
    open_alerts.forget()
    return redirect(url_for("attention.alerts"), 303)


def _page(desk: Desk, errors: dict[str, str]) -> Any:
    try:
        return render_template(
            "alerts.html", away=False, errors=errors, alerts=desk.deliveries.alerts(),
            destinations=desk.deliveries.away(), suppressed=desk.deliveries.suppressed(),
        )  # fmt: skip
    except Transient as error:
        log.warning("deliveries_not_reached", code=error.code)
        return render_template("alerts.html", away=True), 503


def _field(act: str) -> str:
    """The id of the field that lacks its reason."""
    ending = typed("alert_id", 64) if act == "clear" else f"{typed('channel', 16)}-{typed('key', 64)}"
    return f"reason-{ending}"
