"""A real HTTP server on loopback that keeps what it is sent: an SMS gateway, a webhook receiver, as a test wants it."""

import contextlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.support.eventually import eventually


@dataclass(frozen=True)
class Request:
    """One request as it came in. Header names are lower-case; of a repeated query field the last counts."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    received_at: float

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What a request gets. `drop`: cut the connection instead; `hang`: say nothing until `release` or the end."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    hang: bool = False


class HttpSink:
    """Start it by `with`. Every request is kept in `requests` before it is answered, dropped or left hanging."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: a server's context with its certificate."""
        self.requests: list[Request] = []
        self._usual: Answer | Callable[[Request], Answer] = Answer()
        self._next: deque[Answer] = deque()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.tls = tls
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self._server.connections

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def answer(self, status: int = 200, body: bytes | str | dict[str, Any] = b"", **headers: str) -> None:
        """From now on; a dict goes as JSON; header names by keyword, `_` for `-` (`retry_after="3"`)."""
        self._usual = answer(status, body, **headers)

    def answer_next(self, *answers: Answer) -> None:
        """The coming requests, one answer each, before the usual one holds again."""
        with self._lock:
            self._next.extend(answers)

    def answer_by(self, function: Callable[[Request], Answer]) -> None:
        """From now on, as the request is."""
        self._usual = function

    def drop(self) -> None:
        """From now on: keep the request and cut the connection, so that the sender cannot know."""
        self._usual = Answer(drop=True)

    def hang(self) -> None:
        """From now on: keep the request and say nothing until `release`."""
        self._usual = Answer(hang=True)

    def release(self) -> None:
        """Cut what hangs; what comes from now on is answered with 200."""
        self._usual = Answer()
        self._released.set()
        self._released = threading.Event()

    def wait_for(self, count: int, deadline_seconds: float = 10) -> list[Request]:
        """At least `count` requests. Raises AssertionError."""
        eventually(lambda: len(self.requests) >= count, deadline_seconds, describe=lambda: self.requests)
        return list(self.requests)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def take(self, request: Request) -> Answer:
        """For the server's threads: keep the request and say how it is answered (after hanging, if so)."""
        with self._lock:
            self.requests.append(request)
            chosen = self._next.popleft() if self._next else self._usual
            released = self._released
        given = chosen(request) if callable(chosen) else chosen
        if given.hang:
            released.wait()
        return given


def answer(status: int = 200, body: bytes | str | dict[str, Any] = b"", **headers: str) -> Answer:
    """An answer for `answer_next` and `answer_by`, with the conveniences of `HttpSink.answer`."""
    if isinstance(body, dict):
        body, headers = json.dumps(body), {"content_type": "application/json", **headers}
    raw = body.encode() if isinstance(body, str) else body
    return Answer(status, raw, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    tls: ssl.SSLContext | None = None
    connections = 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread, where a slow handshake holds up nobody else."""
        self.connections += 1
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what many tests are about: nothing to print."""


def _handler(sink: HttpSink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            given = sink.take(
                Request(
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                    received_at=time.time(),
                )
            )
            self.close_connection = given.drop or given.hang
            if not self.close_connection:
                with contextlib.suppress(ConnectionError):
                    self._reply(given)

        def _reply(self, given: Answer) -> None:
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the requests are kept."""

    return Handler
