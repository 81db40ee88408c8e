"""The form for citizens: from a browser's fields to a submission, and the receipt afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from services.intake import repository, repository_additions
from services.intake.accept import Door
from services.intake.channels.unfinished_form import digests_of, pack_form, remember_check
from services.intake.channels.web_fields import CHANNEL, Photos, PhotoTokens, Typed, photo_fields_of
from services.intake.channels.web_photos import keep_uploaded
from services.intake.fingerprint import same_message
from services.intake.submission import (
    MOST_DETAIL_CHARACTERS,
    MOST_NAME_CHARACTERS,
    MOST_TEXT_CHARACTERS,
    Contact,
    Receipt,
    Submission,
)
from services.intake.text import summary
from services.intake.web.contact_checks import ContactChecks, Unfinished
from services.intake.web.guards import TRAP, FormGuards
from services.intake.web.joining import Joining, Offer
from services.intake.web.pages import Pages
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence
from shared.web.errors import retry_after
from shared.web.languages import speak, spoken

log = get_logger("web_form")
_RECEIPT_SECONDS = 1800
_MOST_RECEIPTS = 5
_LIMITS = {"text": MOST_TEXT_CHARACTERS, "detail": MOST_DETAIL_CHARACTERS, "name": MOST_NAME_CHARACTERS}
_AWAY = sentence(
    "Layanan sedang tidak dapat menyimpan laporan. Isian Anda masih ada: tunggu sebentar, lalu tekan Kirim laporan."
)
_LATE = sentence("Halaman ini sudah lama terbuka. Isian Anda masih ada: tekan Kirim laporan sekali lagi.")
_LATE_PHOTOS = sentence(
    "Halaman ini sudah lama terbuka. Isian Anda masih ada: pilih lagi fotonya, lalu tekan Kirim laporan sekali lagi."
)
_GONE = sentence("Laporan itu tidak dapat diikuti lagi. Isian Anda masih ada: tekan Kirim laporan sekali lagi.")

Answer = Any


@dataclass(frozen=True)
class FormViews:
    door: Door
    pages: Pages
    csrf: CSRFProtect
    photos: Photos
    tokens: PhotoTokens
    guards: FormGuards
    joining: Joining
    checks: ContactChecks | None = None
    """Set where a contact has to be proved."""

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("form", __name__)
        blueprint.add_url_rule("/", "new", self.new, methods=["GET"])
        blueprint.add_url_rule("/complaints", "send", self.send, methods=["POST"])
        blueprint.add_url_rule("/complaints/<ticket>/receipt", "receipt", self.receipt, methods=["GET"])
        blueprint.add_url_rule("/form-key", "key", self.key, methods=["GET"])
        return blueprint

    def new(self) -> Answer:
        return self.form(Typed.new(self.guards.opened_mark()), {}, fresh=True)

    def key(self) -> Answer:
        """A fresh token, for a form that was opened long ago or while there was no network."""
        return jsonify(csrf_token=generate_csrf())

    def send(self) -> Answer:
        typed = Typed.read(request.form, self.tokens).with_nonce()
        only_shown = "language" in request.form or "edit" in request.form
        if only_shown:
            speak(request.form.get("language", ""))
        files = request.files.getlist("photos")
        try:
            self.csrf.protect()
        except CSRFError:
            late = _LATE_PHOTOS if any(file.filename for file in files) else _LATE
            return self.form(typed, {"": late}), 400
        try:
            self.guards.count_address(CHANNEL)
            typed, problems = keep_uploaded(typed, self.photos, files)
        except (Refused, Transient) as error:
            return self.again(typed, error)
        if only_shown or problems:
            return self.form(typed, problems), 422 if problems else 200
        try:
            return self._take(typed)
        except (Refused, Transient) as error:
            return self.again(typed, error)

    def _take(self, typed: Typed) -> Answer:
        """The receipt, or similar complaints to choose from. Raises `Refused` and `Transient`."""
        self.guards.judge(CHANNEL, request.form)
        token = request.form.get("join", "")
        joined_to = self.joining.joined(token) if token else None
        if token and joined_to is None:
            raise Refused(_GONE, code="not_joinable", status=409)
        submission = typed.submission(joined_to, spoken())
        checked = self._checked(submission)
        known = self.joining.is_known(checked)
        if not known:
            self.guards.check_contact(CHANNEL, checked.contact)
            offers = () if token or "separate" in request.form else self.joining.offers(checked)
            if offers:
                return self._offer(typed, offers)
        to_prove = self.checks.to_prove(checked.contact) if self.checks is not None and not known else None
        if self.checks is not None and to_prove is not None:
            return self._ask_code(self.checks, typed, checked, to_prove)
        receipt = self.door.accept(submission)
        remember(receipt, typed.fields["nonce"], now=self.door.spine.clock.now().timestamp())
        return redirect(url_for("form.receipt", ticket=receipt.ticket), 303)

    def _ask_code(self, checks: ContactChecks, typed: Typed, checked: Submission, contact: Contact) -> Answer:
        same = same_message(checked, self.door.vault.hasher, now=self.door.spine.clock.now(), zone=self.door.zone)
        assert same is not None, "there is a contact"
        try:
            check_id = checks.ask(
                Unfinished(
                    message_key=same.other_key or same.key,
                    contact=contact,
                    form=pack_form(typed, checked),
                    photos=digests_of(checked.photos),
                    language=checked.language,
                )
            )
        except Refused as error:
            self.guards.note_refusal(CHANNEL, error)
            raise
        remember_check(check_id)
        return redirect(url_for("checks.show", check_id=check_id), 303)

    def _checked(self, submission: Submission) -> Submission:
        try:
            return self.door.checker.check(submission)
        except Refused as error:
            self.guards.note_refusal(CHANNEL, error)
            raise

    def receipt(self, ticket: str) -> Answer:
        """Shown to the browser that sent the complaint, for half an hour; to others as if it did not exist."""
        now = self.door.spine.clock.now().timestamp()
        complaint_id, _, nonce = _remembered(now).get(ticket, ("", 0.0, ""))
        with self.door.spine.database.read() as connection:
            row = repository.complaint(connection, complaint_id) if complaint_id else None
            photos = len(repository_additions.photos_of(connection, complaint_id)) if row is not None else 0
            contacts = repository.contacts_of(connection, [complaint_id]) if row is not None else []
        if row is None:
            return redirect(url_for("track.ask", ticket=ticket), 303)
        code = self.door.vault.sealer.unseal(row["code_sealed"])
        named = row["identity"] == "open" and contacts and contacts[0]["contact_ref"] is not None
        return render_template(
            "receipt.html",
            complaint=row,
            code=code,
            nonce=nonce,
            photos=photos,
            name=self.door.vault.unseal(dict(contacts[0]))["name"] if named else None,
            summary=summary(row["text"]),
            tracking_url=self.pages.tracking_url(row["ticket"], code),
            **self.pages.common(),
        )

    def again(self, typed: Typed, error: Refused | Transient) -> Answer:
        """The form as it was typed, with what is the matter."""
        if isinstance(error, Refused):
            return self.form(typed, error.fields or {"": error.message}), error.status
        log.warning("form_not_possible_now", code=error.code, error=error.message)
        return self.form(typed, {"": _AWAY}), 503, {"Retry-After": retry_after(error)}

    def form(self, typed: Typed, errors: Mapping[str, str], *, fresh: bool = False) -> str:
        return render_template(
            "form.html",
            typed=typed.fields,
            photos=photo_fields_of(typed.photos, self.tokens),
            errors=errors,
            limits=_LIMITS,
            trap=TRAP,
            fresh=fresh,
            **self.pages.common(),
        )

    def _offer(self, typed: Typed, offers: tuple[Offer, ...]) -> str:
        photos = photo_fields_of(typed.photos, self.tokens)
        return render_template("similar.html", typed=typed.fields, photos=photos, offers=offers, **self.pages.common())


def remember(receipt: Receipt, nonce: str, *, now: float) -> None:
    """Lets this browser see the receipt page: in the signed cookie stand ids, never a tracking code."""
    kept = {**_remembered(now), receipt.ticket: (receipt.complaint_id, now, nonce)}
    session["receipts"] = dict(list(kept.items())[-_MOST_RECEIPTS:])


def _remembered(now: float) -> dict[str, tuple[str, float, str]]:
    kept = {
        ticket: (str(item[0]), float(item[1]), str(item[-1])) for ticket, item in session.get("receipts", {}).items()
    }
    return {ticket: item for ticket, item in kept.items() if item[1] > now - _RECEIPT_SECONDS}
