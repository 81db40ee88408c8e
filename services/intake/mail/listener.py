"""Mail in: a server for SMTP or LMTP that answers each message exactly once, by LMTP once for each recipient.

250 means stored. 451 means try again, since we are away. 5xx means never, with a sentence that the sender's server
passes on.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.intake import Taken
from shared.errors import ConfigError, Transient
from shared.observability.logs import get_logger
from shared.service import Listener

log = get_logger("mail")
MOST_MAIL_BYTES = 35_000_000
"""Five photos of five megabytes as mail carries them, a third larger."""
MOST_IN_HAND = 4
"""Mails that are received or stored at one time; the others wait before they may send their content."""
SMALL_BYTES = 100_000
MOST_SMALL_IN_HAND = 12
"""Mails of words only say beforehand that they are small; many of them share one wait for the disk."""
LARGE_BYTES = 5_000_000
"""Of mails larger than this, or of unknown size, one at a time: each takes ten times its size while it is worked on."""
_MOST_LINE_BYTES = 200_000
_FINISH_SECONDS = 3.0
_WAIT_SECONDS = 60.0

_AWAY = "451 4.3.0 Layanan sedang tidak dapat menyimpan. Coba lagi nanti."
_BUSY = "451 4.3.2 Layanan sedang sibuk. Coba lagi nanti."
_NOT_OURS = "550 5.1.1 Alamat ini tidak menerima laporan warga."
_PLAINLY = {
    "552 Error: Too much mail data": (
        f"552 5.3.4 Surel terlalu besar: paling banyak {MOST_MAIL_BYTES // 1_000_000} MB. "
        "Kirim ulang tanpa lampiran, atau dengan lampiran kecil."
    ),
    "500 Line too long (see RFC5321 4.5.3.1.6)": "554 5.6.0 Surel ini memuat baris yang terlalu panjang.",
}


class TakesMail(Protocol):
    @property
    def own(self) -> OwnAddresses: ...
    def take(self, raw: bytes, mail_from: str, recipients: Sequence[str]) -> Taken: ...


class _Handler:
    """aiosmtpd calls these from its event loop; storing is done in threads, since it waits for the disk."""

    def __init__(self, intake: TakesMail, threads: ThreadPoolExecutor) -> None:
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

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        envelope.content = envelope.original_content = None  # nobody else needs a second copy
        sender = (envelope.mail_from or "").strip("<> ")  # the library calls the null sender `<>`
        recipients = list(envelope.rcpt_tos)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._intake.take, raw, sender, recipients)
        self.in_hand.add(work)
        try:
            answer = _ascii((await asyncio.shield(work)).answer)
        except Transient as error:
            log.warning("mail_not_possible_now", code=error.code, error=error.message)
            answer = _AWAY
        except Exception:
            log.exception("mail_failed", size=len(raw))
            answer = _AWAY
        finally:
            self.in_hand.discard(work)
        return str(server.for_each_recipient(answer))

    async def handle_exception(self, error: Exception) -> str:
        log.error("smtp_session_failed", error=type(error).__name__)
        return _AWAY


class _Room:
    """Who may send content now."""

    def __init__(self) -> None:
        self._small = asyncio.Semaphore(MOST_SMALL_IN_HAND)
        self._places = asyncio.Semaphore(MOST_IN_HAND)
        self._large = asyncio.Lock()

    @asynccontextmanager
    async def of(self, size: int | None) -> AsyncIterator[None]:
        if size is not None and size <= SMALL_BYTES:
            async with self._small:
                yield
        elif size is not None and size <= LARGE_BYTES:
            async with self._places:
                yield
        else:
            async with self._large, self._places:
                yield


def _announced(envelope: Envelope | None) -> int | None:
    for option in envelope.mail_options if envelope else ():
        name, _, value = str(option).partition("=")
        if name.upper() == "SIZE" and value.isdigit():
            return int(value)
    return None


class _Session(SMTP):
    line_length_limit = _MOST_LINE_BYTES  # longer than the standard's 998: many programs send HTML in one line

    def __init__(self, handler: _Handler, room: _Room, **options: Any) -> None:
        super().__init__(handler, **options)
        self._room = room

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        size = _announced(self.envelope)
        try:
            async with asyncio.timeout(_WAIT_SECONDS) as patience, self._room.of(size):
                patience.reschedule(None)
                await super().smtp_DATA(arg)
        except TimeoutError:
            await self.push(_BUSY)

    async def push(self, status: Any) -> None:
        """Says in plain words what the library says in its own."""
        if isinstance(status, str) and status in _PLAINLY:
            status = self.for_each_recipient(_PLAINLY[status])
        await super().push(status)

    def for_each_recipient(self, answer: str) -> str:
        return answer


class _LmtpSession(_Session, LMTP):
    def for_each_recipient(self, answer: str) -> str:
        recipients = self.envelope.rcpt_tos if self.envelope else []
        return "\r\n".join([answer] * max(1, len(recipients)))


class MailListener(Listener):
    """A server in a thread of its own. `port` is the real one after `start`, also when 0 was asked for."""

    def __init__(self, intake: TakesMail, host: str, port: int, *, lmtp: bool = False) -> None:
        self.host = host
        self.port = port
        self._session_class = _LmtpSession if lmtp else _Session
        self._threads = ThreadPoolExecutor(MOST_IN_HAND + MOST_SMALL_IN_HAND, thread_name_prefix="mail")
        self._handler = _Handler(intake, self._threads)
        self._sessions: set[_Session] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._room: _Room | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lmtp" if lmtp else "smtp", daemon=True)

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
        self._room = _Room()
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
        assert self._room is not None
        session = self._session_class(
            self._handler,
            self._room,
            data_size_limit=MOST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="tanggap",
            ident="Tanggap",
            timeout=120,
            loop=self._loop,
        )
        self._sessions = {known for known in self._sessions if known.transport is not None} | {session}
        return session


def _ascii(answer: str) -> str:
    """SMTP answers are one line of ASCII."""
    return " ".join(answer.split()).encode("ascii", "replace").decode("ascii")[:500]
