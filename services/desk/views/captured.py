"""What the demonstration kept instead of sending. Not there in live mode."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template

from services.desk.adapters import CapturedMessage
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, text_view
from services.desk.views.access import me, needs
from shared.errors import Transient
from shared.observability.masking import mask


def captured_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("captured", __name__)

    @blueprint.get("/captured")
    @needs(Act.SEE_CAPTURED)
    def messages() -> Any:
        if not desk.demo:
            abort(404)
        view = text_view(me(), "anonymous")
        try:
            shown = [_shown(message, view) for message in desk.captured.latest()]
        except Transient:
            return render_template("captured.html", messages=[], away=True, reads=True), 503
        return render_template("captured.html", messages=shown, away=False, reads=view is not TextView.NONE)

    return blueprint


def _shown(message: CapturedMessage, view: TextView) -> CapturedMessage:
    message = replace(message, recipient=mask(message.recipient))
    if view is TextView.WHOLE:
        return message
    if view is TextView.MASKED:
        return replace(message, subject=mask(message.subject), text=mask(message.text))
    return replace(message, subject="", text="")
