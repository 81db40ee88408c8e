"""Errors on the way out: problem+json (RFC 9457) for machines, a plain page for people. The only place that does it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, json, render_template, request
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from shared.errors import Refused, TanggapError, Transient
from shared.observability.logs import get_logger

log = get_logger("web")

# What a citizen reads; machines read the code. Keyed by HTTP status.
SENTENCES = {
    400: "Permintaan tidak dapat dibaca. Periksa kembali isian Anda.",
    401: "Silakan masuk terlebih dahulu.",
    403: "Anda tidak berwenang membuka halaman ini.",
    404: "Halaman atau laporan ini tidak ditemukan.",
    405: "Cara permintaan ini tidak tersedia di alamat ini.",
    409: "Permintaan ini bertentangan dengan permintaan sebelumnya.",
    413: "Kiriman terlalu besar. Kurangi ukurannya lalu coba lagi.",
    415: "Jenis isi kiriman ini tidak diterima.",
    422: "Isian belum dapat diterima.",
    429: "Terlalu banyak percobaan. Tunggu sebentar lalu coba lagi.",
    500: "Terjadi kesalahan pada sistem. Laporan yang sudah mendapat tiket tetap tersimpan.",
    503: "Layanan sedang tidak dapat dijangkau. Coba lagi sebentar lagi.",
}
BUSY = "Layanan sedang sangat sibuk. Coba lagi sebentar lagi."
"""To programs that are turned away; pages say more."""


def problem(
    status: int, code: str, detail: str, *, fields: dict[str, Any] | None = None, retry_after: int | None = None
) -> Response:
    """A problem+json answer. `code` is stable, `detail` is for people, `fields` maps a field to its sentence."""
    body: dict[str, Any] = {
        "type": f"urn:tanggap:problem:{code}",
        "title": SENTENCES.get(status, "Kesalahan"),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id", ""),
    }
    if fields:
        body["fields"] = fields
    encoded = json.dumps(body).encode("utf-8", "replace")  # what was typed may hold half a character
    response = Response(encoded, status=status, content_type="application/problem+json")
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def is_for_machines(path: str) -> bool:
    return path.startswith(("/api/", "/internal/", "/sms/", "/open311/", "/healthz", "/readyz", "/metrics"))


def wants_page() -> bool:
    """Whether a person with a browser asks, rather than a machine."""
    if is_for_machines(request.path):
        return False
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html"


def answer(status: int, code: str, detail: str, *, fields: dict[str, Any] | None = None) -> Response:
    """The page `error.html` of the service for people, problem+json for machines."""
    if wants_page():
        try:
            page = render_template("error.html", status=status, code=code, detail=detail, request_id=g.request_id)
            return Response(page, status=status, content_type="text/html; charset=utf-8")
        except TemplateNotFound:
            pass
    return problem(status, code, detail, fields=fields)


def retry_after(error: Transient) -> str:
    """The header's value: whole seconds, never none of them."""
    return str(max(1, round(error.retry_after_seconds or 5)))


def install_error_handlers(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Transient, _transient)
    app.register_error_handler(TanggapError, _tanggap)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _refused(error: Refused) -> Response:
    return answer(error.status, error.code, error.message, fields=error.fields)


def _transient(error: Transient) -> Response:
    log.warning("request_not_possible_now", code=error.code, error=error.message)
    response = answer(503, error.code, SENTENCES[503])
    response.headers["Retry-After"] = retry_after(error)
    return response


def _tanggap(error: TanggapError) -> Response:
    log.error("request_failed", code=error.code, error=error.message)
    return answer(500, error.code, SENTENCES[500])


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # redirects are raised as exceptions too
        return error.get_response()  # type: ignore[return-value]
    code = (error.name or "error").lower().replace(" ", "_")
    data = getattr(error, "data", None) or {}
    messages = data.get("messages", {}) if isinstance(data, dict) else {}
    response = answer(status, code, SENTENCES.get(status, error.description or ""), fields=messages or None)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _bug(error: Exception) -> Response:
    log.exception("request_crashed", endpoint=request.endpoint)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return answer(500, "bug", SENTENCES[500])
