"""Every message as it would read, with made-up contents, so that nobody has to send one to see it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template

from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.sending.deliveries import Preview
from services.desk.sending.wording import MESSAGES
from services.desk.views.access import needs
from services.desk.views.forms import asked
from shared.errors import Refused, Transient
from shared.web.base import SECURITY_HEADERS

_POLICY = "Content-Security-Policy"
_WITH_FRAMES = f"{SECURITY_HEADERS[_POLICY]}; frame-src 'self'"
_MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A mail brings its own styles. It runs nothing, loads nothing, and is of no origin."""


def preview_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("previews", __name__)

    @blueprint.get("/notifications")
    @needs(Act.SEE_DELIVERIES)
    def every() -> Any:
        try:
            found = desk.deliveries.previews()
        except (Transient, Refused):
            return render_template("notifications.html", away=True), 503
        languages = sorted({one.language for one in found}, key=lambda code: (code != desk.pack.city.language, code))
        kinds = [kind for kind in MESSAGES if any(one.message == kind for one in found)]
        kind, language = asked("message", 40), asked("language", 8)
        kind = kind if kind in kinds else next(iter(kinds), "")
        language = language if language in languages else next(iter(languages), "")
        shown = [one for one in found if (one.message, one.language) == (kind, language)]
        page = render_template(
            "notifications.html",
            away=False,
            kinds=kinds,
            kind=kind,
            offered=languages,
            chosen=language,
            shown=shown,
        )
        answer = make_response(page)
        answer.headers[_POLICY] = _WITH_FRAMES
        return answer

    @blueprint.get("/notifications/mail")
    @needs(Act.SEE_DELIVERIES)
    def mail() -> Any:
        """The HTML part alone, for the frame on the page."""
        try:
            found = desk.deliveries.previews()
        except (Transient, Refused):
            abort(503)
        sought = asked("message", 40), asked("language", 8)
        mails = [one for one in found if one.html and (one.message, one.language) == sought]
        return _alone(mails[0]) if mails else abort(404)

    return blueprint


def _alone(one: Preview) -> Response:
    answer = Response(one.html, content_type="text/html; charset=utf-8")
    answer.headers[_POLICY] = _MAIL
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer
