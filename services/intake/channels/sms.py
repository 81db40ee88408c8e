"""SMS from a Kannel gateway.

A gateway repeats what was not answered with 200, so whatever will never be accepted is answered with 200, too, and
kept as a refusal; only a wrong token (403) and our own absence (503) are errors to it.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from services.intake.accept import Door
from services.intake.contacts import normalise_phone
from services.intake.identity import read_identity
from services.intake.submission import Contact, Submission
from services.intake.text import clean_line, decode_bytes
from shared.errors import Refused

CHANNEL = "sms"
_MOST_FIELDS = 50
_BAD_SENDER = "Nomor pengirim tidak dikenali. Laporan tidak dapat diterima dari nomor ini."


@dataclass(frozen=True)
class GatewayMessage:
    """What the gateway sent, decoded and otherwise as it came."""

    sender: str = ""
    recipient: str = ""
    text: str = ""
    provider_id: str = ""
    token: str = ""
    size: int = 0


def read_gateway_message(query: bytes, form: bytes = b"") -> GatewayMessage:
    """Never fails. Bytes are read as UTF-8, else as Windows-1252, as gateways send either."""
    values: dict[str, str] = {}
    for part in (form, query):  # the address wins over the body
        try:
            pairs = parse_qsl(part.decode("latin-1"), True, max_num_fields=_MOST_FIELDS, encoding="latin-1")
        except ValueError:
            continue
        values.update({name: decode_bytes(value.encode("latin-1", "replace")) for name, value in pairs})
    return GatewayMessage(
        sender=clean_line(values.get("from", ""))[:64],
        recipient=clean_line(values.get("to", ""))[:64],
        text=values.get("text", ""),
        provider_id=clean_line(values.get("id", ""))[:255],
        token=values.get("token", ""),
        size=len(query) + len(form),
    )


def submission_of(message: GatewayMessage, phone: str) -> Submission:
    identity, text = read_identity(message.text)
    return Submission(
        channel=CHANNEL,
        account="kannel",
        text=text,
        provider_id=message.provider_id or None,
        sender=phone,
        identity=identity,
        contact=Contact(phone=phone),
        carrier_contact=True,
        recipients=(message.recipient,) if message.recipient else (),
        size=message.size,
    )


@dataclass(frozen=True)
class SmsViews:
    door: Door
    token: str
    trusts_proxies: bool

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("sms", __name__, url_prefix="/sms")
        blueprint.add_url_rule("/kannel", "kannel", self.take, methods=["GET", "POST"])
        return blueprint

    def take(self) -> Response:
        body = request.get_data() if request.method == "POST" else b""
        message = read_gateway_message(request.query_string, body)
        self._guard(message.token)
        phone = normalise_phone(message.sender, by_carrier=True)
        if phone is None:
            self.door.spine.metrics.refused.labels(CHANNEL, "bad_sender").inc()
            self.door.write_refusal(CHANNEL, "bad_sender", size=message.size)
            return _plain(_BAD_SENDER)
        try:
            receipt = self.door.accept(submission_of(message, phone))
        except Refused as error:
            key = self.door.vault.phone_key(phone)
            self.door.write_refusal(CHANNEL, error.code, size=message.size, contact_key=key)
            return _plain(error.message)
        return _plain(f"Laporan diterima. Nomor tiket: {receipt.ticket}")

    def _guard(self, shown: str) -> None:
        if self.token:
            allowed = hmac.compare_digest(shown.encode("utf-8", "replace"), self.token.encode())
        else:
            allowed = self._from_this_machine()
        if not allowed:
            self.door.spine.metrics.refused.labels(CHANNEL, "wrong_token").inc()
            raise Refused("the gateway's token is missing or wrong", code="wrong_token", status=403)

    def _from_this_machine(self) -> bool:
        """A proxy on this machine makes everybody look local: what it forwards does not count as local."""
        if not self.trusts_proxies and "X-Forwarded-For" in request.headers:
            return False
        try:
            return ipaddress.ip_address(request.remote_addr or "").is_loopback
        except ValueError:
            return False


def _plain(sentence: str) -> Response:
    return Response(sentence + "\n", content_type="text/plain; charset=utf-8")
