"""From a delivery to the words that are sent: a mail, or a text message. Pure: no clock, no network, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.notifier.delivery import (
    CASE_ADDITION,
    CITIZEN,
    FOLLOW_RECEIPT,
    RECEIPT,
    SMS,
    Addressee,
    Delivery,
    kind_of_message,
)
from services.notifier.mail import Mail, Unaddressable, write_mail
from shared.city import City
from shared.gsm import segments, to_gsm
from shared.reply_marks import AGENCY, Mark, ReplyMarks
from shared.reply_marks import CITIZEN as TO_CITIZEN
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
    marks: ReplyMarks
    reply_address: str = ""
    """Where answers to our mails go, and come in again; without one, to the sender's address."""

    def letter(self, delivery: Delivery, to: Addressee, channel: str, at: datetime) -> Letter:
        """What the channel sends. Raises `Unaddressable`."""
        return self.sms(delivery, to) if channel == SMS else self.mail(delivery, to, at)

    def mail(self, delivery: Delivery, to: Addressee, at: datetime) -> Mail:
        """A mail with a text and an HTML part. Raises `Unaddressable`.

        Apart from the date, the same delivery gives the same bytes.
        """
        fields, message = self._fields(delivery, to), kind_of_message(delivery.message)
        sender = parseaddr(self.mail_from)
        mark = Mark(delivery.ticket, TO_CITIZEN if delivery.recipient == CITIZEN else AGENCY, delivery.delivery_id)
        return write_mail(
            sender=sender,
            recipient=(to.name, to.email),
            headers=(
                ("Subject", self.wording.render(message, "subject.txt", fields)),
                ("Date", format_datetime(at.astimezone(ZoneInfo(self.city.timezone)))),
                ("Message-ID", self.marks.message_id(mark, sender[1].rpartition("@")[2])),
                ("Reply-To", self.marks.address(self.reply_address or sender[1], mark)),
                ("Auto-Submitted", "auto-generated"),
                ("X-Auto-Response-Suppress", "All"),  # asks Exchange for no absence notes
                ("Content-Language", self.city.language),
            ),
            text=self.wording.render(message, "email.txt", fields),
            html=self.wording.render(message, "email.html", fields),
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
        return to_gsm(" ".join(self.wording.render(kind_of_message(delivery.message), "sms.txt", fields).split()))

    def _fields(self, delivery: Delivery, to: Addressee) -> dict[str, Any]:
        data = delivery.data
        fields = {
            "city": self.city.name,
            "ticket": delivery.ticket,
            "assignment": delivery.assignment,
            **self._circumstances(data),
        }
        message = kind_of_message(delivery.message)
        if message in (RECEIPT, FOLLOW_RECEIPT):
            link = f"{self.public_url.rstrip('/')}/complaints/{quote(delivery.ticket)}?code={quote(to.tracking_code)}"
            return {
                **fields,
                "tracking_code": to.tracking_code,
                "link": link,
                "emergency_numbers": self.city.emergency_numbers,
                "excerpt": data["excerpt"],
                "reporter": " ".join(to.name.split()),
                "asks": data.get("asks", []),
            }
        if message == CASE_ADDITION:
            fields |= self._addition(data)
        return {
            **fields,
            "link": f"{self.desk_url.rstrip('/')}/cases/{quote(delivery.ticket)}",
            "agency": data["agency"],
            "lead": data.get("lead", ""),
            "text": data["text"],
            "why": data.get("why", []),
            "reason": data.get("coordinator_reason", ""),
        }

    def _addition(self, data: Mapping[str, Any]) -> dict[str, Any]:
        phrases, by = self.wording.phrases, data["by_channel"]
        at = datetime.fromisoformat(data["added_at"])
        return {
            "what": data["what"],
            "photos": data["photos"],
            "added_at": phrases.moment_text(at, ZoneInfo(self.city.timezone)),
            "by_channel": phrases.channels.get(by, by),
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
