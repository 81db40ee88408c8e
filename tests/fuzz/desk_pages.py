"""The desk by HTTP: pages and forms of people who are logged in, logins, and the API of agencies' systems."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fuzz import seeds
from tests.fuzz.harness import Harness, One, quick_folder
from tests.fuzz.wire import Wire, check_answer, raw_request, request, requests_of
from tests.unit.desk.agency_system import system
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.world import LOGINS, World, open_world

REBUILT_AFTER = 1_500
HTML = ("Accept: text/html", f"Content-Type: {seeds.URLENCODED}")
WORDS = (
    "@@TICKET@@", "@@OTHER@@", "@@CSRF@@", "@@KEY@@", "@@TOKEN@@", "X-Role: officer", "X-Role: coordinator",
    "X-Role: operator", "X-Role: auditor", "X-Role: head", "X-Role: secretary", "Authorization: Bearer @@TOKEN@@",
    "&revision=1", "&reason=", "&answer=", "&agency=DLH", "&note=", "&question=", "?q=", "&page=", "&sort=",
    "&from=2026-01-01", "&until=", "&state=", "&login=", "&password=", "cursor=", "limit=", "since=", 'If-Match: "1"',
    '"revision":1', '"close":true', '"photos":[]',
)  # fmt: skip


class DeskPages:
    """The application with two cases and somebody of each role; a header `X-Role` says who asks."""

    def __init__(self, world: World) -> None:
        self._wire = Wire(world.service.web)
        world.hear(routed(1), unrouted(2), routed(3, agency="DLH"))
        self._cookies: dict[bytes, bytes] = {}
        self._tokens: dict[bytes, bytes] = {}
        for role, login in LOGINS.items():
            visitor = world.logged_in(login)
            cookie = visitor.client.get_cookie(world.service.web.config["SESSION_COOKIE_NAME"])
            self._cookies[role.encode()] = f"{cookie.key}={cookie.value}".encode()
            self._tokens[role.encode()] = visitor.token.encode()
        agency = system(world)
        self._words = {
            b"TICKET": ticket(1).encode(), b"OTHER": ticket(2).encode(), b"TOKEN": agency.secret.encode(),
            b"PNG": seeds.SMALL_PNG,
        }  # fmt: skip
        self._count = 0

    def one(self, data: bytes) -> None:
        self._count += 1
        role = next((role for role in self._cookies if b"X-Role: " + role in data), b"")
        words = {**self._words, b"CSRF": self._tokens.get(role, b"x"), b"KEY": b"key-%d" % self._count}
        answered = self._wire.send(raw_request(data, words, self._cookies.get(role, b"")))
        if answered is not None:
            check_answer(answered)


@contextmanager
def pages() -> Iterator[One]:
    state: dict[str, Any] = {"count": 0}

    def build() -> None:
        folder = quick_folder()
        place = folder.__enter__()
        world = open_world(f"sqlite:///{place}/desk.db", place)
        built = DeskPages(world.__enter__())

        def leave() -> None:
            world.__exit__(None, None, None)
            folder.__exit__(None, None, None)

        state.update(one=built.one, leave=leave)

    def one(data: bytes) -> None:
        state["count"] += 1
        if state["count"] % REBUILT_AFTER == 0:
            state["leave"]()
            build()
        state["one"](data)

    build()
    try:
        yield one
    finally:
        state["leave"]()


def page_seeds() -> list[bytes]:
    """Every page that an address leads to by itself, as somebody who may see it; every form of a case."""
    with quick_folder() as folder, open_world(f"sqlite:///{folder}/desk.db", folder) as world:
        rules = sorted(world.service.web.url_map.iter_rules(), key=lambda rule: rule.rule)
    made = [request("GET /login", "", "Accept: text/html"), request("GET /", "", "Accept: text/html")]
    for rule in rules:
        if rule.rule.startswith(("/static", "/internal", "/api")):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = _filled(path, name)
        role = "X-Role: " + ("operator", "coordinator", "officer")[len(made) % 3]
        if "GET" in (rule.methods or ()):
            made.append(request(f"GET {path}?q=jalan&page=1", "", role, "Accept: text/html"))
        if "POST" in (rule.methods or ()):
            body = "csrf_token=@@CSRF@@&revision=1&reason=alasan&text=isi&agency=DLH"
            made.append(request(f"POST {path}", body, role, *HTML))
    return made


def _filled(path: str, name: str) -> str:
    begin = max(path.find(f"<{name}>"), path.find(f":{name}>"))
    start, end = path.rfind("<", 0, begin + 1), path.find(">", begin)
    return path[:start] + ("@@TICKET@@" if name == "ticket" else "1") + path[end + 1 :]


def api_seeds() -> list[bytes]:
    bearer = ("Authorization: Bearer @@TOKEN@@", "Idempotency-Key: @@KEY@@")
    case, json_type = "/api/agency/v1/cases/@@TICKET@@", "Content-Type: application/json"
    acts = {
        "acknowledge": {}, "ask": {"question": "Nomor tiangnya?"}, "resume": {"reason": "sudah ada"},
        "answer": {"text": "Sudah diganti.", "close": True, "photos": []},
        "return": {"reason": "bukan kami", "suggested": "DLH"}, "close": {"reason": "selesai"},
        "note": {"text": "suku cadang"}, "reference": {"system": "simpju", "number": "PJU/1"},
    }  # fmt: skip
    posted = [one for act, body in acts.items()
              for one in requests_of("application/json", f"{case}/{act}", [json.dumps(body)], *bearer)]  # fmt: skip
    reads = ("/api/agency/v1/cases", "/api/agency/v1/cases?limit=1", "/api/agency/v1/cases?cursor=x", case,
             "/api/agency/v1/photos/x?signed=y", "/api/agency/openapi.json")  # fmt: skip
    return [
        *posted, *(request(f"GET {path}", "", *bearer) for path in reads),
        request(f"POST {case}/note", '{"text":"a","revision":1}', json_type, *bearer, 'If-Match: "2"'),
        request(f"POST {case}/note", '{"text":"a"}', json_type, *bearer[:1], "Idempotency-Key: satu"),
        request(f"POST {case}/photos", "@@PNG@@", "Content-Type: image/png", *bearer),
    ]  # fmt: skip


def harnesses() -> list[Harness]:
    words = (*WORDS, *seeds.HTTP_WORDS)
    return [
        Harness("desk", pages, page_seeds, words),
        Harness("agency_api", pages, api_seeds, (*words, *seeds.JSON_WORDS)),
    ]
