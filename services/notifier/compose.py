"""From a delivery to the words that are sent: a mail, or a text message. Pure: no clock, no network, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.notifier.delivery import RECEIPT, SMS, Addressee, Delivery
from services.notifier.gsm import segments, to_gsm
from services.notifier.mail import Mail, Unaddressable, write_mail
from shared.city import City
from shared.wording import Wording

MOST_SEGMENTS = 2


@dataclass(frozen=True)
class Sms:
    to: str
    sender: str
    text: str


Letter = Mail | Sms


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

    def mail(self, delivery: Delivery, to: Addressee, at: datetime) -> Mail:
        """A mail with a text and an HTML part. Raises `Unaddressable`.

        Apart from the date, the same delivery gives the same bytes.
        """
        fields = self._fields(delivery, to)
        sender = parseaddr(self.mail_from)
        return write_mail(
            sender=sender,
            recipient=(to.name, to.email),
            headers=(
                ("Subject", self.wording.render(delivery.message, "subject.txt", fields)),
                ("Date", format_datetime(at.astimezone(ZoneInfo(self.city.timezone)))),
                ("Message-ID", f"<{delivery.delivery_id}@{sender[1].rpartition('@')[2]}>"),
                ("Auto-Submitted", "auto-generated"),
                ("X-Auto-Response-Suppress", "All"),  # asks Exchange for no absence notes
                ("Content-Language", self.city.language),
            ),
            text=self.wording.render(delivery.message, "email.txt", fields),
            html=self.wording.render(delivery.message, "email.html", fields),
            boundary=f"=_{delivery.delivery_id}",
        )

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
