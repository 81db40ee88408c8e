"""The page that asks for the code: right, the complaint is taken; else another code, or back to the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError

from services.intake.channels.unfinished_form import is_mine, remember_check, unpack_submission, unpack_typed
from services.intake.channels.web import FormViews, remember
from services.intake.channels.web_fields import CHANNEL
from services.intake.submission import Contact
from services.intake.web.contact_checks import ContactChecks, Proved
from shared.errors import Refused, Transient
from shared.sentences import sentence
from shared.web.errors import retry_after
from shared.web.languages import speak

_LATE = sentence("Halaman ini sudah lama terbuka. Ketik kodenya sekali lagi.")
_AWAY = sentence("Layanan sedang tidak dapat memeriksa kode. Tunggu sebentar, lalu coba lagi.")
_SHOWN_DIGITS = 4

Answer = Any


@dataclass(frozen=True)
class CheckViews:
    checks: ContactChecks
    forms: FormViews

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("checks", __name__)
        blueprint.add_url_rule("/checks/<string(length=36):check_id>", "show", self.show, methods=["GET"])
        blueprint.add_url_rule("/checks/<string(length=36):check_id>", "answer", self.answer, methods=["POST"])
        return blueprint

    def show(self, check_id: str) -> Answer:
        """To the browser that sent the form; to others as if it did not exist."""
        kept = self._kept(check_id)
        if kept is None:
            return redirect(url_for("form.new"), 303)
        newer = self.checks.replaced_by(check_id)
        if newer is not None and is_mine(newer):
            return redirect(url_for("checks.show", check_id=newer), 303)
        return self._page(check_id, kept, {})

    def answer(self, check_id: str) -> Answer:
        kept = self._kept(check_id)
        if kept is None:
            return redirect(url_for("form.new"), 303)
        try:
            self.forms.csrf.protect()
        except CSRFError:
            return self._page(check_id, kept, {"": _LATE}), 400
        if "language" in request.form:
            speak(request.form["language"])
            return self._page(check_id, kept, {})
        if "edit" in request.form:
            return self.forms.form(unpack_typed(kept.form), {})
        try:
            self.forms.guards.count_address(CHANNEL)
            return self._renew(check_id) if "renew" in request.form else self._take(check_id)
        except Refused as error:
            self.forms.guards.note_refusal(CHANNEL, error)
            errors = {"code": error.fields.get("code", error.message)}
            return self._page(check_id, kept, errors), error.status
        except Transient as error:
            return self._page(check_id, kept, {"": _AWAY}), 503, {"Retry-After": retry_after(error)}

    def _take(self, check_id: str) -> Answer:
        """Whatever ends it between two steps, the code can be typed again: the door knows the form by its nonce."""
        proved = self.checks.prove(check_id, request.form.get("code", ""))
        typed = unpack_typed(proved.form)
        submission = replace(unpack_submission(proved.form), sent_at=proved.sent_at)
        try:
            receipt = self.forms.door.accept(submission)
        except Refused as error:
            return self.forms.again(typed, error)
        self.checks.settle(check_id)
        remember(receipt, typed.fields["nonce"], now=self.forms.door.spine.clock.now().timestamp())
        return redirect(url_for("form.receipt", ticket=receipt.ticket), 303)

    def _renew(self, check_id: str) -> Answer:
        newer = self.checks.renew(check_id)
        remember_check(newer)
        return redirect(url_for("checks.show", check_id=newer, sent="again"), 303)

    def _kept(self, check_id: str) -> Proved | None:
        return self.checks.form_of(check_id) if is_mine(check_id) else None

    def _page(self, check_id: str, kept: Proved, errors: Mapping[str, str]) -> str:
        contact = unpack_submission(kept.form).contact
        return render_template(
            "check.html",
            check_id=check_id,
            contacts=hints(contact),
            errors=errors,
            again="sent" in request.args,
            **self.forms.pages.common(),
        )


def hints(contact: Contact) -> list[str]:
    """Enough of a contact to see a slip, not enough for whoever looks over the shoulder."""
    name, _, domain = contact.email.strip().partition("@")
    phone = "".join(sign for sign in contact.phone if sign.isdigit())
    return [*([f"…{phone[-_SHOWN_DIGITS:]}"] if phone else []), *([f"{name[:1]}…@{domain}"] if domain else [])]
