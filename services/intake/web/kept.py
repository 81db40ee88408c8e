"""Answers that everybody may read, and common caches keep."""

from __future__ import annotations

from flask import Response, make_response, request

from shared.web.languages import ASKED


def kept(page: str | Response, seconds: int) -> Response:
    """May be kept for so long; by one browser only when it sets the language."""
    answer = make_response(page)
    whose = "private" if ASKED in request.args else "public"
    answer.headers["Cache-Control"] = f"{whose}, max-age={seconds}"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
