"""Mail by SMTP, one conversation a message, so that it is always known how far it came.

Up to the server's "go ahead" for the content nothing was sent: whatever goes wrong until then may be tried again.
From then on only the server's answer says whether it took the mail; without one the outcome is uncertain, and the
mail is not sent a second time.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from services.notifier.compose import Letter
from services.notifier.delivery import FAILED, PENDING, SENT, UNCERTAIN, Delivery, Outcome
from services.notifier.mail import Mail
from shared.observability.masking import mask

_LINE_DOT = re.compile(rb"(?m)^\.")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ANSWER_SIGNS = 300


class _Refused(Exception):
    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code)
        self.code = code
        self.text = text.decode("utf-8", "replace")


class Unprotected(Exception):
    """A password would have to go over the net in clear."""


@dataclass(frozen=True)
class SmtpChannel:
    """`url` is `smtp://` (encrypted when the server offers it) or `smtps://`, with `USER:PASSWORD@` if needed.

    A password goes only over a verified encrypted connection, or to this machine.
    """

    url: str
    timeout_seconds: float = 10.0
    answer_timeout_seconds: float = 45.0
    via: str = "smtp"
    repeatable: bool = False

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Mail)
        content = _LINE_DOT.sub(b"..", letter.content)
        connection: smtplib.SMTP | None = None
        try:
            connection = self._connect()
            _expect(connection.mail(letter.sender), 2)
            _expect(connection.rcpt(letter.recipient), 2)
            _expect(connection.docmd("DATA"), 3)
        except _Refused as refusal:
            outcome = _refusal(refusal)
        except Unprotected:
            outcome = Outcome(PENDING, "no_encryption", away=True)
        except smtplib.SMTPAuthenticationError as error:
            outcome = Outcome(PENDING, "login_refused", str(error.smtp_code), away=True)
        except (OSError, smtplib.SMTPException) as error:  # TLS errors and time-outs are OSErrors
            outcome = Outcome(PENDING, "server_away", type(error).__name__, away=True)
        else:
            outcome = self._hand_over(connection, content)
        if connection is not None:
            _leave(connection, politely=outcome.state in (SENT, FAILED))
        return outcome

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, secure = parts.hostname or "", parts.scheme == "smtps"
        context = _context(verified=secure or bool(parts.username))
        if secure:
            port = parts.port or smtplib.SMTP_SSL_PORT
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout_seconds, context=context)
        else:
            connection = smtplib.SMTP(host, parts.port or smtplib.SMTP_PORT, timeout=self.timeout_seconds)
        try:
            self._introduce(connection, context, secure=secure)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP, context: ssl.SSLContext, *, secure: bool) -> None:
        parts = urlsplit(self.url)
        connection.ehlo_or_helo_if_needed()
        if not secure and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            secure = True
        if parts.username:
            if not secure and parts.hostname not in _LOOPBACK:
                raise Unprotected
            connection.login(unquote(parts.username), unquote(parts.password or ""))

    def _hand_over(self, connection: smtplib.SMTP, content: bytes) -> Outcome:
        try:
            if connection.sock is not None:
                connection.sock.settimeout(self.answer_timeout_seconds)
            connection.send(content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(UNCERTAIN, "no_answer_after_data", type(error).__name__, away=True)
        if code // 100 == 2:
            return Outcome(SENT, "accepted", _shown(code, text.decode("utf-8", "replace")))
        return _refusal(_Refused(code, text))


def _expect(reply: tuple[int, bytes], kind: int) -> None:
    code, text = reply
    if code // 100 != kind:
        raise _Refused(code, text)


def _refusal(refusal: _Refused) -> Outcome:
    """A number from 500 is for good. 421 says that the server as a whole is closing."""
    state = FAILED if refusal.code // 100 == 5 else PENDING
    shown = _shown(refusal.code, refusal.text)
    return Outcome(state, f"refused_{refusal.code}", shown, away=refusal.code == 421)


def _shown(code: int, text: str) -> str:
    return mask(f"{code} {' '.join(text.split())}"[:_ANSWER_SIGNS])


def _context(*, verified: bool) -> ssl.SSLContext:
    """Unverified where no password is at stake: against a self-signed relay that is still better than clear text."""
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _leave(connection: smtplib.SMTP, *, politely: bool) -> None:
    with suppress(OSError, smtplib.SMTPException):
        if politely:
            connection.quit()
    connection.close()
