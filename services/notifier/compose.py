"""From a delivery to the words that are sent: a mail, or a text message. Pure: no clock, no network, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.notifier.delivery import RECEIPT, SMS, Addressee, Delivery
from services.notifier.gsm import segments, to_gsm
from shared.city import City
from shared.wording import Wording

MOST_SEGMENTS = 2
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3


class Unaddressable(ValueError):
    """The address is none that a mail or a text message can be sent to."""


@dataclass(frozen=True)
class Sms:
    to: str
    sender: str
    text: str


Letter = EmailMessage | Sms


@dataclass(frozen=True)
class Composer:
    """Holds what is the same for all deliveries of a city."""

    city: City
    wording: Wording
    public_url: str
    desk_url: str
    mail_from: str
    sms_sender: str

    def letter(self, delivery: Delivery, to: Addressee, channel: str, at: datetime) -> Letter:
        """What the channel sends. Raises `Unaddressable`."""
        return self.sms(delivery, to) if channel == SMS else self.mail(delivery, to, at)

    def mail(self, delivery: Delivery, to: Addressee, at: datetime) -> EmailMessage:
        """A mail with a text and an HTML part. Raises `Unaddressable`.

        Apart from the date, the same delivery gives the same bytes.
        """
        fields = self._fields(delivery, to)
        message = EmailMessage(policy=SMTP)
        name, sender = parseaddr(self.mail_from)
        message["From"] = _address(name, sender)
        message["To"] = _address(to.name, to.email)
        message["Subject"] = " ".join(self.wording.render(delivery.message, "subject.txt", fields).split())
        message["Date"] = format_datetime(at.astimezone(ZoneInfo(self.city.timezone)))
        message["Message-ID"] = f"<{delivery.delivery_id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"  # asks Exchange for no absence notes
        message["Content-Language"] = self.city.language
        text = self.wording.render(delivery.message, "email.txt", fields)
        message.set_content(f"{text}\n", cte="quoted-printable")
        html = self.wording.render(delivery.message, "email.html", fields)
        message.add_alternative(f"{html}\n", subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{delivery.delivery_id}")
        return message

    def sms(self, delivery: Delivery, to: Addressee) -> Sms:
        """A text of the GSM alphabet in two parts at most: a link too long for that is left out, ticket and code stay.

        Raises `Unaddressable`.
        """
        number = to.phone.strip()
        if not number.removeprefix("+").isdigit() or not number.isascii():
            raise Unaddressable("not a telephone number")
        fields = self._fields(delivery, to)
        text = self._sms_text(delivery, fields)
        if segments(text) > MOST_SEGMENTS:
            text = self._sms_text(delivery, {**fields, "link": ""})
        return Sms(number, self.sms_sender, text)

    def _sms_text(self, delivery: Delivery, fields: Mapping[str, Any]) -> str:
        return to_gsm(" ".join(self.wording.render(delivery.message, "sms.txt", fields).split()))

    def _fields(self, delivery: Delivery, to: Addressee) -> dict[str, Any]:
        data = delivery.data
        fields = {
            "city": self.city.name,
            "ticket": delivery.ticket,
            "assignment": delivery.assignment,
            **self._circumstances(data),
        }
        if delivery.message == RECEIPT:
            link = f"{self.public_url.rstrip('/')}/complaints/{quote(delivery.ticket)}?code={quote(to.tracking_code)}"
            return {
                **fields,
                "tracking_code": to.tracking_code,
                "link": link,
                "emergency_numbers": self.city.emergency_numbers,
                "excerpt": data["excerpt"],
                "reporter": " ".join(to.name.split()),
            }
        return {
            **fields,
            "link": f"{self.desk_url.rstrip('/')}/cases/{quote(delivery.ticket)}",
            "agency": data["agency"],
            "lead": data.get("lead", ""),
            "text": data["text"],
            "why": data.get("why", []),
            "reason": data.get("coordinator_reason", ""),
        }

    def _circumstances(self, data: Mapping[str, Any]) -> dict[str, Any]:
        phrases, place = self.wording.phrases, data["place"]
        received_at = datetime.fromisoformat(data["received_at"])
        return {
            "kind": phrases.kinds.get(data["kind"], data["kind"]),
            "channel": phrases.channels.get(data["channel"], data["channel"]),
            "identity": phrases.identities[data["identity"]],
            "place": phrases.place_text(place["kecamatan"], place["kelurahan"], place["detail"]),
            "received_at": phrases.moment_text(received_at, ZoneInfo(self.city.timezone)),
            "attachments": data["attachments"],
        }


def _address(name: str, address: str) -> Address:
    """The library refuses what could break out of a header; what remains is checked here."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or any(sign.isspace() for sign in address):
        raise Unaddressable("not a mail address")
    try:
        found = Address(display_name=plain, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise Unaddressable("not a mail address") from error
    if not found.username or not found.domain:
        raise Unaddressable("not a mail address")
    return found
