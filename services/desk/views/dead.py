"""Messages that a service could not handle: listed, tried again, or given up for good."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from services.desk.console.wording import SERVICES
from services.desk.dead_letters import listed, settle
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from shared.dead_letters import DISCARD, REPLAY
from shared.errors import Refused, Transient
from shared.sentences import sentence

_DONE = {REPLAY: sentence("Pesan akan dicoba lagi."), DISCARD: sentence("Pesan sudah dibuang. Catatannya tetap ada.")}
_GONE = sentence("Pesan itu tidak ada lagi di daftar. Mungkin orang lain sudah menanganinya.")
_AWAY = sentence("Layanan itu sedang tidak menjawab. Tidak ada yang berubah. Coba lagi sebentar lagi.")


def dead_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("dead", __name__)

    def page(error: str = "", failed: str = "", *, reason: bool = False) -> str:
        """`reason`: it was the reason that was wrong."""
        return render_template(
            "dead.html", services=listed(desk.dead), service_names=SERVICES, error=error,
            failed=failed if reason else "",
        )  # fmt: skip

    @blueprint.get("/dead")
    @needs(Act.SEE_DEAD)
    def letters() -> Any:
        return page()

    @blueprint.post("/dead/<any(replay,discard):act>")
    @needs(Act.SETTLE_DEAD)
    def end(act: str) -> Any:
        queue, message_id = typed("queue", 100), typed("message_id", 64)
        service, reason = typed("service", 20) or "desk", typed("reason", 500)
        try:
            settled = settle(
                desk.dead, me(), service=service, act=act, queue=queue, message_id=message_id, reason=reason
            )  # fmt: skip
        except Refused as error:
            return page(error.fields["reason"], message_id, reason=True), 422
        except Transient:
            return page(_AWAY), 503
        flash(_DONE[act] if settled else _GONE)
        return redirect(url_for("dead.letters"), 303)

    return blueprint
