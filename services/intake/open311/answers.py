"""Answers of Open311 over HTTP, in the format that the address names; errors take the standard's form."""

from __future__ import annotations

from flask import Response, json, request

from services.intake.open311 import documents
from services.intake.open311.addresses import XML, format_of
from services.intake.open311.documents import Document
from services.intake.open311.xml_writing import write_xml

PREFIX = "/open311/"
# What a submission calls its parts, and what Open311 does.
_NAMES = {"text": "description", "detail": "address_string", "name": "first_name"}
# The standard knows 404 and 403, and 400 for whatever else a client did wrong; those beside them say what to do.
_KEPT_STATUSES = frozenset({400, 401, 403, 404, 405, 406, 413, 429})
_KEPT_HEADERS = ("Allow", "Retry-After")


def answer(document: Document, format_: str, status: int = 200) -> Response:
    if format_ == XML:
        body, content_type = write_xml(document.root, document.value), "text/xml; charset=utf-8"
    else:
        text = json.dumps(document.value, ensure_ascii=False, sort_keys=False)
        body, content_type = text.encode("utf-8", "replace"), "application/json; charset=utf-8"
    response = Response(body, status=status, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"  # programs in browsers; no cookie counts here
    return response


def in_the_standards_form(response: Response) -> Response:
    """A problem as the house words it, as the list of errors that Open311 knows; all else as it is."""
    if response.mimetype != "application/problem+json" or not request.path.startswith(PREFIX):
        return response
    problem = json.loads(response.get_data())
    status = int(problem["status"])
    if 400 <= status < 500 and status not in _KEPT_STATUSES:
        status = 400
    fields = problem.get("fields") or {}
    sentences = [f"{_NAMES.get(name, name)}: {sentence}" for name, sentence in fields.items()]
    written = answer(documents.errors(status, sentences or [problem["detail"]]), format_of(request.path), status)
    for name in _KEPT_HEADERS:
        if name in response.headers:
            written.headers[name] = response.headers[name]
    return written
