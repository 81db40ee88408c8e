"""A Flask application with what every service's web side needs, whoever asks it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.formparser import FormDataParser
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.ids import new_id
from shared.keyring import for_signing, values_of
from shared.observability.logs import get_logger
from shared.observability.metrics import Metrics
from shared.observability.tracing import note, traced
from shared.web.errors import install_error_handlers, is_for_machines

log = get_logger("web")
MOST_REQUEST_BYTES = 2_000_000
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")

_LOOKED_AFTER = ("/healthz", "/readyz", "/metrics", "/internal/vitals", "/internal/audit")

KEPT = "tanggap_web"
"""Under this name an application has its `Kept` among its extensions."""

Problems = Callable[[], dict[str, str]]
Warnings = Callable[[], list[str]]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' blob: data:; script-src 'self'; worker-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
}
TRANSPORT_SECURITY = "max-age=31536000"


@dataclass(frozen=True)
class Kept:
    """What its server needs to know of an application."""

    service: str
    metrics: Metrics


def create_web(
    import_name: str, *, service: str, metrics: Metrics, trusted_proxies: int = 0, behind_tls: bool = False
) -> Flask:
    """Request ids, security headers, body limit, error pages, request metrics and an access log without queries.

    `behind_tls` says that people reach it by https: browsers are told to never try anything else.
    """
    app = Flask(import_name)
    app.request_class = _StrangersRequest
    app.config["MAX_CONTENT_LENGTH"] = MOST_REQUEST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_REQUEST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.session_interface = _PageSessions()
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies
        )
    app.extensions[KEPT] = Kept(service, metrics)
    app.before_request(_begin)
    app.after_request(_end(service, metrics, behind_tls))
    app.teardown_request(_forget)
    install_error_handlers(app)
    return app


def sign_with(app: Flask, secret: str) -> None:
    """Sessions and the tokens of forms are signed with the secret's first value; what any of them signed is good."""
    app.secret_key, *app.config["SECRET_KEY_FALLBACKS"] = values_of(secret)
    app.config["WTF_CSRF_SECRET_KEY"] = for_signing(secret)


class _NamedFields(FormDataParser):
    """Leaves out parts of a form that have no name: whoever looks through the fields may rely on texts."""

    def parse(self, *args: Any, **options: Any) -> Any:
        stream, form, files = super().parse(*args, **options)
        return stream, self._named(form), self._named(files)

    def _named(self, fields: Any) -> Any:
        return self.cls((name, value) for name, value in fields.items(multi=True) if name is not None)


class _StrangersRequest(Request):
    """Also one that no browser would send: bytes of the address that are no UTF-8 are as good as written with `%`."""

    form_data_parser_class = _NamedFields

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = "".join(sign if sign.isascii() else f"%{ord(sign):02X}" for sign in query)
        super().__init__(environ, *args, **options)


class _PageSessions(SecureCookieSessionInterface):
    """Machines bring credentials with each request: they have no session, and none is opened or signed for them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if is_for_machines(request.path) else super().open_session(app, request)


def add_health(
    app: Flask, *, unready: Problems, warnings: Warnings, stuck: Callable[[], list[str]], metrics: Metrics
) -> None:
    """`/healthz` (does the process move), `/readyz` (can it do its work), `/metrics`."""

    @app.get("/healthz")
    def healthz() -> tuple[dict[str, Any], int]:
        still = stuck()
        return {"status": "stuck" if still else "ok", "stuck": still}, 503 if still else 200

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, Any], int]:
        problems = unready()
        body = {"status": "unready" if problems else "ready", "problems": problems, "warnings": warnings()}
        return body, 503 if problems else 200

    @app.get("/metrics")
    def exposition() -> Response:
        return Response(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.match(given) else new_id()
    g.started = time.monotonic()
    g.trace = traced(request.headers.get("traceparent"), _step_name())
    g.trace.__enter__()


def _step_name() -> str:
    """The rule, not the address: that may hold a number or a code. Looking after the process is no step."""
    rule = request.url_rule
    if rule is None or request.endpoint == "static" or rule.rule.startswith(_LOOKED_AFTER):
        return ""
    return f"{request.method} {rule.rule}"


def _end(service: str, metrics: Metrics, behind_tls: bool) -> Callable[[Response], Response]:
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if behind_tls or request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", TRANSPORT_SECURITY)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        seconds = time.monotonic() - g.started
        note(status=response.status_code)
        metrics.http_seconds.labels(service, str(response.status_code)).observe(seconds)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            request_id=g.request_id,
        )
        return response

    return end


def _forget(_error: BaseException | None) -> None:
    trace = g.pop("trace", None)
    if trace is not None:
        trace.__exit__(None, None, None)
