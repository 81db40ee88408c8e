"""A mail relay as relays are on a bad day: slow, refusing, frozen, gone in the middle, or bouncing later."""

import asyncio
import re
import smtplib
import threading
import time
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.chaos.agencies.receipts import Moods, Receipts
from tests.support.ports import free_port

FAULTS = (
    "refuse_451", "refuse_451", "refuse_421", "slow", "slow", "drop_before_data", "refuse_after_data",
    "drop_after_data", "drop_and_keep", "freeze", "bounce_later", "bounce_later", "refuse_550",
)  # fmt: skip
_MESSAGE_ID = re.compile(rb"(?mi)^Message-ID:\s*(<([0-9a-f-]{36})\.([a-z0-9-]+)\.[^>]+>)")
OK = "250 OK"


class MailRelay:
    """`bounce_to` is the port of the SMTP listener to which mails that come back are handed."""

    def __init__(self, receipts: Receipts, seed: int, bounce_to: int) -> None:
        self.port = free_port()
        self.moods = Moods(seed, FAULTS)
        self._receipts = receipts
        self._bounce_to = bounce_to
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="relay.test")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mood = envelope.mood = self.moods.draw()  # type: ignore[attr-defined]
        if mood in ("refuse_451", "refuse_421", "refuse_550"):
            self._receipts.struck(f"mail {mood}")
            return f"{mood[-3:]} 4.3.0 not now"
        if mood == "slow":
            self._receipts.struck("mail slow")
            await asyncio.sleep(1.5)
        if mood == "freeze":
            self._receipts.struck("mail freeze")
            await asyncio.sleep(12)
        if mood == "drop_before_data" and server.transport is not None:
            self._receipts.struck("mail drop_before_data")
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        found = _MESSAGE_ID.search(content)
        if found is None:
            return "554 no message id of ours"
        key, ticket = found[2].decode(), found[3].decode().upper()
        mood = getattr(envelope, "mood", "")
        if mood == "refuse_after_data":
            self._receipts.struck("mail refuse_after_data")
            return "452 4.3.1 not now"
        if mood != "drop_after_data":
            self._receipts.keep("email", key, ticket)
        if mood in ("drop_after_data", "drop_and_keep") and server.transport is not None:
            self._receipts.struck(f"mail {mood}", key, blurs=True)
            server.transport.abort()
            return OK
        if mood == "bounce_later":
            self._receipts.struck("mail bounce_later", key)
            threading.Thread(target=self._bounce, args=(content, envelope), daemon=True).start()
        return OK

    def _bounce(self, content: bytes, envelope: Envelope) -> None:
        report = _report(content, envelope.rcpt_tos[0], envelope.mail_from or "")
        time.sleep(1)
        for _ in range(20):
            try:
                with smtplib.SMTP("127.0.0.1", self._bounce_to, timeout=10) as smtp:
                    smtp.sendmail("", [envelope.mail_from or ""], report)
                return
            except (OSError, smtplib.SMTPException):
                time.sleep(1)


def _report(content: bytes, recipient: str, sender: str) -> bytes:
    """As RFC 3464 says, with the head of the original."""
    head = content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    status = "\r\n".join(
        [
            "Reporting-MTA: dns; relay.test", "",
            f"Final-Recipient: rfc822; {recipient}", "Action: failed", "Status: 5.2.2",
            "Diagnostic-Code: smtp; 552 5.2.2 mailbox full",
        ]
    )  # fmt: skip
    outer = EmailMessage()
    outer["From"], outer["To"] = "MAILER-DAEMON@relay.test", sender
    outer["Subject"], outer["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
    outer["Message-ID"] = f"<bounce-{time.time_ns()}@relay.test>"
    lines = outer.as_bytes().decode().replace("\n", "\r\n").rstrip()
    parts = (
        ("text/plain", "The mail could not be delivered: mailbox full."),
        ("message/delivery-status", status),
        ("text/rfc822-headers", head),
    )
    body = "".join(f"--b0\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b0"'
    return f"{lines}\r\nMIME-Version: 1.0\r\n{kind}\r\n\r\n{body}--b0--\r\n".encode()
