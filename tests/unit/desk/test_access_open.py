"""What opens without a login: each such route, for a stranger and for each role. None is left out."""

import re

import pytest

from services.desk.views.access import PUBLIC
from tests.unit.desk.world import LOGINS, Visitor, World

#                                 stranger, logged in
OPEN: dict[tuple[str, str], tuple[int, int]] = {
    ("GET", "/healthz"):                 (200, 200),
    ("GET", "/readyz"):                  (200, 200),
    ("GET", "/metrics"):                 (200, 200),
    ("GET", "/static/desk.css"):         (200, 200),
    ("GET", "/login"):                   (200, 303),
    ("GET", "/login/code"):              (303, 303),
    ("GET", "/login/forgot"):            (200, 200),
    ("GET", "/login/link"):              (410, 410),
    ("GET", "/login/oidc"):              (404, 404),
    ("GET", "/login/oidc/back"):         (404, 404),
    ("POST", "/login"):                  (401, 401),
    ("POST", "/login/forgot"):           (303, 303),
    ("POST", "/login/link"):             (410, 410),
    ("POST", "/login/code"):             (401, 401),
    ("POST", "/logout"):                 (303, 303),
    ("GET", "/internal/cases/c1/deadlines"): (401, 401),
    ("GET", "/internal/vitals"):         (401, 401),
    ("GET", "/api/agency/openapi.json"): (200, 200),
    ("GET", "/api/agency/v1/cases"):     (401, 401),
    ("GET", "/api/agency/v1/cases/c1"):  (401, 401),
    ("GET", "/api/agency/v1/photos/x"):  (422, 422),
    **{("POST", f"/api/agency/v1/cases/c1/{act}"): (401, 401) for act in (
        "photos", "acknowledge", "ask", "resume", "answer", "return", "close", "note", "reference",
    )},
}  # fmt: skip
"""A login at the desk is no token of an agency's system, and no token of a service."""


def status(visitor: Visitor, method: str, path: str) -> int:
    if method == "GET":
        return visitor.get(path).status_code
    visitor.get("/login/forgot")  # its form has the token of this session
    return visitor.post(path, login="x", password="x", code="x").status_code


@pytest.mark.parametrize("role", ["nobody", *LOGINS])
def test_every_open_route_answers_as_the_table_says(world: World, role: str) -> None:
    visitor = world.visitor() if role == "nobody" else world.logged_in(LOGINS[role])
    column = 0 if role == "nobody" else 1
    answers = {route: status(visitor, *route) for route in OPEN}
    assert answers == {route: expected[column] for route, expected in OPEN.items()}


def test_the_table_leaves_no_open_route_out(world: World) -> None:
    adapter = world.service.web.url_map.bind("localhost")
    listed = {adapter.match(path, method=method)[0] for method, path in OPEN}
    known = {rule.endpoint for rule in world.service.web.url_map.iter_rules()}
    assert listed == PUBLIC & known


def test_no_open_page_names_anybody_or_a_case(world: World) -> None:
    visitor = world.visitor()
    for method, path in OPEN:
        if method == "GET" and path not in (
            "/login",
            "/metrics",
        ):  # the login page of a demonstration lists its accounts
            assert not re.search(r"CMH-|koordinator|petugas\.", visitor.get(path).text), path
