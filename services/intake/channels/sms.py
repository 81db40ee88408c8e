"""Text messages in, whatever the gateway: `/sms/kannel` (its query), `/sms/generic` (signed JSON), and their reports.

A gateway repeats what was not answered with 200, so whatever will never be accepted is answered with 200, too, and
kept as a refusal; only a wrong token or signature (403), a request of another shape (400, 422) and our own absence
(503) are errors to it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from services.intake.channels import generic_sms, kannel
from services.intake.sms_talk.message import CHANNEL, SmsAnswer
from services.intake.sms_talk.reports import DeliveryReports
from services.intake.sms_talk.talk import SmsTalk
from services.intake.sms_talk.wording import accepted_note
from shared.errors import Refused
from shared.keyring import accepts
from shared.reply_marks import is_report_signature
from shared.service import Spine

_NO_REPLY = "Pesan sudah diterima. Tidak ada SMS balasan yang dikirim."


@dataclass(frozen=True)
class SmsViews:
    """`token` is Kannel's, `webhook_keys` sign for the generic webhook, `report_keys` verify what reports show."""

    talk: SmsTalk
    spine: Spine
    token: str
    webhook_keys: Sequence[str]
    report_keys: Sequence[str]
    trusts_proxies: bool

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("sms", __name__, url_prefix="/sms")
        blueprint.add_url_rule("/kannel", "kannel", self.take_kannel, methods=["GET", "POST"])
        blueprint.add_url_rule("/kannel/report", "kannel_report", self.report_kannel, methods=["GET", "POST"])
        blueprint.add_url_rule("/generic", "generic", self.take_generic, methods=["POST"])
        blueprint.add_url_rule("/generic/report", "generic_report", self.report_generic, methods=["POST"])
        return blueprint

    def take_kannel(self) -> Response:
        """What it is answered goes to the sender when the address says `reply=1`; the ticket stands in a header."""
        read = kannel.read_request(request.query_string, request.get_data() if request.method == "POST" else b"")
        self._guard(read.token)
        answer = self.talk.take(read.message)
        said = answer.reply or answer.note or _ticket_note(answer) or _NO_REPLY
        shown = answer.reply if read.wants_reply else f"{said}\n"
        response = Response(shown, content_type="text/plain; charset=utf-8")
        response.headers["X-Tanggap-Outcome"] = answer.reason or answer.outcome
        if answer.ticket:
            response.headers["X-Tanggap-Ticket"] = answer.ticket
        return response

    def report_kannel(self) -> Response:
        read = kannel.read_report(request.query_string, request.get_data() if request.method == "POST" else b"")
        if not is_report_signature(self.report_keys, read.delivery_id, read.signature) or not read.delivery_id:
            raise self._not_allowed("wrong_signature", "the report's signature is missing or wrong")
        if read.reported is not None:
            DeliveryReports(self.spine).note(read.delivery_id, read.reported, read.reason, read.answer)
        return Response("", content_type="text/plain; charset=utf-8")

    def take_generic(self) -> dict[str, Any]:
        return _fields(self.talk.take(generic_sms.read_message(self._signed_body())))

    def report_generic(self) -> dict[str, Any]:
        read = generic_sms.read_report(self._signed_body())
        is_new = DeliveryReports(self.spine).note(read.delivery_id, read.reported, read.reason, read.answer)
        return {"outcome": "reported" if is_new else "known"}

    def _signed_body(self) -> bytes:
        body = request.get_data()
        try:
            generic_sms.check_signature(self.webhook_keys, dict(request.headers), body, self.spine.clock.now())
        except Refused as error:
            raise self._not_allowed(error.code, error.message) from None
        return body

    def _guard(self, shown: str) -> None:
        allowed = accepts(self.token, shown) if self.token else self._from_this_machine()
        if not allowed:
            raise self._not_allowed("wrong_token", "the gateway's token is missing or wrong")

    def _not_allowed(self, code: str, message: str) -> Refused:
        self.spine.metrics.refused.labels(CHANNEL, code).inc()
        return Refused(message, code=code, status=403)

    def _from_this_machine(self) -> bool:
        """A proxy on this machine makes everybody look local: what it forwards does not count as local."""
        if not self.trusts_proxies and "X-Forwarded-For" in request.headers:
            return False
        try:
            return ipaddress.ip_address(request.remote_addr or "").is_loopback
        except ValueError:
            return False


def _ticket_note(answer: SmsAnswer) -> str:
    return accepted_note(answer.ticket) if answer.ticket else ""


def _fields(answer: SmsAnswer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "ticket": answer.ticket,
        "reply": answer.reply,
        "reason": answer.reason,
    }
