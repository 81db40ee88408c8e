"""A mail server and a web server that take everything: `python -m tests.bench.sinks SMTP_PORT HTTP_PORT`.

The mail server is aiosmtpd and keeps nothing; the web server does as little as the protocol allows. Whatever has
`frozen` in its address gets no answer.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_FROZEN = b"frozen"


class Mails:
    """The handler of aiosmtpd."""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if _FROZEN.decode() in address:
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return "250 taken"


class Posts(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take():
            pass

    def _take(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(rest) < length:
            return False
        self._buffer = rest[length:]
        if _FROZEN not in head.partition(b"\r\n")[0]:
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return True


async def serve(smtp_port: int, http_port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(Mails(), hostname="sink", loop=loop), "127.0.0.1", smtp_port)
    await loop.create_server(Posts, "127.0.0.1", http_port, backlog=100)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
