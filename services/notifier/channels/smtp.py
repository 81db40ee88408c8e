"""Mail by SMTP, so that it is always known how far a conversation came.

Up to the dot that ends the content nothing was sent: whatever goes wrong until then may be tried again. From then on
only the server's answer says whether it took the mail; without one the outcome is uncertain, the connection is thrown
away, and the mail is not sent a second time.
"""

from __future__ import annotations

import re
import smtplib
from datetime import datetime

from services.notifier.channels.smtp_connections import Connection, SmtpConnections, Unprotected
from services.notifier.channels.timed_sockets import Patience, within
from services.notifier.delivery import FAILED, PENDING, SENT, UNCERTAIN, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Letter, Mail
from shared.observability.masking import mask

CONVERSATION_SECONDS = 150.0
"""A whole conversation, if every answer takes as long as it may. Less than the engine's lease for one."""
CONNECT_SECONDS = 5.0
_LINE_DOT = re.compile(rb"(?m)^\.")
_ANSWER_SIGNS = 300
_CLOSING = 421
_BROKEN_OFF, _UNREADABLE = "broken_off", "unreadable_answer"
_CLOSED_MEANWHILE = (_BROKEN_OFF, f"refused_{_CLOSING}")

# RFC 3461. A bounce names the delivery and carries our headers back, not the text. Success is not asked for: it would
# cost a mail for each of ours, and says only that some server has it; most do not answer to it anyway.
_NOTIFY = " NOTIFY=FAILURE,DELAY"


class _Refused(Exception):
    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code)
        self.code = code
        self.text = text.decode("utf-8", "replace")


class SmtpChannel:
    """`url` is `smtp://` (encrypted when the server offers it) or `smtps://`, with `USER:PASSWORD@` if needed.

    A password goes only over a verified encrypted connection, or to this machine.
    """

    via = "smtp"
    repeatable = False

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 10.0,
        answer_timeout_seconds: float = 45.0,
        conversation_seconds: float = CONVERSATION_SECONDS,
        connections: SmtpConnections | None = None,
    ) -> None:
        """`answer_timeout_seconds` is for the answer to the content, which some servers scan before they give it."""
        self._connections = connections or SmtpConnections(url)
        self._step_seconds, self._answer_seconds = timeout_seconds, answer_timeout_seconds
        self._conversation_seconds = conversation_seconds

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Mail)
        seconds, step = self._conversation_seconds, self._step_seconds
        with within(seconds, step_seconds=step, connect_seconds=CONNECT_SECONDS) as patience:
            try:
                connection, trouble = self._with_envelope(delivery, letter, patience)
            except Unprotected:
                return Outcome(PENDING, "no_encryption", away=Away.CHANNEL)
            except smtplib.SMTPAuthenticationError as error:
                return Outcome(PENDING, "login_refused", str(error.smtp_code), away=Away.CHANNEL)
            except (OSError, smtplib.SMTPException) as error:  # TLS errors and time-outs are OSErrors
                return Outcome(PENDING, "server_away", type(error).__name__, away=Away.CHANNEL)
            return trouble or self._hand_over(connection, letter.content, patience)

    def close(self) -> None:
        self._connections.close()

    def _with_envelope(self, delivery: Delivery, letter: Mail, patience: Patience) -> tuple[Connection, Outcome | None]:
        """A connection on which the server waits for the content, or how the attempt ended before.

        A connection from before may have been closed at the other end. It has carried nothing of this mail: the same
        attempt takes another one. Raises what opening one raises.
        """
        connection = self._connections.take()
        if connection.is_used:
            if self._connections.is_fresh(connection) or _is_alive(connection):
                outcome = self._say_envelope(connection, delivery, letter)
                if outcome is None or outcome.reason not in _CLOSED_MEANWHILE:
                    return connection, outcome
            connection.close()
            connection = self._connections.open()
        return connection, self._say_envelope(connection, delivery, letter)

    def _say_envelope(self, connection: Connection, delivery: Delivery, letter: Mail) -> Outcome | None:
        """None: the server waits for the content."""
        reports = connection.has_extn("dsn")
        try:
            about, notify = (f" RET=HDRS ENVID={delivery.delivery_id}", _NOTIFY) if reports else ("", "")
            # Bare addresses as they are: smtplib's own commands would parse each of them once more.
            _expect(connection.docmd("MAIL", f"FROM:<{letter.sender}>{about}"), 2)
            _expect(connection.docmd("RCPT", f"TO:<{letter.recipient}>{notify}"), 2)
            _expect(connection.docmd("DATA"), 3)
        except _Refused as refusal:
            return self._refused(connection, refusal)
        except (OSError, smtplib.SMTPException) as error:
            connection.close()
            reason = "no_answer" if isinstance(error.__context__, TimeoutError) else _BROKEN_OFF
            return Outcome(PENDING, reason, type(error).__name__, away=Away.LANE)
        return None

    def _hand_over(self, connection: Connection, content: bytes, patience: Patience) -> Outcome:
        patience.step_seconds = self._answer_seconds
        try:
            connection.send(_LINE_DOT.sub(b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n"))
        except (OSError, smtplib.SMTPException) as error:  # without its end no server may take it as a mail
            connection.close()
            return Outcome(PENDING, _BROKEN_OFF, type(error).__name__, away=Away.LANE)
        try:
            connection.send(b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            connection.close()
            return Outcome(UNCERTAIN, "no_answer_after_data", type(error).__name__, away=Away.CHANNEL)
        if code // 100 in (4, 5):
            return self._refused(connection, _Refused(code, text))
        shown = _shown(code, text.decode("utf-8", "replace"))
        if code // 100 != 2:
            connection.close()
            return Outcome(UNCERTAIN, _UNREADABLE, shown, away=Away.CHANNEL)
        self._connections.keep(connection, clean=True)
        return Outcome(SENT, "accepted", shown)

    def _refused(self, connection: Connection, refusal: _Refused) -> Outcome:
        """A number from 500 is for good. 421 says that the server as a whole is closing."""
        state = FAILED if refusal.code // 100 == 5 else PENDING
        shown = _shown(refusal.code, refusal.text)
        if refusal.code == _CLOSING or refusal.code // 100 not in (4, 5):
            connection.close()
            reason = f"refused_{_CLOSING}" if refusal.code == _CLOSING else _UNREADABLE
            return Outcome(PENDING, reason, shown, away=Away.CHANNEL)
        self._connections.keep(connection, clean=False)
        return Outcome(state, f"refused_{refusal.code}", shown)


def _is_alive(connection: Connection) -> bool:
    """Also makes it forget what a refusal may have left begun."""
    try:
        return connection.rset()[0] // 100 == 2
    except (OSError, smtplib.SMTPException):
        return False


def _expect(reply: tuple[int, bytes], kind: int) -> None:
    code, text = reply
    if code // 100 != kind:
        raise _Refused(code, text)


def _shown(code: int, text: str) -> str:
    return mask(f"{code} {' '.join(text.split())}"[:_ANSWER_SIGNS])
