"""A web application behind the parser of the server that it runs on: raw bytes in, an answer out.

An input is a request as it travels, but that line ends may be bare and `Content-Length` is written here. Words like
`@@CSRF@@` stand for what only the running system knows.
"""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask
from werkzeug.test import run_wsgi_app

from tests.fuzz.harness import require

CANARY = b"<script>window.pwned"
"""Stands in seeds; a page that shows it as it came would run it."""
_WORD = re.compile(rb"@@([A-Z_]+)@@")
_LENGTH = re.compile(rb"(?im)^content-length:.*\n?")


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class Wire:
    def __init__(self, app: Flask) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = True  # an error of ours arrives as itself
        self._app = app
        self._adjustments = Adjustments(max_request_body_size=30_000_000)
        self._hosts = itertools.count(1)

    def send(self, raw: bytes) -> Answered | None:
        """None when the server itself turned it down. Raises whatever the application fails with."""
        parser = HTTPRequestParser(self._adjustments)
        left = raw
        while left and not parser.completed:
            taken = parser.received(left)
            left = left[taken:] if taken else b""
        if not parser.completed or parser.error or parser.empty:
            return None
        environ = WSGITask(self._channel(), parser).get_environment()
        environ["wsgi.errors"] = io.StringIO()
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        body = b"".join(chunks)
        return Answered(int(status.split()[0]), {name.lower(): value for name, value in headers.items()}, body)

    def _channel(self) -> Any:
        """From a new address of this machine each time: limits for an address would soon answer everything alike."""
        number = next(self._hosts)
        address = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        server = SimpleNamespace(adj=self._adjustments, effective_port=8000, server_name="intake.invalid")
        return SimpleNamespace(server=server, addr=(address, 1), check_client_disconnected=lambda: False)


def raw_request(data: bytes, words: Mapping[bytes, bytes], cookie: bytes = b"") -> bytes:
    """The input with its words replaced and its length written; `cookie` unless it has one of its own."""
    head, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if b"multipart" in head:
        body = body.replace(b"\n", b"\r\n")  # bare line ends are no part of this format
    head, body = (_WORD.sub(lambda found: words.get(found[1], found[0]), part) for part in (head, body))
    head = _LENGTH.sub(b"", head)
    lines = [line for line in head.split(b"\n") if line]
    if cookie and b"\ncookie:" not in head.lower():
        lines.append(b"Cookie: " + cookie)
    if body or head[:4] == b"POST":
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def body_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]


def check_answer(answered: Answered) -> None:
    """What holds for every answer: none is our failure, each is well formed, and nothing that was sent would run."""
    require(200 <= answered.status < 500, f"answered {answered.status}")
    require(not any("\n" in value or "\r" in value for value in answered.headers.values()), "a header was split")
    if answered.media_type in ("application/json", "application/problem+json") and answered.body:
        json.loads(answered.body.decode("utf-8"))
    elif answered.media_type in ("text/xml", "application/xml"):
        ElementTree.fromstring(answered.body)
    elif answered.media_type == "text/html":
        answered.body.decode("utf-8")
        require(CANARY not in answered.body, "a page shows markup as it was sent")


def request(head: str, body: str = "", *headers: str) -> bytes:
    """For seeds."""
    return "\n".join([f"{head} HTTP/1.1", "Host: localhost", *headers, "", body]).encode()


def requests_of(kind: str, path: str, bodies: list[str], *headers: str) -> Iterator[bytes]:
    for body in bodies:
        yield request(f"POST {path}", body, f"Content-Type: {kind}", *headers)
