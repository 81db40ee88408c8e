"""What is answered to whoever comes while there is too much to do: 503 with `Retry-After`, and nothing was done.

Pages say it in the reader's language, by the service's `busy.html`; machines get problem+json. It costs next to
nothing: neither the application nor the database is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from random import randint
from typing import Any

from flask import Flask, render_template
from flask_babel import get_locale
from jinja2 import TemplateNotFound
from werkzeug.wrappers import Request

from shared.ids import new_id
from shared.observability.metrics import Metrics
from shared.web.base import SECURITY_HEADERS
from shared.web.errors import BUSY, is_for_machines
from shared.web.lanes import Lane
from shared.web.languages import speak

PAGE = "busy.html"
LEAST_SECONDS, MOST_SECONDS = 3, 10
"""After which to try again: different for each, so that not all come back at once."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class TurningAway:
    """A WSGI application that stands in for `app`."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._has_page = _has_page(app)
        self._pages: dict[str, bytes] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        seconds, request_id = randint(LEAST_SECONDS, MOST_SECONDS), new_id()  # noqa: S311 - no secret
        if self._has_page and wants_page(environ):
            body, kind = self._page(environ), "text/html; charset=utf-8"
        else:
            body, kind = _problem(request_id), "application/problem+json"
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        headers = {
            **SECURITY_HEADERS, "Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store",
            "Retry-After": str(seconds), "X-Request-Id": request_id,
        }  # fmt: skip
        start_response("503 Service Unavailable", list(headers.items()))
        return [body]

    def _page(self, environ: dict[str, Any]) -> bytes:
        """Rendered once for each language, and apart from who asks: no word of one reader's address is another's."""
        with self._app.request_context(environ):
            language = str(get_locale())
        if language not in self._pages:
            with self._app.test_request_context("/"):
                speak(language)
                self._pages[language] = render_template(PAGE).encode()
        return self._pages[language]


def _has_page(app: Flask) -> bool:
    try:
        app.jinja_env.get_template(PAGE)
    except TemplateNotFound:
        return False
    return True


def wants_page(environ: dict[str, Any]) -> bool:
    request = Request(environ)
    kinds = ["text/html", "application/json"]
    return not is_for_machines(request.path) and request.accept_mimetypes.best_match(kinds) == "text/html"


def _problem(request_id: str) -> bytes:
    told = {
        "type": "urn:tanggap:problem:busy", "title": BUSY, "status": 503, "code": "busy", "detail": BUSY,
        "request_id": request_id,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


class Counted:
    """Waiting and turned away as metrics of a service."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        self._service, self._metrics = service, metrics

    def waited(self, lane: Lane, seconds: float) -> None:
        self._metrics.http_waited.labels(self._service, lane.name).observe(seconds)

    def turned_away(self, lane: Lane) -> None:
        self._metrics.turned_away.labels(self._service, lane.name).inc()
