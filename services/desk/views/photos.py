"""One photo of a case, for whoever may read what goes with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, request

from services.desk.cases import contents
from services.desk.cases.case import Case
from services.desk.cases.photos import photos_of
from services.desk.desk import Desk
from services.desk.people.person import Act, TextView, text_view
from services.desk.views.access import me, needs
from services.desk.views.case import find_case
from services.desk.working import drafts
from shared.contracts.fields import AttachmentFields
from shared.errors import Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence
from shared.web.errors import answer

log = get_logger("desk")
AWAY = sentence(
    "Foto sedang tidak dapat diambil. Laporannya tetap dapat dibaca dan dikerjakan. Coba lagi sebentar lagi."
)
GONE = sentence("Foto ini sudah tidak ada.")
_INSTEAD = "photo-away.svg"


def photo_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("photos", __name__)

    @blueprint.get("/cases/<ticket>/photos/<digest>")
    @needs(Act.SEE_CASES)
    def show(ticket: str, digest: str) -> Any:
        """Not kept by the browser: on a shared computer the next person may not be allowed to see it."""
        case = find_case(desk, ticket)
        if text_view(me(), case.identity) is TextView.NONE:
            abort(403)
        if not _belongs(desk, case, digest):
            abort(404)
        try:
            content = desk.photos.fetch(digest)
        except Transient as error:
            log.warning("photo_not_reached", code=error.code)
            return _told(503, error.code, AWAY)
        if content is None:
            return _told(404, "no_photo", GONE)
        return Response(content, mimetype="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})

    return blueprint


def _belongs(desk: Desk, case: Case, digest: str) -> bool:
    with desk.spine.database.read() as connection:
        known = contents.of_case(connection, case.complaint_id)
    if any(digest in photo.digests for photo in photos_of(case, known)):
        return True
    return any(digest in (photo["sha256"], photo.get("preview")) for photo in _begun(desk, case))


def _begun(desk: Desk, case: Case) -> tuple[AttachmentFields, ...]:
    """What this person is about to send with an answer."""
    with desk.spine.database.read() as connection:
        draft = drafts.of_case(connection, me().login, case.complaint_id).get(drafts.ANSWER)
    return draft.photos if draft is not None else ()


def _told(status: int, code: str, words: str) -> Response:
    """A page for who follows a link; a picture that says the same where a picture is wanted."""
    if "text/html" in request.headers.get("Accept", ""):
        return answer(status, code, words)
    response = current_app.send_static_file(_INSTEAD)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
