"""What mail intake is compared with: an aiosmtpd handler that stores each mail by one durable INSERT, and nothing else.

Run as `python -m tests.bench.bare_smtp PORT DATABASE_URL`.
"""

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

_THREADS = 4


class Handler:
    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(_THREADS)

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._store, bytes(envelope.original_content or b""))
        return "250 2.0.0 stored"

    def _store(self, raw: bytes) -> None:
        if not hasattr(self._local, "connection"):
            self._local.connection = psycopg.connect(self._url, autocommit=True)
        self._local.connection.execute("INSERT INTO bare_mails (raw) VALUES (%s)", (raw,))


async def serve(port: int, handler: Handler) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="bare", loop=loop), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def main() -> None:
    port, database_url = int(sys.argv[1]), sys.argv[2]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare_mails (id bigserial PRIMARY KEY, raw bytea NOT NULL)")
    asyncio.run(serve(port, Handler(database_url)))


if __name__ == "__main__":
    main()
