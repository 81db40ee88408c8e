"""Every answer of intake and desk carries what protects its readers, whatever the route and whatever came of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.desk.world import open_world
from tests.unit.intake.building import intake

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "worker-src": "'self'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
FRAMING = {"GET /notifications": {"frame-src": "'self'"}}
"""Pages that show one of our own in a frame."""
KEPT_FOR_LONG = re.compile(r"public|immutable|max-age=[1-9]")


def every_route(app: Flask) -> Iterator[tuple[str, str]]:
    """(method, path) of each, with something in the place of its parts."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", lambda part: "1" if part[1].endswith("number") else "x", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path


def assert_protected(answer: Any, asked: str) -> None:
    headers = answer.headers
    policies = headers.getlist("Content-Security-Policy")
    assert len(policies) == 1, asked
    framing = FRAMING.get(asked, {}) if answer.status_code == 200 else {}
    assert dict(part.strip().split(" ", 1) for part in policies[0].split(";")) == POLICY | framing, asked
    assert headers["X-Content-Type-Options"] == "nosniff", asked
    assert headers["Referrer-Policy"] == "no-referrer", asked
    assert "geolocation=(self)" in headers["Permissions-Policy"], asked
    assert "camera=(self)" in headers["Permissions-Policy"], asked
    path = asked.split()[1]
    is_static = path.startswith("/static/") or path in ("/published", "/open-data")  # anybody may keep what is public
    # The script of the service worker and the photos of a case have nothing secret in common caches.
    cached = headers.get("Cache-Control", "")
    assert is_static or cached in ("no-store", "no-cache") or "private" in cached, f"{asked}: {cached}"
    assert is_static or not KEPT_FOR_LONG.search(cached) or "private" in cached, asked


def ask_everything(client: FlaskClient, app: Flask, accept: str) -> int:
    routes = list(every_route(app))
    for method, path in routes:
        answer = client.open(path, method=method, headers={"Accept": accept})
        assert answer.status_code < 500 or answer.status_code == 503, f"{method} {path}: {answer.status_code}"
        assert_protected(answer, f"{method} {path}")
        assert "Strict-Transport-Security" not in answer.headers, "by http nothing may be said about https"
    return len(routes)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_route_of_intake(tmp_path: Path, accept: str) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db") as built:
        assert ask_everything(built.client, built.service.web, accept) > 20
        assert_protected(built.client.get("/nowhere", headers={"Accept": accept}), "GET /nowhere")


@pytest.mark.parametrize("login", ["", "koordinator"])
def test_every_route_of_the_desk(tmp_path: Path, login: str) -> None:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as world:
        visitor = world.logged_in(login) if login else world.visitor()
        assert ask_everything(visitor.client, world.service.web, "text/html") > 15


def test_by_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", public_url="https://lapor.example.org") as built:
        for path in ("/", "/nowhere", "/static/intake.css", "/healthz"):
            answer = built.client.get(path, headers={"Accept": "text/html"})
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        cookies = built.client.get("/?lang=en", headers={"Accept": "text/html"}).headers.getlist("Set-Cookie")
        assert len(cookies) == 2
        assert all("Secure" in cookie and "SameSite=Lax" in cookie and "HttpOnly" in cookie for cookie in cookies)


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "a b c d e f g h", "<script>alert(1)</script>", "id;id=12345678"]
)
def test_a_request_id_of_another_form_is_not_taken_over(tmp_path: Path, given: str) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db") as built:
        answer = built.client.get("/healthz", headers={"X-Request-Id": given})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-Id"])
        answer = built.client.get("/healthz", headers={"X-Request-Id": "gateway-1.2_3"})
        assert answer.headers["X-Request-Id"] == "gateway-1.2_3"
