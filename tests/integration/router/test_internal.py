"""The router's internal API: what the desk may ask and do about rules, and what it is told when that cannot be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.router.rule_files import files_of
from tests.integration.router.world import BEARER, RouterWorld, assigned, received, router_world

WHO = {"actor": "budi", "role": "coordinator", "reason": "coba"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RouterWorld]:
    with router_world(f"sqlite:///{tmp_path / 'router.db'}", tmp_path) as opened:
        opened.service.seed()
        yield opened


def post(world: RouterWorld, act: str, **body: Any) -> Any:
    return world.client.post(f"/internal/rulesets/{act}", json=body, headers=BEARER)


def get(world: RouterWorld, path: str = "") -> Any:
    return world.client.get(f"/internal/rulesets{path}", headers=BEARER)


def active(world: RouterWorld) -> str:
    return str(get(world).get_json()["active"])


def test_nobody_comes_in_without_the_token(world: RouterWorld) -> None:
    for method, path in (
        ("get", ""), ("get", "/active"), ("post", "/lint"), ("post", "/diff"), ("post", "/explain"),
        ("post", "/activate"),
    ):  # fmt: skip
        answer = getattr(world.client, method)(f"/internal/rulesets{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "wrong_service_token"), path


def test_versions_and_their_files(world: RouterWorld) -> None:
    listed = get(world).get_json()
    (only,) = listed["rulesets"]
    assert set(listed) == {"active", "rulesets", "activations"}
    assert set(only) == {"ruleset", "active", "imported_at", "imported_by"}
    assert set(listed["activations"][0]) == {"number", "ruleset", "actor", "role", "reason", "at"}
    for name in ("active", active(world), active(world)[:5]):
        assert get(world, f"/{name}").get_json() == {"ruleset": active(world), "files": files_of(world.pack)}


def test_an_edit_is_linted_tried_explained_and_put_in_force(world: RouterWorld) -> None:
    process, before = world.process(), active(world)
    process.load()
    world.hear(process, received(1, "pju mati"), received(2, "ronda, hubungi 081234567890"), assigned(2, "LAMPU"))
    files = world.changed(JALAN="ronda")
    linted = post(world, "lint", files=files).get_json()
    assert linted["problems"] == []
    tried = post(world, "diff", files=files, days=2).get_json()
    assert (tried["old"], tried["new"]) == (before, linted["ruleset"])
    assert (tried["compared"], tried["stored"], tried["complete"], tried["moved"]) == (2, 2, True, 1)
    assert tried["complaints"] == [{
        "id": "CTH-0002", "excerpt": "ronda, hubungi [telepon]", "old": "triage", "new": "JALAN",
        "old_reason": "no_match", "new_reason": "matched", "label": "LAMPU", "verdict": "neither",
        "gained": ["ronda +9"], "lost": [],
    }]  # fmt: skip
    assert {change["where"] for change in tried["changes"]} == {"coba-jalan"}
    told = post(world, "explain", files=files, text="ronda malam").get_json()
    assert told["decision"]["agency"] == "JALAN"
    assert told["decision"]["ruleset"] == linted["ruleset"]
    assert "“ronda”" in told["explanation"]
    done = post(world, "activate", files=files, expected=before, **WHO).get_json()
    assert done == {"outcome": "activated", "ruleset": linted["ruleset"], "previous": before, "stored": "new"}
    assert active(world) == linted["ruleset"]
    assert post(world, "explain", ruleset="active", text="ronda").get_json()["decision"]["agency"] == "JALAN"
    undone = post(world, "activate", ruleset=before[:6], expected=linted["ruleset"], **WHO).get_json()
    assert (undone["outcome"], undone["ruleset"]) == ("activated", before)
    last = get(world).get_json()["activations"][0]
    assert {name: last[name] for name in WHO} == WHO


def test_circumstances_can_be_assumed(world: RouterWorld) -> None:
    when = 'when: {channel: [sms], kind: [aspirasi], hours: "22:00-05:00", kelurahan: [Tanjung]}'
    files = files_of(world.pack) | {
        "rules/c.yaml": f"rules:\n  - {{id: c, agency: JALAN, about: x, phrases: {{ronda: 9}}, {when}}}\n"
    }
    there = {"channel": "sms", "kind": "aspirasi", "hour": "23:30", "kelurahan": "Tanjung"}
    assert post(world, "explain", files=files, text="ronda", **there).get_json()["decision"]["agency"] == "JALAN"
    for name, other in (("channel", "web"), ("kind", "pengaduan"), ("hour", "12:00"), ("kelurahan", "Besar")):
        told = post(world, "explain", files=files, text="ronda", **(there | {name: other})).get_json()
        assert told["decision"]["agency"] is None, name


def test_a_broken_change_is_refused_with_file_and_line(world: RouterWorld) -> None:
    before = active(world)
    unknown = world.changed(JALEN="ronda")
    twice = files_of(world.pack) | {"rules/c.yaml": files_of(world.pack)["rules/a.yaml"]}
    for files, line, what in ((unknown, 2, "no agency `JALEN`"), (twice, 4, "The id is taken")):
        answer = post(world, "activate", files=files, expected=before, **WHO)
        body = answer.get_json()
        assert (answer.status_code, body["code"], answer.mimetype) == (
            422, "rules_have_mistakes", "application/problem+json",
        )  # fmt: skip
        assert any(one["line"] == line and what in one["what"] for one in body["problems"]), body
        assert post(world, "lint", files=files).get_json()["ruleset"] is None
    assert active(world) == before


def test_who_was_overtaken_gets_a_conflict(world: RouterWorld) -> None:
    before = active(world)
    assert post(world, "activate", files=world.changed(JALAN="ronda"), expected=before, **WHO).status_code == 200
    answer = post(world, "activate", files=world.changed(LAMPU="ronda"), expected=before, **WHO)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_as_expected")
    assert "by budi" in answer.get_json()["detail"]


def test_a_bomb_of_aliases_is_answered_in_time(world: RouterWorld) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    body = "\n".join([*lines, "rules: *a11", "idioms: *a11"])
    answer = post(world, "lint", files=files_of(world.pack) | {"rules/c.yaml": body})
    assert answer.status_code == 200
    assert answer.get_json()["ruleset"] is None


@pytest.mark.parametrize(
    ("act", "body", "status", "code"),
    [
        ("lint", {}, 422, "invalid_fields"),
        ("lint", {"files": []}, 422, "invalid_fields"),
        ("lint", {"files": {}}, 422, "invalid_fields"),
        ("lint", {"files": {"rules/a.yaml": 1}}, 422, "invalid_fields"),
        ("lint", {"files": {f"rules/{n}.yaml": "" for n in range(501)}}, 422, "invalid_fields"),
        ("lint", {"files": {"rules/a.yaml": "x" * 1_600_000}}, 413, "rules_too_large"),
        ("lint", {"files": {"rules/a.yaml": "x" * 5_000_000}}, 413, "request_entity_too_large"),
        ("diff", {"ruleset": "0123456789"}, 404, "unknown_ruleset"),
        ("diff", {"ruleset": "active", "against": "'; DROP TABLE"}, 404, "unknown_ruleset"),
        ("diff", {"ruleset": "active", "files": {"a": "b"}}, 422, "invalid_fields"),
        ("diff", {"ruleset": "active", "days": 0}, 422, "invalid_fields"),
        ("diff", {"ruleset": "active", "days": "many"}, 422, "invalid_fields"),
        ("diff", {"ruleset": "active", "days": 1e9}, 422, "invalid_fields"),
        ("diff", {"files": {"rules/a.yaml": "rules: ["}}, 422, "rules"),
        ("diff", {"files": {"../a.yaml": "rules: []"}}, 422, "rules"),
        ("explain", {"ruleset": "active"}, 422, "invalid_fields"),
        ("explain", {"ruleset": "active", "text": "x" * 20_001}, 422, "invalid_fields"),
        ("explain", {"ruleset": "active", "text": "x", "hour": "25:00"}, 422, "invalid_fields"),
        ("activate", {"ruleset": "active", **WHO}, 422, "invalid_fields"),
        ("activate", {"ruleset": "active", "expected": None, **WHO}, 422, "invalid_fields"),
        ("activate", {"ruleset": "active", "expected": "x", "actor": "x", "role": "x"}, 422, "invalid_fields"),
        ("activate", {"ruleset": "active", "expected": "x", **WHO}, 409, "not_as_expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_clearly(
    world: RouterWorld, act: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = post(world, act, **body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text[:300]
    assert answer.mimetype == "application/problem+json"
    assert len(answer.text) < 10_000
    assert len(get(world).get_json()["activations"]) == 1


def test_what_is_no_json_is_said_too(world: RouterWorld) -> None:
    for raw in (b"", b"[]", b"{", b"\xff\xfe", b'{"files": ' + b"[" * 100_000):
        answer = world.client.post("/internal/rulesets/lint", data=raw, headers=BEARER, content_type="application/json")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_json"), raw[:20]


def test_halves_of_characters_and_nul_are_mistakes_of_the_file(world: RouterWorld) -> None:
    for sign in ("\ud800", "\0"):
        files = files_of(world.pack) | {"rules/c.yaml": f"rules: [] # {sign}"}
        body = json.dumps({"files": files, "expected": active(world), **WHO})
        answer = world.client.post(
            "/internal/rulesets/activate", data=body, headers=BEARER, content_type="application/json"
        )
        assert (answer.status_code, answer.get_json()["code"]) == (422, "rules_have_mistakes"), answer.text
