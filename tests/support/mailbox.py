"""A real SMTP server on loopback that keeps what it is sent, and misbehaves on request."""

import asyncio
import email
import email.policy
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.eventually import eventually
from tests.support.ports import free_port

ACCEPTED = "250 OK"


@dataclass(frozen=True)
class Mail:
    """One message as it was handed over: envelope and bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class _Behaviour:
    """What the next conversations meet; None everywhere is a server that accepts."""

    at_mail: str | None = None
    at_data: str | None = None
    recipients: dict[str, str] = field(default_factory=dict)
    hang_before: bool = False
    hang_after: bool = False
    drop_after: bool = False


class SmtpSink:
    """Start it by `with`; `received` grows as mail is accepted, from other threads.

    Behaviours replace one another and hold until `accept`. Those that lose only the answer (`hang_after_data`,
    `drop_after_data`) do keep the mail: they are how a sender comes to not know whether it arrived.
    """

    def __init__(self, port: int | None = None) -> None:
        self.host, self.port = "127.0.0.1", port or free_port()
        self.received: list[Mail] = []
        self._behaviour = _Behaviour()
        self._thawed = threading.Event()
        self._controller = Controller(self, hostname=self.host, port=self.port, server_hostname="sink.test")

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def accept(self) -> None:
        """Behave again; conversations that hang go on."""
        self._behave(_Behaviour())

    def refuse(self, code: int, text: str = "refused by the test", *, at: str = "data") -> None:
        """Answer with this code `at` "mail" (at once) or "data" (after the content)."""
        if at not in ("mail", "data"):
            raise ValueError(f"at={at!r}: refuse at mail or data, or use refuse_recipient")
        self._behave(_Behaviour(**{f"at_{at}": f"{code} {text}"}))

    def refuse_recipient(self, address: str, code: int = 550, text: str = "no such user") -> None:
        """Refuse one address, in any letter case, and take the others; may be called for several."""
        recipients = {**self._behaviour.recipients, address.lower(): f"{code} {text}"}
        self._behave(_Behaviour(recipients=recipients))

    def hang(self) -> None:
        """Go silent at MAIL FROM, until `accept` or the end."""
        self._behave(_Behaviour(hang_before=True))

    def hang_after_data(self) -> None:
        """Keep the mail and go silent."""
        self._behave(_Behaviour(hang_after=True))

    def drop_after_data(self) -> None:
        """Keep the mail and cut the connection without an answer."""
        self._behave(_Behaviour(drop_after=True))

    def wait_for(self, count: int, deadline_seconds: float = 10) -> list[Mail]:
        """At least `count` mails. Raises AssertionError."""
        eventually(lambda: len(self.received) >= count, deadline_seconds, describe=lambda: self.received)
        return list(self.received)

    def start(self) -> Self:
        self._controller.start()
        return self

    def stop(self) -> None:
        self.accept()
        self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd looks for these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = self._behaviour
        if behaviour.hang_before:
            await self._silence()
        if behaviour.at_mail:
            return behaviour.at_mail
        envelope.mail_from = address
        return ACCEPTED

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._behaviour.recipients.get(address.lower())
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or ACCEPTED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        behaviour = self._behaviour
        if behaviour.at_data:
            return behaviour.at_data
        self.received.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), _as_bytes(envelope.content)))
        if behaviour.hang_after:
            await self._silence()
        if behaviour.drop_after and server.transport is not None:
            server.transport.abort()
        return ACCEPTED

    def _behave(self, behaviour: _Behaviour) -> None:
        self._thawed.set()
        self._thawed, self._behaviour = threading.Event(), behaviour

    async def _silence(self) -> None:
        thawed = self._thawed
        while not thawed.is_set():
            await asyncio.sleep(0.01)


def _as_bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else str(content).encode()
