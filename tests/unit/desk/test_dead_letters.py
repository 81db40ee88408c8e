"""Failed messages of all services: seen without their words, settled where they lie, by whoever may."""

import pytest

from shared.dead_letters import DeadLetter
from tests.unit.desk.facts import RECEIVED
from tests.unit.desk.world import World

LETTER = DeadLetter(
    "router.route-complaint.v1", "0192f0aa-0000-7000-8000-0000000000aa", "complaint.received.v1", "c1", "bug",
    "KeyError", 5, RECEIVED,
)  # fmt: skip
ABOUT = {"service": "router", "queue": LETTER.queue, "message_id": LETTER.message_id}


@pytest.fixture
def with_letter(world: World) -> World:
    world.others_dead["router"].letters = [LETTER]
    return world


def test_those_of_every_service_are_listed(with_letter: World) -> None:
    text = with_letter.logged_in("operator").get("/dead").text
    for words in ("Penerimaan", "Penerusan", "Pengiriman", "Meja kerja", LETTER.message_id, "KeyError"):
        assert words in text
    assert text.count("Tidak ada pesan yang gagal.") == 3


def test_one_is_discarded_where_it_lies_with_who_and_why(with_letter: World) -> None:
    visitor = with_letter.logged_in("operator")
    visitor.get("/dead")
    refused = visitor.post("/dead/discard", **ABOUT)
    assert refused.status_code == 422
    assert f'href="#reason-{LETTER.message_id}"' in refused.text
    assert visitor.post("/dead/discard", **ABOUT, reason="ganda").status_code == 303
    (wish,) = with_letter.others_dead["router"].asked
    assert (wish.act, wish.actor, wish.role, wish.reason) == ("discard", "operator", "operator", "ganda")
    assert "Pesan sudah dibuang" in visitor.get("/dead").text
    visitor.post("/dead/replay", **ABOUT)
    assert "tidak ada lagi di daftar" in visitor.get("/dead").text, "somebody else was quicker"


def test_a_service_that_is_away_hides_no_other(with_letter: World) -> None:
    with_letter.others_dead["intake"].away = True
    visitor = with_letter.logged_in("operator")
    text = visitor.get("/dead").text
    assert "pesan gagalnya tidak terlihat" in text
    assert LETTER.message_id in text
    with_letter.others_dead["router"].away = True
    answer = visitor.post("/dead/replay", **ABOUT)
    assert answer.status_code == 503
    assert "Tidak ada yang berubah" in answer.text


def test_an_unknown_service_has_none(with_letter: World) -> None:
    visitor = with_letter.logged_in("operator")
    assert visitor.post("/dead/replay", **{**ABOUT, "service": "elsewhere"}).status_code == 303
    assert "tidak ada lagi di daftar" in visitor.get("/dead").text


def test_auditors_see_them_and_settle_none(with_letter: World) -> None:
    visitor = with_letter.logged_in("auditor")
    assert LETTER.message_id in visitor.get("/dead").text
    assert visitor.post("/dead/replay", **ABOUT).status_code == 403
    assert with_letter.others_dead["router"].asked == []
