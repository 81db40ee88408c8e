"""The box on the tracking page: more words, photos, or that it is not solved yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.intake.additions import Additions
from services.intake.channels.web_fields import CHANNEL, Photos, Typed, read_nonce
from services.intake.channels.web_photos import keep_uploaded
from services.intake.submission import Addition
from services.intake.tracking import Tracked
from services.intake.views import TrackViews
from services.intake.web.guards import FormGuards
from shared.errors import Refused, Transient
from shared.sentences import sentence
from shared.web.errors import retry_after
from shared.web.languages import speak

KINDS = ("addition", "not_solved")
ANSWER = "answer"
_LATE = sentence("Halaman ini sudah lama terbuka. Isian Anda masih ada: tekan Kirim tambahan sekali lagi.")
_AWAY = sentence(
    "Layanan sedang tidak dapat menyimpan tambahan. Isian Anda masih ada: tunggu sebentar, lalu kirim lagi."
)


@dataclass(frozen=True)
class AdditionViews:
    additions: Additions
    track: TrackViews
    csrf: CSRFProtect
    photos: Photos
    guards: FormGuards

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("additions", __name__)
        blueprint.add_url_rule("/complaints/<ticket>/additions", "add", self.add, methods=["POST"])
        return blueprint

    def add(self, ticket: str) -> Any:
        """Ticket and code are proved before anything else is looked at, and fail as they do on the tracking page."""
        code = request.form.get("code", "")
        try:
            tracked = self.track.tracking.look_up(ticket, code)
        except Refused as error:
            return self.track.form(ticket, {"": error.message}), error.status
        typed = Typed.read(request.form, self.track.tokens).with_nonce()
        try:
            self.csrf.protect()
        except CSRFError:
            return self.track.page(tracked, code, typed, {"": _LATE}), 400
        try:
            self.guards.count_address(CHANNEL)
            typed, problems = keep_uploaded(typed, self.photos, request.files.getlist("photos"))
            if "language" in request.form:
                speak(request.form["language"])
            elif not problems:
                return self._store(tracked, code, typed)
            return self.track.page(tracked, code, typed, problems), 422 if problems else 200
        except Refused as error:
            return self.track.page(tracked, code, typed, {"text": error.message}), error.status
        except Transient as error:
            return self.track.page(tracked, code, typed, {"": _AWAY}), 503, {"Retry-After": retry_after(error)}

    def _store(self, tracked: Tracked, code: str, typed: Typed) -> Any:
        what = request.form.get("what", "")
        known = (*KINDS, ANSWER) if tracked.question else KINDS
        addition = read_addition(tracked, what if what in known else KINDS[0], typed)
        self.additions.add(addition)
        return redirect(url_for("track.show", ticket=tracked.ticket, code=code, added=addition.what) + "#kabar", 303)


def read_addition(tracked: Tracked, what: str, typed: Typed) -> Addition:
    """The nonce is the message's id: a second click adds nothing."""
    complaint_id, account, by_sender = tracked.addition()
    return Addition(
        complaint_id=complaint_id,
        what=what,
        channel=CHANNEL,
        account=account,
        text=typed.fields["text"],
        provider_id=read_nonce(typed.fields["nonce"]),
        sender=tracked.complaint_id,
        by_sender=by_sender,
        photos=typed.photos,
        size=len(typed.fields["text"]),
    )
