"""The form for citizens: from a browser's fields to a submission, and the receipt afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.intake import repository
from services.intake.accept import Door
from services.intake.pages import Pages
from services.intake.submission import (
    DEFAULT_IDENTITY,
    DEFAULT_KIND,
    MOST_DETAIL_CHARACTERS,
    MOST_NAME_CHARACTERS,
    MOST_TEXT_CHARACTERS,
    Contact,
    Receipt,
    Submission,
)
from services.intake.text import summary
from shared.contracts.fields import Place
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.web.errors import retry_after

log = get_logger("web_form")
CHANNEL = "web"
_RECEIPT_SECONDS = 1800
_MOST_RECEIPTS = 5
_MOST_NONCE_CHARACTERS = 64
_FIELDS = ("text", "kelurahan", "detail", "kind", "identity", "email", "phone", "name", "nonce")
_AWAY = "Layanan sedang tidak dapat menyimpan laporan. Isian Anda masih ada: tunggu sebentar, lalu tekan Kirim laporan."
_LATE = "Halaman ini sudah lama terbuka. Isian Anda masih ada: tekan Kirim laporan sekali lagi."


def read_form(form: Mapping[str, str]) -> Submission:
    """The fields as a submission. The nonce is the message's id: a double click is one complaint."""
    nonce = form.get("nonce", "")
    return Submission(
        channel=CHANNEL,
        account="form",
        text=form.get("text", ""),
        provider_id=nonce if 16 <= len(nonce) <= _MOST_NONCE_CHARACTERS else None,
        place=Place(kelurahan=form.get("kelurahan") or None, detail=form.get("detail") or None),
        kind=form.get("kind") or DEFAULT_KIND,
        identity=form.get("identity") or DEFAULT_IDENTITY,
        contact=Contact(email=form.get("email", ""), phone=form.get("phone", ""), name=form.get("name", "")),
        size=sum(len(value) for value in form.values()),
    )


@dataclass(frozen=True)
class FormViews:
    door: Door
    pages: Pages
    csrf: CSRFProtect

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("form", __name__)
        blueprint.add_url_rule("/", "new", self.new, methods=["GET"])
        blueprint.add_url_rule("/complaints", "send", self.send, methods=["POST"])
        blueprint.add_url_rule("/complaints/<ticket>/receipt", "receipt", self.receipt, methods=["GET"])
        return blueprint

    def new(self) -> str:
        return self._form({"kind": DEFAULT_KIND, "identity": DEFAULT_IDENTITY, "nonce": secrets.token_urlsafe(18)}, {})

    def send(self) -> Any:
        typed = {name: request.form.get(name, "") for name in _FIELDS}
        try:
            self.csrf.protect()
        except CSRFError:
            return self._form({**typed, "nonce": typed["nonce"] or secrets.token_urlsafe(18)}, {"": _LATE}), 400
        try:
            receipt = self.door.accept(read_form(typed))
        except Refused as error:
            return self._form(typed, error.fields or {"": error.message}), error.status
        except Transient as error:
            log.warning("form_not_possible_now", code=error.code, error=error.message)
            return self._form(typed, {"": _AWAY}), 503, {"Retry-After": retry_after(error)}
        _remember(receipt, now=self.door.spine.clock.now().timestamp())
        return redirect(url_for("form.receipt", ticket=receipt.ticket), 303)

    def receipt(self, ticket: str) -> Any:
        """Shown to the browser that sent the complaint, for half an hour; to others as if it did not exist."""
        now = self.door.spine.clock.now().timestamp()
        complaint_id = _remembered(now).get(ticket, ("", 0.0))[0]
        with self.door.spine.database.read() as connection:
            row = repository.complaint(connection, complaint_id) if complaint_id else None
        if row is None:
            return redirect(url_for("track.ask", ticket=ticket), 303)
        code = self.door.vault.sealer.unseal(row["code_sealed"])
        return render_template(
            "receipt.html",
            complaint=row,
            code=code,
            summary=summary(row["text"]),
            tracking_url=self.pages.tracking_url(row["ticket"], code),
            **self.pages.common(),
        )

    def _form(self, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
        limits = {"text": MOST_TEXT_CHARACTERS, "detail": MOST_DETAIL_CHARACTERS, "name": MOST_NAME_CHARACTERS}
        return render_template("form.html", typed=typed, errors=errors, limits=limits, **self.pages.common())


def _remember(receipt: Receipt, *, now: float) -> None:
    """Lets this browser see the receipt page: in the signed cookie stand ids, never a tracking code."""
    kept = {**_remembered(now), receipt.ticket: (receipt.complaint_id, now)}
    session["receipts"] = dict(list(kept.items())[-_MOST_RECEIPTS:])


def _remembered(now: float) -> dict[str, tuple[str, float]]:
    kept = session.get("receipts", {})
    return {ticket: (str(item[0]), float(item[1])) for ticket, item in kept.items() if item[1] > now - _RECEIPT_SECONDS}
