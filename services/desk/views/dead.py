"""Messages that the desk could not handle: listed, tried again, or given up for good."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from services.desk.dead_letters import DISCARD, REPLAY, listed, settle
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.forms import typed
from shared.errors import Refused
from shared.sentences import sentence

_DONE = {REPLAY: sentence("Pesan akan dicoba lagi."), DISCARD: sentence("Pesan sudah dibuang. Catatannya tetap ada.")}
_GONE = sentence("Pesan itu tidak ada lagi di daftar. Mungkin orang lain sudah menanganinya.")


def dead_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("dead", __name__)

    @blueprint.get("/dead")
    @needs(Act.SEE_DEAD)
    def letters() -> Any:
        return render_template("dead.html", letters=listed(desk.spine), error="", failed="")

    @blueprint.post("/dead/<any(replay,discard):act>")
    @needs(Act.SETTLE_DEAD)
    def end(act: str) -> Any:
        queue, message_id = typed("queue", 100), typed("message_id", 64)
        reason = typed("reason", 500)
        try:
            settled = settle(desk.spine, me(), act=act, queue=queue, message_id=message_id, reason=reason)
        except Refused as error:
            problem = error.fields["reason"]
            return render_template("dead.html", letters=listed(desk.spine), error=problem, failed=message_id), 422
        flash(_DONE[act] if settled else _GONE)
        return redirect(url_for("dead.letters"), 303)

    return blueprint
