"""The messages that were sent or wait: a list with a picture, one with its story, sent again or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.desk import repository as cases
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, text_view
from services.desk.sending.deliveries import MOST_REASON, Page, Story, Wanted
from services.desk.sending.picture import CHANNELS, bars
from services.desk.sending.wording import STATES, channel_name
from services.desk.views.access import me, needs
from services.desk.views.forms import asked, typed
from shared.errors import Refused, Transient
from shared.ids import read_ticket
from shared.observability.logs import get_logger
from shared.observability.masking import mask
from shared.sentences import sentence

log = get_logger("desk")
PERIODS = (7, 30, 365)
COUNTED_DAYS = 7
_ID = "<string(length=36):delivery_id>"
_NO_REASON = sentence("Tulis alasan singkat (paling panjang %(most)s huruf). Alasan ini dicatat.", most=MOST_REASON)
_AWAY = sentence("Layanan pengiriman sedang tidak menjawab. Tidak ada yang berubah. Coba lagi sebentar lagi.")
_SAID_NO = {
    "no_such_delivery": sentence("Kiriman ini tidak ada."),
    "not_retryable": sentence("Kiriman ini tidak dapat dikirim ulang: keadaannya sudah berubah."),
    "not_cancellable": sentence("Kiriman ini tidak dapat dibatalkan lagi: keadaannya sudah berubah."),
    "in_hand": sentence("Kiriman ini sedang diserahkan. Coba lagi sebentar lagi."),
    "message_cleared": sentence("Isi pesan ini sudah dihapus, sehingga tidak dapat dikirim ulang."),
}
_DONE = {
    "retry": sentence("Kiriman akan dikirim ulang. Selama masih menunggu, kiriman ini dapat dibatalkan."),
    "cancel": sentence("Kiriman dibatalkan. Kiriman ini masih dapat dikirim ulang nanti."),
}
_WORDS = ("text", "excerpt", "answer")


def delivery_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("deliveries", __name__)

    @blueprint.get("/deliveries")
    @needs(Act.SEE_DELIVERIES)
    def newest() -> Any:
        sought = asked("q", 64)
        wanted, found = _wanted(desk, sought)
        try:
            counts = desk.deliveries.counts(COUNTED_DAYS)
            page = desk.deliveries.newest(wanted) if found else Page([], "")
        except Transient as error:
            log.warning("deliveries_not_reached", code=error.code)
            return render_template("deliveries.html", away=True), 503
        return render_template(
            "deliveries.html", away=False, page=page, wanted=wanted, sought=sought, bars=bars(counts),
            states=_by_state(counts), channels=CHANNELS, periods=PERIODS, counted_days=COUNTED_DAYS,
        )  # fmt: skip

    @blueprint.get(f"/deliveries/{_ID}")
    @needs(Act.SEE_DELIVERIES)
    def show(delivery_id: str) -> Any:
        return _page(desk, delivery_id, {})

    @blueprint.post(f"/deliveries/{_ID}")
    @needs(Act.SETTLE_DELIVERIES)
    def settle(delivery_id: str) -> Any:
        act = request.form.get("act", "")
        if act not in _DONE:
            abort(400)
        reason = typed("reason", 1000).strip()
        if not reason or len(reason) > MOST_REASON:
            return _page(desk, delivery_id, {"reason": _NO_REASON}), 422
        return _settle(desk, delivery_id, act, reason)

    return blueprint


def _wanted(desk: Desk, sought: str) -> tuple[Wanted, bool]:
    """What the address asks for; False when it names a ticket that nobody knows."""
    state, channel, days = asked("state", 20), asked("channel", 20), asked("days", 4)
    complaint_id, found = "", True
    if sought:
        ticket = read_ticket(sought, desk.pack.city.ticket_prefix) or ""
        with desk.spine.database.read() as connection:
            case = cases.by_ticket(connection, ticket) if ticket else None
        complaint_id, found = (case.complaint_id, True) if case else ("", False)
    wanted = Wanted(
        state=state if state in STATES else "",
        channel=channel if channel in CHANNELS else "",
        reason=asked("reason", 64),
        recipient=asked("recipient", 64),
        complaint_id=complaint_id,
        days=int(days) if days in map(str, PERIODS) else PERIODS[1],
        before=asked("before", 36),
    )
    return wanted, found


def _by_state(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """All states in their order, those without any too."""
    return {name: sum(number for (state, _), number in counts.items() if state == name) for name in STATES}


def _settle(desk: Desk, delivery_id: str, act: str, reason: str) -> Any:
    try:
        if act == "cancel":
            desk.deliveries.cancel(delivery_id, me(), reason)
        else:
            desk.deliveries.retry(delivery_id, me(), reason, sure=request.form.get("sure") == "yes")
    except Refused as error:
        if error.code == "may_arrive_twice":
            return _page(desk, delivery_id, {}, asks_first=reason), 409
        return _page(desk, delivery_id, {"": _SAID_NO.get(error.code, error.message)}), 409
    except Transient as error:
        log.warning("deliveries_not_reached", code=error.code)
        return _page(desk, delivery_id, {"": _AWAY}), 503
    flash(_DONE[act])
    return redirect(url_for("deliveries.show", delivery_id=delivery_id), 303)


def _page(desk: Desk, delivery_id: str, errors: dict[str, str], *, asks_first: str = "") -> Any:
    """`asks_first` is the reason of a person who has to say once more that the message may arrive twice."""
    try:
        story = desk.deliveries.story(delivery_id)
    except Refused:
        abort(404)
    except Transient as error:
        log.warning("deliveries_not_reached", code=error.code)
        return render_template("deliveries.html", away=True), 503
    return render_template(
        "delivery.html", story=story, line=story.line, words=_words(story), errors=errors, asks_first=asks_first,
        may_retry=story.line.state in ("failed", "uncertain", "skipped") and bool(story.data),
        may_cancel=story.line.state == "pending", channel_name=channel_name,
    )  # fmt: skip


def _words(story: Story) -> list[str] | None:
    """What it says, as far as this person reads it; None for who reads nothing."""
    view = text_view(me(), "anonymous")
    if view is TextView.NONE:
        return None
    lines = [line for line in story.data.get("lines", ()) if isinstance(line, Mapping)]
    found = [str(part.get(name) or "") for part in (story.data, *lines) for name in _WORDS]
    return [text if view is TextView.WHOLE else mask(text) for text in found if text]
