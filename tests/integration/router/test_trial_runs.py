"""What a draft would move, in the background: told while it runs, finished after a crash, given up in the end."""

from __future__ import annotations

from typing import Any

import pytest

from services.router.erasing import Eraser
from services.router.proposing import trial_runs
from services.router.proposing.proposals import Proposals
from services.router.proposing.trial_runs import LEASE_SECONDS, MOST_ATTEMPTS
from services.router.proposing.trial_worker import TrialWorker
from shared.storage.bells import Bells
from tests.integration.router.desk import SITI, Desk
from tests.integration.router.world import RouterWorld, assigned, received


@pytest.fixture
def desk(sqlite: RouterWorld) -> Desk:
    """A draft that sends `tiang roboh` to LAMPU, and three complaints."""
    process = sqlite.process()
    process.load()
    texts = ("tiang roboh, hubungi 081234567890", "pju mati", "ada tiang roboh")
    sqlite.hear(process, *(received(number + 1, text) for number, text in enumerate(texts)), assigned(1, "LAMPU"))
    desk = Desk(sqlite)
    desk.proposed()
    return desk


def ask(desk: Desk, days: int = 30) -> dict[str, Any]:
    return dict(desk.post("trial", days=days, **SITI)["trial"])


def worker(world: RouterWorld) -> TrialWorker:
    return TrialWorker(Proposals(world.versions), Bells())


def test_a_run_tells_what_moves_and_why_without_anybodys_words(sqlite: RouterWorld, desk: Desk) -> None:
    waiting = ask(desk)
    assert (waiting["state"], waiting["result"], waiting["asked_by"]) == ("waiting", None, "siti")
    assert worker(sqlite).work()
    told = desk.get("/trial")["trial"]
    assert (told["state"], told["compared"], told["stored"]) == ("done", 3, 3)
    result = told["result"]
    assert (result["complete"], result["moved"], result["new_right"]) == (True, 2, 1)
    assert result["matrix"] == [{"old": "triage", "new": "LAMPU", "count": 2}]
    first = result["complaints"][0]
    assert (first["id"], first["gained"], first["verdict"]) == ("CTH-0001", ["tiang roboh +6"], "agrees")
    assert "roboh, hubungi" not in str(told), "excerpts stay where complaints are"
    assert not worker(sqlite).work()
    assert desk.get()["trial"] == told


def test_another_process_takes_over_and_what_kills_them_is_given_up(sqlite: RouterWorld, desk: Desk) -> None:
    ask(desk)
    for _ in range(MOST_ATTEMPTS):
        with sqlite.database.write() as tx:
            assert trial_runs.claim(tx, sqlite.clock.now()) is not None
        assert not worker(sqlite).work(), "somebody holds it"
        sqlite.clock.advance(LEASE_SECONDS + 1)
    assert not worker(sqlite).work()
    assert desk.get("/trial")["trial"]["problem"] == "given_up"


def test_a_run_that_is_asked_for_again_or_interrupted_is_not_lost(sqlite: RouterWorld, desk: Desk) -> None:
    ask(desk)
    stopping = worker(sqlite)
    stopping.wake()
    assert stopping.work()
    told = desk.get("/trial")["trial"]
    assert told["state"] == "waiting"
    with sqlite.database.write() as tx:
        old = trial_runs.claim(tx, sqlite.clock.now())
    assert old is not None
    ask(desk, days=7)
    with sqlite.database.write() as tx:
        assert not trial_runs.write(tx, old, {"state": "done"}), "the older run says nothing about the newer one"
    assert worker(sqlite).work()
    told = desk.get("/trial")["trial"]
    assert (told["state"], told["days"]) == ("done", 7)


def test_a_draft_that_changed_or_cannot_be_used_is_told(sqlite: RouterWorld, desk: Desk) -> None:
    ask(desk)
    revision = desk.post("take-back", revision=desk.get()["revision"], **SITI)["revision"]
    revision = desk.post("save", revision=revision, file="rules/x.yaml", text="rules: [", **SITI)["revision"]
    assert worker(sqlite).work()
    assert desk.get("/trial")["trial"]["problem"] == "draft_changed"
    ask(desk)
    assert worker(sqlite).work()
    told = desk.get("/trial")["trial"]
    assert (told["state"], told["problem"]) == ("failed", "rules")


def test_what_was_found_in_a_text_that_is_erased_goes(sqlite: RouterWorld, desk: Desk) -> None:
    ask(desk)
    assert worker(sqlite).work()
    eraser = Eraser(sqlite.service.spine)
    for _ in range(2):
        with sqlite.database.write() as tx:
            eraser.erase(tx, "c1", frozenset({"text"}))
    result = desk.get("/trial")["trial"]["result"]
    assert {one["id"]: one["gained"] for one in result["complaints"]} == {
        "CTH-0001": [], "CTH-0003": ["tiang roboh +6"],
    }  # fmt: skip
    assert result["moved"] == 2
