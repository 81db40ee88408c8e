"""Drafts and proposals at the router's internal API: who may do what when, and that nothing is overwritten or lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.router.proposing.approval import approve
from services.router.proposing.proposals import Proposals, Who
from services.router.rule_files import files_of
from services.router.tables import audit, drafts, metadata
from shared.errors import Refused
from shared.ids import new_id
from tests.integration.router.desk import BUDI, PHRASE, SITI, Desk
from tests.integration.router.world import BEARER, RouterWorld, activate, active


def test_the_migration_makes_what_the_tables_say(world: RouterWorld) -> None:
    with world.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_change_goes_from_a_phrase_to_rules_in_force_through_two_people(world: RouterWorld) -> None:
    desk, before = Desk(world), active(world)
    told = desk.proposed()
    assert (told["state"], told["stale"], told["author"], told["four_eyes"]) == ("proposed", False, "siti", True)
    assert {(one["what"], one["new"]) for one in told["changes"]} >= {("phrase tiang roboh", "+6")}
    assert active(world) == before, "nothing is in force before another person said so"
    settled = {"revision": told["revision"], "content": told["content"], "reason": "baik"}
    assert desk.code("approve", 403, **settled, **SITI) == "own_proposal"
    done = desk.post("approve", **settled, **BUDI)
    assert (done["state"], done["ruleset"]) == ("activated", active(world))
    assert desk.post("approve", **settled, **BUDI) == done, "the same form twice is done once"
    in_force = world.versions.in_force()
    assert in_force is not None
    assert (in_force.actor, in_force.reason) == ("budi", "tiga kali di triase (usulan siti)")
    acts = [(row["act"], row["actor"]) for row in world.rows(audit) if row["subject"] == desk.id]
    assert acts == [
        ("rules.draft", "siti"), ("rules.edit", "siti"), ("rules.propose", "siti"), ("rules.approve", "budi"),
    ]  # fmt: skip
    assert [one["act"] for one in desk.get()["acts"]] == [act for act, _ in acts]


def test_with_one_pair_of_eyes_the_author_may_approve(sqlite: RouterWorld) -> None:
    told = Desk(sqlite).proposed()
    alone = Proposals(sqlite.versions, four_eyes=False)
    found = approve(alone, told["draft_id"], Who("siti", "coordinator"), told["content"], "")
    assert found.heading.ruleset == active(sqlite)


def test_what_was_changed_since_it_was_looked_at_is_not_approved(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    seen = desk.proposed()
    back = desk.post("take-back", revision=seen["revision"], **SITI)
    more = PHRASE | {"phrase": "kabel putus"}
    revision = desk.post("phrase", revision=back["revision"], **more)["revision"]
    desk.post("propose", revision=revision, reason="lagi", **SITI)
    approval = {"revision": seen["revision"], "content": seen["content"], "reason": "", **BUDI}
    assert desk.code("approve", 409, **approval) == "draft_changed"


def test_two_people_in_one_file_the_second_is_told_and_nothing_is_overwritten(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    revision = desk.begin()
    mine, theirs = "rules: []  # siti\n", "rules: []  # budi\n"
    desk.post("save", revision=revision, file="rules/a.yaml", text=mine, **SITI)
    refused = desk.post("save", status=409, revision=revision, file="rules/a.yaml", text=theirs, **BUDI)
    assert refused["code"] == "draft_changed"
    assert "siti changed it" in refused["detail"]
    assert desk.get()["files"]["rules/a.yaml"] == mine
    assert desk.post("save", revision=revision, file="rules/a.yaml", text=mine, **SITI)["revision"] == revision + 1
    count = sum(1 for row in sqlite.rows(audit) if row["act"] == "rules.edit")
    assert count == 1, "a form that is sent again is done once"


def test_a_refused_proposal_is_mended_and_a_discarded_one_stays_to_be_seen(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    told = desk.proposed()
    assert desk.code("refuse", 422, revision=told["revision"], reason=" ", **BUDI) == "bad_reason"
    desk.post("refuse", revision=told["revision"], reason="terlalu luas", **BUDI)
    told = desk.get()
    assert (told["state"], told["verdict"], told["settled_by"]) == ("refused", "terlalu luas", "budi")
    assert desk.code("save", 409, revision=told["revision"], file="rules/a.yaml", text="", **SITI) == "wrong_state"
    assert desk.code("take-back", 403, revision=told["revision"], **BUDI) == "not_yours"
    revision = desk.post("take-back", revision=told["revision"], **SITI)["revision"]
    assert desk.code("discard", 403, revision=revision, **BUDI) == "not_yours"
    desk.post("discard", revision=revision, **SITI)
    assert desk.get()["state"] == "withdrawn"
    listed = sqlite.client.get("/internal/drafts", headers=BEARER).get_json()
    assert ([one["draft_id"] for one in listed["settled"]], listed["open"]) == ([desk.id], [])


def test_rules_that_were_changed_meanwhile_are_taken_in_first(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    told = desk.proposed()
    activate(sqlite, sqlite.changed(JALAN="ronda"))
    assert desk.get()["stale"]
    approval = {"revision": told["revision"], "content": told["content"], "reason": "", **BUDI}
    assert desk.code("approve", 409, **approval) == "not_as_expected"
    compared = desk.get("/rebase")
    assert (compared["taken"], compared["conflicts"]) == (["rules/coba.yaml"], [])
    desk.post("rebase", revision=told["revision"], active_content=compared["active_content"], settled={}, **BUDI)
    fresh = desk.get()
    assert (fresh["stale"], fresh["base"]) == (False, active(sqlite))
    desk.post("approve", **approval | {"revision": fresh["revision"], "content": fresh["content"]})
    files = sqlite.versions.find(active(sqlite))[1]
    assert "ronda" in files["rules/coba.yaml"]
    assert any("tiang roboh" in text for text in files.values())


def test_comments_that_somebody_else_wrote_are_not_lost_either(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    told, before = desk.proposed(), active(sqlite)
    files = files_of(sqlite.pack)
    activate(sqlite, files | {"rules/a.yaml": files["rules/a.yaml"] + "# penting\n"})
    assert active(sqlite) == before, "comments make no other set"
    approval = {"revision": told["revision"], "content": told["content"], "reason": "", **BUDI}
    assert desk.code("approve", 409, **approval) == "not_as_expected"


def test_a_file_that_both_changed_is_settled_by_a_person_and_not_by_who_approves(sqlite: RouterWorld) -> None:
    desk, name = Desk(sqlite), "rules/a.yaml"
    old = files_of(sqlite.pack)[name]
    revision = desk.post("save", revision=desk.begin(), file=name, text=f"# siti\n{old}", **SITI)["revision"]
    activate(sqlite, files_of(sqlite.pack) | {name: f"# budi\n{old}"})
    compared = desk.get("/rebase")
    (conflict,) = compared["conflicts"]
    assert (conflict["file"], conflict["merged"]) == (name, None)
    body = {"revision": revision, "active_content": compared["active_content"], **SITI}
    assert desk.code("rebase", 409, **body) == "unsettled"
    assert desk.code("rebase", 409, **body | {"active_content": "x", "settled": {name: old}}) == "not_as_expected"
    revision = desk.post("propose", revision=revision, reason="x", **SITI)["revision"]
    settled = {"settled": {name: f"# keduanya\n{old}"}}
    other = body | BUDI | {"revision": revision} | settled
    assert desk.code("rebase", 409, **other) == "take_back_first"
    revision = desk.post("take-back", revision=revision, **SITI)["revision"]
    desk.post("rebase", **body | {"revision": revision} | settled)
    assert desk.get()["files"][name] == f"# keduanya\n{old}"


def test_an_older_set_is_proposed_again(sqlite: RouterWorld) -> None:
    before = active(sqlite)
    activate(sqlite, sqlite.changed(JALAN="ronda"))
    desk = Desk(sqlite)
    revision = desk.begin(like=before)
    assert desk.get()["touched"] == {"rules/coba.yaml": "removed"}
    desk.post("propose", revision=revision, reason="keliru", **SITI)
    told = desk.get()
    desk.post("approve", revision=told["revision"], content=told["content"], reason="", **BUDI)
    assert active(sqlite) == before


def test_rules_with_mistakes_are_neither_proposed_nor_put_in_force(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    text = "rules:\n  - {id: x, agency: TIDAK, about: x, phrases: {satu dua: 5}}\n"
    revision = desk.post("save", revision=desk.begin(), file="rules/x.yaml", text=text, **SITI)["revision"]
    (problem,) = [one for one in desk.post("lint")["problems"] if one["level"] == "error"]
    assert (problem["file"], problem["line"]) == ("rules/x.yaml", 2)
    refused = desk.post("propose", status=422, revision=revision, reason="x", **SITI)
    assert (refused["code"], refused["problems"][0]["line"]) == ("rules_have_mistakes", 2)
    assert desk.post("lint", file="rules/x.yaml", text="rules: []\n")["problems"] == []
    assert desk.get()["changes"] is not None
    desk.post("save", revision=revision, file="rules/x.yaml", text="rules: [", **SITI)
    assert desk.get()["changes"] is None, "it cannot be read, and the page says so"


MISTAKES: list[tuple[str, dict[str, Any], int, str]] = [
    ("save", {"file": "../a.yaml", "text": "x"}, 422, "bad_file_name"),
    ("save", {"file": "rules/../a.yaml", "text": "x"}, 422, "bad_file_name"),
    ("save", {"file": "rules/a.yml", "text": "x"}, 422, "bad_file_name"),
    ("save", {"file": "rules/b.yaml", "text": "x\x00"}, 422, "unstorable_text"),
    ("save", {"file": "rules/b.yaml", "text": "x" * 1_500_000}, 413, "rules_too_large"),
    ("save", {"file": "rules/b.yaml", "text": "x" * 2_000_000}, 413, "request_entity_too_large"),
    ("save", {"file": "rules/b.yaml", "text": 1}, 422, "invalid_fields"),
    ("save", {"file": "rules/b.yaml", "text": "x", "revision": "1"}, 422, "invalid_fields"),
    ("phrase", {**PHRASE, "weight": 0}, 422, "bad_weight"),
    ("phrase", {**PHRASE, "phrase": ""}, 422, "bad_phrase"),
    ("phrase", {**PHRASE, "kelurahan": "Tidak Ada"}, 422, "unknown_place"),
    ("phrase", {**PHRASE, "rule": "tidak-ada"}, 404, "unknown_rule"),
    ("propose", {"reason": ""}, 422, "bad_reason"),
    ("propose", {"reason": "x"}, 409, "nothing_changed"),
    ("approve", {"content": "x", "reason": ""}, 409, "wrong_state"),
    ("trial", {"days": 0}, 422, "invalid_fields"),
    ("rebase", {"active_content": "x", "settled": []}, 422, "invalid_fields"),
]  # fmt: skip


def test_what_cannot_be_done_is_said_clearly_and_changes_nothing(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    revision = desk.begin()
    for act, body, status, code in MISTAKES:
        assert desk.code(act, status, **{"revision": revision, **SITI, **body}) == code, (act, str(body)[:100])
    assert desk.get()["revision"] == revision


def test_ids_and_titles_are_looked_at(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    for draft_id, title in (("x", "Tiang"), (desk.id.upper(), "Tiang"), (desk.id, " "), (desk.id, "x" * 121)):
        assert desk.code("", 422, draft_id=draft_id, title=title, **SITI) in ("invalid_fields", "bad_title")
    desk.begin()
    assert desk.post("", draft_id=desk.id, title="Tiang", **SITI)["revision"] == 1
    assert desk.code("", 409, draft_id=desk.id, title="Tiang", **BUDI) == "draft_changed"
    assert sqlite.client.get(f"/internal/drafts/{new_id()}", headers=BEARER).status_code == 404
    assert len(sqlite.rows(drafts)) == 1


def test_of_two_who_approve_at_once_one_does(world: RouterWorld) -> None:
    told = Desk(world).proposed()
    proposals, codes = Proposals(world.versions), list[str]()

    def run(actor: str) -> None:
        try:
            approve(proposals, told["draft_id"], Who(actor, "secretary"), told["content"], "")
            codes.append("done")
        except Refused as error:
            codes.append(error.code)

    _together([lambda name=name: run(name) for name in ("budi", "rina")])  # type: ignore[misc]
    assert sorted(codes)[0] in ("done", "draft_changed", "wrong_state")
    assert codes.count("done") == 1
    assert len(world.versions.listed()[1]) == 2


def test_a_text_is_explained_under_both(sqlite: RouterWorld) -> None:
    desk = Desk(sqlite)
    desk.proposed()
    told = desk.post("explain", text="tiang roboh, hubungi saya")
    assert (told["active"]["agency"], told["draft"]["agency"]) == (None, "LAMPU")
    (reason,) = told["draft"]["reasons"]
    assert (reason["phrase"], reason["agency"], reason["start"]) == ("tiang roboh", "LAMPU", 0)


def _together(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
