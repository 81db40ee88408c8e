"""Mail in: an SMTP server that answers each message exactly once.

250 means stored. 451 means try again, since we are away. 5xx means never, with a sentence that the sender's server
passes on. Whatever is refused for good after it was read is kept as a refusal.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.accept import Door
from services.intake.channels.mail_text import ParsedMail, parse_mail
from services.intake.contacts import normalise_email
from services.intake.identity import read_identity
from services.intake.submission import Contact, Submission
from services.intake.text import says_something
from shared.errors import ConfigError, Refused, Transient
from shared.observability.logs import get_logger
from shared.service import Listener

log = get_logger("mail")
CHANNEL = "email"
MOST_MAIL_BYTES = 15_000_000
_MOST_LINE_BYTES = 200_000
_THREADS = 4
_FINISH_SECONDS = 3.0

NO_TEXT = "Surel ini tidak berisi teks. Tuliskan laporan Anda di badan surel, lalu kirim lagi."
_AWAY = "451 4.3.0 Layanan sedang tidak dapat menyimpan. Coba lagi nanti."
_NOT_OURS = "550 5.1.1 Alamat ini tidak menerima laporan warga."


@dataclass(frozen=True)
class OwnAddresses:
    """The addresses at which complaints arrive, and the one our own mail is sent from."""

    taking: frozenset[str]
    any_address: bool
    sending: str = ""

    @staticmethod
    def of(taking: Sequence[str], *, demo: bool, sending: str = "") -> OwnAddresses:
        return OwnAddresses(frozenset(taking), demo and not taking, sending)

    def take(self, address: str) -> bool:
        return self.any_address or _without_tag(address) in self.taking

    def are_ours(self, address: str) -> bool:
        return bool(address) and (_without_tag(address) in self.taking or _without_tag(address) == self.sending)


def _without_tag(address: str) -> str:
    """`lapor+abc@x` is `lapor@x`."""
    local, _, domain = address.strip().lower().partition("@")
    return f"{local.split('+')[0]}@{domain}"


def submission_of(
    mail: ParsedMail, *, mail_from: str, recipients: Sequence[str], size: int, own: OwnAddresses
) -> Submission:
    """The mail as a submission: subject and text, the sender as contact."""
    identity, body = read_identity(mail.body)
    subject = mail.subject
    if identity == "anonymous":
        identity, subject = read_identity(mail.subject)
    sender = normalise_email(mail.from_address) or normalise_email(mail_from) or ""
    return Submission(
        channel=CHANNEL,
        account="smtp",
        text=f"{subject}\n\n{body}" if subject and says_something(body) else body,
        provider_id=mail.message_id or None,
        sender=sender.lower(),
        identity=identity,
        contact=Contact(email=sender, name=mail.from_name if sender else "", reply_to=mail.reply_to),
        carrier_contact=True,
        cut_long_text=True,
        recipients=tuple(sorted({recipient.lower()[:254] for recipient in recipients})),
        sent_at=mail.sent_at,
        size=size,
        automatic=mail.automatic or not mail_from or own.are_ours(sender) or own.are_ours(mail_from),
    )


@dataclass(frozen=True)
class MailIntake:
    """One mail after the other, in whatever thread."""

    door: Door
    own: OwnAddresses

    def take(self, raw: bytes, mail_from: str, recipients: Sequence[str]) -> str:
        """The SMTP answer to a mail, which is stored by then, or refused. Raises `Transient`."""
        mail = parse_mail(raw)
        if mail.bounce:
            self._keep_refusal("bounce", mail, mail_from, len(raw))
            return "250 2.0.0 Dicatat sebagai pemberitahuan surel gagal kirim."
        if not says_something(mail.body):
            self.door.spine.metrics.refused.labels(CHANNEL, "no_text").inc()
            self._keep_refusal("no_text", mail, mail_from, len(raw))
            return f"554 5.6.0 {NO_TEXT}"
        submission = submission_of(mail, mail_from=mail_from, recipients=recipients, size=len(raw), own=self.own)
        try:
            receipt = self.door.accept(submission)
        except Refused as error:
            self._keep_refusal(error.code, mail, mail_from, len(raw))
            return f"554 5.6.0 {error.message}"
        return f"250 2.0.0 Laporan diterima, tiket {receipt.ticket}"

    def _keep_refusal(self, reason: str, mail: ParsedMail, mail_from: str, size: int) -> None:
        sender = normalise_email(mail.from_address) or normalise_email(mail_from) or ""
        self.door.write_refusal(CHANNEL, reason, size=size, contact_key=self.door.vault.email_key(sender))


class _Handler:
    """aiosmtpd calls these from its event loop; storing is done in threads, since it waits for the disk."""

    def __init__(self, intake: MailIntake, threads: ThreadPoolExecutor) -> None:
        self._intake = intake
        self._threads = threads
        self.in_hand: set[asyncio.Future[Any]] = set()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._intake.own.take(address):
            return _NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        sender = (envelope.mail_from or "").strip("<> ")  # the library calls the null sender `<>`
        recipients = list(envelope.rcpt_tos)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._intake.take, raw, sender, recipients)
        self.in_hand.add(work)
        try:
            return _ascii(await asyncio.shield(work))
        except Transient as error:
            log.warning("mail_not_possible_now", code=error.code, error=error.message)
            return _AWAY
        except Exception:
            log.exception("mail_failed", size=len(raw))
            return _AWAY
        finally:
            self.in_hand.discard(work)

    async def handle_exception(self, error: Exception) -> str:
        log.error("smtp_session_failed", error=type(error).__name__)
        return _AWAY


_PLAINLY = {
    "552 Error: Too much mail data": (
        "552 5.3.4 Surel terlalu besar: paling banyak 15 MB. Kirim ulang tanpa lampiran, atau dengan lampiran kecil."
    ),
    "500 Line too long (see RFC5321 4.5.3.1.6)": "554 5.6.0 Surel ini memuat baris yang terlalu panjang.",
}


class _Session(SMTP):
    line_length_limit = _MOST_LINE_BYTES  # longer than the standard's 998: many programs send HTML in one line

    async def push(self, status: Any) -> None:
        """Says in plain words what the library says in its own."""
        await super().push(_PLAINLY.get(status, status) if isinstance(status, str) else status)


class MailListener(Listener):
    """An SMTP server in a thread of its own. `port` is the real one after `start`, also when 0 was asked for."""

    def __init__(self, intake: MailIntake, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail")
        self._handler = _Handler(intake, self._threads)
        self._sessions: set[_Session] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)

    def start(self) -> None:
        """Raises `ConfigError` when the port is taken."""
        try:
            self._socket = socket.create_server((self.host, self.port), backlog=100)
        except OSError as error:
            raise ConfigError(f"cannot listen on {self.host}:{self.port}: {error.strerror or error}") from error
        self.port = self._socket.getsockname()[1]
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        """Takes no more, finishes the mails in hand within three seconds, closes."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_FINISH_SECONDS + 1)
        self._threads.shutdown(wait=False)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._open_session, sock=self._socket)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        if self._handler.in_hand:
            await asyncio.wait(set(self._handler.in_hand), timeout=_FINISH_SECONDS)
            await asyncio.sleep(0.05)  # the sessions write their answers
        for session in list(self._sessions):
            if session.transport is not None:
                session.transport.close()

    def _open_session(self) -> _Session:
        session = _Session(
            self._handler,
            data_size_limit=MOST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="tanggap",
            ident="Tanggap ESMTP",
            timeout=120,
            loop=self._loop,
        )
        self._sessions = {known for known in self._sessions if known.transport is not None} | {session}
        return session


def _ascii(answer: str) -> str:
    """SMTP answers are one line of ASCII."""
    return " ".join(answer.split()).encode("ascii", "replace").decode("ascii")[:500]
