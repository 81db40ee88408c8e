"""What pages, lists, files and agencies' systems show of a complaint whose words were erased."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from services.desk.cases.agency_acts import Close
from tests.unit.desk.agency_system import system
from tests.unit.desk.erased import OFFICER, act, erased, where
from tests.unit.desk.facts import LATER, carried, followed, routed, ticket
from tests.unit.desk.test_agency_api import fits
from tests.unit.desk.world import LOGINS, Visitor, World

PATH = f"/cases/{ticket(1)}"
TYPED = "Sukmawati"
GONE = "Isi laporan dihapus"


@pytest.fixture
def gone(world: World) -> World:
    """One complaint that was closed and erased, and one that is open."""
    world.hear(routed(), followed(follower=50), routed(2))
    act(world, Close("Sudah selesai"), OFFICER)
    world.hear(erased(1, "contact", "text", reason="retention"))
    return world


def coordinator(world: World) -> Visitor:
    return world.logged_in(LOGINS["coordinator"])


def test_the_page_tells_when_and_why_it_was_erased(gone: World) -> None:
    page = coordinator(gone).get(PATH).text
    assert f"{GONE} <time" in page
    assert "karena masa simpannya lewat" in page
    assert "Kontak pelapor dihapus <time" in page
    assert "1 warga lain ikut melapor" in page
    assert "Lampu jalan mati" not in page
    assert "(dihapus)" in page, "a phrase of the rules"
    assert f'action="{PATH}/reopen"' not in page
    assert "catatannya dihapus karena masa simpannya lewat" in page, "the timeline"


def test_each_part_tells_its_own_moment_and_reason(world: World) -> None:
    world.hear(routed())
    world.hear(erased(1, "contact", erased_at=LATER - timedelta(days=300)))
    world.hear(erased(1, "text", reason="retention"))
    page = coordinator(world).get(PATH).text
    contact = page[page.index("Kontak pelapor dihapus <time") :]
    assert contact.startswith('Kontak pelapor dihapus <time datetime="2026-01-28')
    assert "atas permintaannya" in contact[:200]
    gone = page[page.index(f"{GONE} <time") :]
    assert gone.startswith(f'{GONE} <time datetime="2026-11-24')
    assert "karena masa simpannya lewat" in gone[:200]


def test_at_the_citizens_wish_is_said_so(gone: World) -> None:
    gone.hear(erased(2, "contact", "text"))
    page = coordinator(gone).get(f"/cases/{ticket(2)}").text
    assert "atas permintaan pelapor" in page
    assert "atas permintaannya" in page


@pytest.mark.parametrize("role", ["officer", "coordinator", "auditor"])
def test_lists_say_that_it_is_gone(gone: World, role: str) -> None:
    page = gone.logged_in(LOGINS[role]).get("/cases?state=all").text
    assert page.count("Isi laporan sudah dihapus.") == 1
    assert page.count("Lampu jalan mati") == 1


def test_who_reads_no_text_is_not_told_that_it_is_gone(gone: World) -> None:
    assert "sudah dihapus" not in gone.logged_in(LOGINS["operator"]).get("/cases?state=all").text


def test_an_erased_follower_is_still_counted(gone: World) -> None:
    gone.hear(routed(3), followed(3, follower=51), erased(51, complaint_id="f51"))
    assert "1 warga lain ikut melapor" in coordinator(gone).get(f"/cases/{ticket(3)}").text


def test_words_that_are_gone_cannot_be_published(gone: World) -> None:
    visitor = coordinator(gone)
    assert "tidak ada lagi yang dapat diterbitkan" in visitor.get(f"{PATH}/publish").text
    form = {"revision": gone.case().revision, "edition": "0", "summary": "Lampu padam.", "seen": "x", "checked": "yes"}
    answer = visitor.post(f"{PATH}/publish", **form)
    assert (answer.status_code, "tidak ada lagi yang dapat diterbitkan" in answer.text) == (422, True)
    assert ticket(1) not in visitor.get("/publish").text


def test_an_export_says_when_it_was_erased(gone: World) -> None:
    visitor = coordinator(gone)
    visitor.get("/export")
    answer = visitor.post("/export", format="csv", to="2026-11-30", **{"from": "2026-11-01"})
    assert answer.status_code == 200, answer.text
    rows: dict[str, Any] = {row["tiket"]: row for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))}
    assert rows[ticket(1)]["isi"] == "(isi laporan dihapus 2026-11-24)"
    assert rows[ticket(2)]["isi"].startswith("Lampu jalan mati")


def test_a_contact_that_is_gone_is_asked_for_in_vain_and_that_is_noted(gone: World) -> None:
    visitor = coordinator(gone)
    visitor.get(PATH)
    gone.contacts.contact = None
    answer = visitor.post(f"{PATH}/contact", contact_reason="perlu bertanya")
    assert "Kontak pelapor tidak ada atau sudah dihapus." in answer.text
    assert len(gone.audited("contact.reveal")) == 1


def test_the_text_is_there_where_only_the_contact_is_gone(world: World) -> None:
    world.hear(routed(), erased(1, "contact"))
    page = coordinator(world).get(PATH).text
    assert "hubungi saya di 0812-3456-7890" in page
    assert GONE not in page
    assert carried(1, 1)["contact_ref"] not in page


def test_an_agencys_system_learns_of_it_and_reads_no_word(world: World) -> None:
    world.hear(routed(), followed(follower=50))
    caller = system(world)
    assert caller.act("close", reason="Sudah selesai").status_code == 200
    cursor = caller.get("/cases").get_json()["cursor"]
    world.hear(erased(1, "contact", "text"))
    (told,) = caller.get("/cases", cursor=cursor).get_json()["cases"]
    assert (told["ticket"], told["text"], told["why"]) == (ticket(1), None, [])
    whole = caller.case()
    fits("deskCaseWhole", whole)
    assert (whole["followers"], whole["additions"], whole["answers"]) == (1, [], [])
    assert "dihapus atas permintaan pelapor" in next(
        one["told"] for one in whole["timeline"] if one["act"] == "erased" and "Isi" in one["told"]
    )
    answer = caller.act("note", text="Catatan")
    assert (answer.status_code, "dihapus" in answer.text) == (422, True)


def test_what_somebody_was_typing_is_not_kept_any_more(world: World) -> None:
    """From a page that was open when the words were erased; they stay on the screen of whoever typed them."""
    world.hear(routed())
    officer = world.logged_in(LOGINS["officer"])
    officer.get(PATH)
    revision = world.case().revision
    world.hear(erased(1, "text"))
    words = f"Tiang di depan rumah {TYPED}"
    assert officer.post(f"{PATH}/draft", act="answered", answer=words, draft_revision="0").status_code in (403, 422)
    answer = officer.post(f"{PATH}/answer", revision=revision, answer=words)
    assert (answer.status_code, TYPED in answer.text, "dihapus" in answer.text) == (422, True, True)
    assert where(world, TYPED) == set()
