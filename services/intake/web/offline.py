"""The service worker: with it the form opens without network, once it was opened with one."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from services.intake.web.pages import Pages

_FILES = ("intake.css", "mark.svg", "position.js", "photos.js", "draft.js")


def offline_blueprint(pages: Pages) -> Blueprint:
    blueprint = Blueprint("offline", __name__)

    @blueprint.get("/sw.js")
    def worker() -> Response:
        """At the top, since a worker rules only what lies below it."""
        response = make_response(render_template("sw.js", files=[pages.asset(name) for name in _FILES]))
        response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return blueprint
