"""What intake could not understand, in front of a coordinator."""

import pytest

from tests.unit.desk.fakes import HELD
from tests.unit.desk.world import World

PAGE = f"/quarantine/{HELD.quarantine_id}"


@pytest.mark.parametrize(
    ("login", "list_", "page"),
    [
        ("koordinator", 200, 200), ("operator", 200, 403), ("auditor", 200, 403), ("sekretaris", 403, 403),
        ("petugas.dishub", 403, 403),
    ],
)  # fmt: skip
def test_who_sees_what(world: World, login: str, list_: int, page: int) -> None:
    visitor = world.logged_in(login)
    assert (visitor.get("/quarantine").status_code, visitor.get(PAGE).status_code) == (list_, page)


def test_the_list_names_nobody_and_the_page_only_after_a_reason(world: World) -> None:
    visitor = world.logged_in("koordinator")
    page = visitor.get("/quarantine").text
    assert "Surel terenkripsi" in page
    assert "siti@" not in page
    page = visitor.get(PAGE).text
    assert "jalan rusak" in page
    assert "siti@" not in page
    assert "0812 0000 1234" not in page
    answer = visitor.post(PAGE, act="reveal", reason=" ")
    assert (answer.status_code, "siti@" in answer.text) == (422, False)
    answer = visitor.post(PAGE, act="reveal", reason="menghubungi pelapor")
    assert "siti@example.org" in answer.text
    assert "0812 0000 1234" in answer.text
    assert world.quarantine.asked[-1] == ("open", "koordinator", "menghubungi pelapor")


def test_what_cannot_be_read_as_text_is_shown_as_it_came_only_after_a_reason(world: World) -> None:
    world.quarantine.source = "From: Siti\n\n-----BEGIN-----"
    visitor = world.logged_in("koordinator")
    assert "Siti" not in visitor.get(PAGE).text
    assert "From: Siti" in visitor.post(PAGE, act="reveal", reason="menghubungi pelapor").text


def test_it_becomes_a_complaint_is_read_again_or_given_up(world: World) -> None:
    visitor = world.logged_in("koordinator")
    for act, reason, said in (
        ("replay", "", "Pesan menjadi laporan CMH-0000-000A."),
        ("complaint", "", "Pesan menjadi laporan CMH-0000-000A."),
        ("discard", "iklan", "Pesan dibuang."),
    ):
        answer = visitor.post(PAGE, act=act, reason=reason)
        assert (answer.status_code, answer.location) == (303, "/quarantine")
        assert said in visitor.get("/quarantine").text
        assert world.quarantine.asked[-1] == (act, "koordinator", reason)


def test_nothing_is_given_up_without_a_reason(world: World) -> None:
    answer = world.logged_in("koordinator").post(PAGE, act="discard", reason="")
    assert answer.status_code == 422
    assert "Tulis alasan singkat" in answer.text
    assert [one[0] for one in world.quarantine.asked] == ["open"]


def test_what_intake_says_no_to_is_told_plainly(world: World) -> None:
    world.quarantine.refuses = "still_unclear"
    answer = world.logged_in("koordinator").post(PAGE, act="replay", reason="")
    assert answer.status_code == 409
    assert "masih belum dapat dipahami" in answer.text


def test_while_intake_is_away_the_page_says_so(world: World) -> None:
    world.quarantine.away = True
    visitor = world.logged_in("koordinator")
    for path in ("/quarantine", PAGE):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "sedang tidak menjawab" in answer.text


def test_an_unknown_act_is_refused(world: World) -> None:
    assert world.logged_in("koordinator").post(PAGE, act="burn").status_code == 400
