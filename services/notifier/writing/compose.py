"""From a delivery to what is sent: a mail, a text message, or a document. Pure: no clock, no network, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from services.notifier.delivery import AMQP, CITIZEN, EMAIL, SMS, WEBHOOK, Addressee, Delivery, kind_of_message
from services.notifier.planning.citizens import NO_TICKET
from services.notifier.writing.document import type_of, write_document
from services.notifier.writing.fields import Filling
from services.notifier.writing.letters import Document, Letter, Mail, Sms
from services.notifier.writing.mail import Unaddressable, write_mail
from services.notifier.writing.short import fitted
from shared.city import City
from shared.city_notifications import Notifications
from shared.reply_marks import AGENCY, Mark, ReplyMarks
from shared.reply_marks import CITIZEN as TO_CITIZEN
from shared.wording import Wording, Wordings

_UNTICKETED = "no-ticket"
"""In marks, so that a mail without a ticket is known again when it comes back. No ticket reads so."""


_parsed = lru_cache(maxsize=16)(parseaddr)  # the same sender for each mail


@dataclass(frozen=True)
class MailParts:
    """What a mail says, before it is one."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Composer:
    """Holds what is the same for all deliveries of a city. Each is written in its language, else in the city's."""

    city: City
    wordings: Wordings
    public_url: str
    desk_url: str
    mail_from: str
    sms_sender: str
    marks: ReplyMarks
    reply_address: str = ""
    """Where answers to our mails go, and come in again; without one, to the sender's address."""
    notifications: Notifications = field(default_factory=Notifications)

    def letter(self, delivery: Delivery, to: Addressee, channel: str, at: datetime) -> Letter:
        """What the channel sends. Raises `Unaddressable`."""
        if channel == SMS:
            return self.sms(delivery, to)
        if channel in (WEBHOOK, AMQP):
            return self.document(delivery, to.url if channel == WEBHOOK else to.queue)
        return self.mail(delivery, to, at)

    def mail(self, delivery: Delivery, to: Addressee, at: datetime) -> Mail:
        """A mail with a text and an HTML part. Raises `Unaddressable`.

        Apart from the date, the same delivery gives the same bytes.
        """
        parts = self.mail_parts(delivery, to)
        sender = _parsed(self.mail_from)
        party = TO_CITIZEN if delivery.recipient == CITIZEN else AGENCY
        mark = Mark(_UNTICKETED if delivery.ticket == NO_TICKET else delivery.ticket, party, delivery.delivery_id)
        return write_mail(
            sender=sender,
            recipient=(to.name, to.email),
            headers=(
                ("Subject", parts.subject),
                ("Date", format_datetime(at.astimezone(ZoneInfo(self.city.timezone)))),
                ("Message-ID", self.marks.message_id(mark, sender[1].rpartition("@")[2])),
                ("Reply-To", self.marks.address(self.reply_address or sender[1], mark)),
                ("Auto-Submitted", "auto-generated"),
                ("X-Auto-Response-Suppress", "All"),  # asks Exchange for no absence notes
                ("Content-Language", self.wordings.of(delivery.language).language),
            ),
            text=parts.text,
            html=parts.html,
            boundary=f"=_{delivery.delivery_id}",
        )

    def mail_parts(self, delivery: Delivery, to: Addressee) -> MailParts:
        wording = self.wordings.of(delivery.language)
        fields = self._filling(wording).fields(delivery, to, EMAIL)
        write = partial(wording.render, kind_of_message(delivery.message), fields=fields)
        return MailParts(write("subject.txt"), write("email.txt"), write("email.html"))

    def sms(self, delivery: Delivery, to: Addressee) -> Sms:
        """Two text messages at most, with ticket, code and link whole; see `short.fitted`. Raises `Unaddressable`."""
        number = to.phone.strip()
        if not number.removeprefix("+").isdigit() or not number.isascii():
            raise Unaddressable("not a telephone number")
        wording = self.wordings.of(delivery.language)
        fields = self._filling(wording).fields(delivery, to, SMS)
        write = partial(wording.render, kind_of_message(delivery.message), "sms.txt")
        return Sms(number, self.sms_sender, fitted(write, fields, gsm=wording.fits_gsm))

    def document(self, delivery: Delivery, to: str) -> Document:
        """For an agency's webhook (its URL) or queue (its name). Raises `Unaddressable`."""
        if not to:
            raise Unaddressable("no URL or queue")
        content = write_document(delivery, self.desk_url)
        return Document(to, delivery.recipient, type_of(delivery.message), content)

    def _filling(self, wording: Wording) -> Filling:
        return Filling(self.city, wording, self.notifications, self.public_url, self.desk_url)
