"""Tracking pages: ticket and code in, the state of the complaint out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.intake.channels.web_fields import PhotoTokens, Typed, photo_fields_of
from services.intake.deadlines import CaseDeadlines
from services.intake.photos.store import MEDIA_TYPE
from services.intake.rating import MOST_WORDS
from services.intake.submission import MOST_TEXT_CHARACTERS
from services.intake.tracking import Tracked, Tracking
from services.intake.web.pages import Pages
from shared.blobs import BlobFolder
from shared.errors import Refused
from shared.ids import read_ticket
from shared.sentences import sentence
from shared.web.errors import wants_page

NO_PHOTO = sentence("Foto ini sudah tidak ada.")


@dataclass(frozen=True)
class TypedRating:
    """The form of a rating as it stands; `sent`: this page answers it."""

    score: str
    words: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    sent: bool = False


@dataclass(frozen=True)
class TrackViews:
    tracking: Tracking
    pages: Pages
    tokens: PhotoTokens
    deadlines: CaseDeadlines
    files: BlobFolder

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("track", __name__)
        blueprint.add_url_rule("/track", "ask", self.ask, methods=["GET"])
        blueprint.add_url_rule("/complaints/<ticket>", "show", self.show, methods=["GET"])
        blueprint.add_url_rule("/complaints/<ticket>/photos/<digest>", "photo", self.photo, methods=["GET"])
        return blueprint

    def ask(self) -> Any:
        """The form; with both fields filled it leads to the tracking page."""
        ticket, code = request.args.get("ticket", "").strip(), request.args.get("code", "").strip()
        if not (ticket and code):
            missing = _missing(ticket, code) if "code" in request.args else {}
            return self.form(ticket, missing), 422 if missing else 200
        known = read_ticket(ticket[:100], self.tracking.ticket_prefix)
        if known is None:
            return self.show(ticket)
        return redirect(url_for("track.show", ticket=known, code=code), 303)

    def show(self, ticket: str) -> Any:
        code = request.args.get("code", "") or request.headers.get("X-Tracking-Code", "")
        if not code.strip():
            return redirect(url_for("track.ask", ticket=ticket), 303)
        try:
            tracked = self.tracking.look_up(ticket, code)
        except Refused as error:
            if not wants_page():
                raise
            return self.form(ticket, {"": error.message}), error.status
        return self.page(tracked, code, Typed.new("").with_nonce(), {}, added=request.args.get("added", ""))

    def photo(self, ticket: str, digest: str) -> Response:
        """A photo of an answer, for whoever has ticket and code; no browser keeps it."""
        tracked = self.tracking.look_up(ticket, request.args.get("code", ""))
        content = self.files.get(digest) if digest in tracked.photos else None
        if content is None:
            raise Refused(NO_PHOTO, code="no_photo", status=404)
        return Response(content, mimetype=MEDIA_TYPE, headers={"X-Content-Type-Options": "nosniff"})

    def form(self, ticket: str, errors: dict[str, str]) -> str:
        return render_template("track.html", ticket=ticket, errors=errors, **self.pages.common())

    def page(
        self, tracked: Tracked, code: str, typed: Typed, errors: Mapping[str, str], *, added: str = "",
        rating: TypedRating | None = None,
    ) -> str:  # fmt: skip
        """The state of a complaint, with the boxes for more and for its rating; `added` is what was sent just now."""
        return render_template(
            "status.html",
            tracked=tracked,
            deadlines=self.deadlines.of(tracked.shown_id) if tracked.is_going_on else (),
            code=code,
            typed=typed.fields,
            rating=rating or TypedRating(str(tracked.score or "")),
            most_rating_words=MOST_WORDS,
            photos=photo_fields_of(typed.photos, self.tokens),
            errors=errors,
            added=added,
            limits={"text": MOST_TEXT_CHARACTERS},
            **self.pages.common(),
        )


def _missing(ticket: str, code: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not ticket:
        errors["ticket"] = sentence("Isi nomor tiket Anda.")
    if not code:
        errors["code"] = sentence("Isi kode pelacakan Anda.")
    return errors
