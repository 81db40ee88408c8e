"""The form on the tracking page that asks how content the citizen is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.intake.channels.web_fields import CHANNEL, Typed
from services.intake.rating import MOST_WORDS, Rating, Ratings
from services.intake.text import clean_text
from services.intake.tracking import ACCOUNT, Tracked
from services.intake.views import TrackViews, TypedRating
from services.intake.web.guards import FormGuards
from services.intake.wording import SCORES
from shared.errors import Refused, Transient
from shared.sentences import sentence
from shared.web.errors import retry_after
from shared.web.languages import speak

_NO_SCORE = sentence("Pilih salah satu nilai.")
_TOO_LONG = sentence("Tulis paling banyak %(most)s huruf. Ringkas, lalu kirim lagi.", most=MOST_WORDS)
_LATE = sentence("Halaman ini sudah lama terbuka. Isian Anda masih ada: tekan Kirim penilaian sekali lagi.")
_AWAY = sentence(
    "Layanan sedang tidak dapat menyimpan penilaian. Isian Anda masih ada: tunggu sebentar, lalu kirim lagi."
)


@dataclass(frozen=True)
class RatingViews:
    ratings: Ratings
    track: TrackViews
    csrf: CSRFProtect
    guards: FormGuards

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("ratings", __name__)
        blueprint.add_url_rule("/complaints/<ticket>/rating", "rate", self.rate, methods=["POST"])
        return blueprint

    def rate(self, ticket: str) -> Any:
        """Ticket and code are proved before anything else is looked at, and fail as they do on the tracking page."""
        code = request.form.get("code", "")
        try:
            tracked = self.track.tracking.look_up(ticket, code)
        except Refused as error:
            return self.track.form(ticket, {"": error.message}), error.status
        typed = TypedRating(request.form.get("score", "")[:10], request.form.get("words", ""), sent=True)
        try:
            self.csrf.protect()
        except CSRFError:
            return self._page(tracked, code, typed, {"": _LATE}), 400
        if "language" in request.form:
            speak(request.form["language"])
            return self._page(tracked, code, typed, {})
        try:
            self.guards.count_address(CHANNEL)
            self.ratings.rate(_read(tracked, typed))
        except Refused as error:
            return self._page(tracked, code, typed, error.fields or {"": error.message}), error.status
        except Transient as error:
            return self._page(tracked, code, typed, {"": _AWAY}), 503, {"Retry-After": retry_after(error)}
        return redirect(url_for("track.show", ticket=tracked.ticket, code=code, added="rating") + "#kabar", 303)

    def _page(self, tracked: Tracked, code: str, typed: TypedRating, errors: Mapping[str, str]) -> str:
        return self.track.page(tracked, code, Typed.new("").with_nonce(), {}, rating=replace(typed, errors=errors))


def _read(tracked: Tracked, typed: TypedRating) -> Rating:
    """Only the sender's own; who joined a complaint does not speak for its sender."""
    if typed.score not in map(str, SCORES):
        raise Refused(_NO_SCORE, code="bad_score", fields={"score": _NO_SCORE})
    if not tracked.may_rate:
        raise Refused(sentence("Penilaian dapat diberikan setelah laporan dijawab."), code="not_answered", status=409)
    if len(clean_text(typed.words)) > MOST_WORDS:
        raise Refused(_TOO_LONG, code="too_long", fields={"words": _TOO_LONG})
    return Rating(tracked.complaint_id, int(typed.score), CHANNEL, ACCOUNT, typed.words)
