"""The photos of a case at the desk: who sees which, and what is there while intake is away."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.desk.cases.contents import Content, Contents
from services.desk.cases.photos import photos_of
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed
from shared.contracts.fields import AttachmentFields, Place
from tests.unit.desk.facts import RECEIVED, TEXT, routed, ticket, unrouted
from tests.unit.desk.world import LOGINS, Visitor, World

ONE, TWO, THREE, PREVIEW = ("1" * 64, "2" * 64, "3" * 64, "a" * 64)
LATER = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def photo(digest: str, preview: str | None = None) -> AttachmentFields:
    return {
        "sha256": digest, "media_type": "image/jpeg", "size": 10, "width": 2000, "height": 1500, "preview": preview
    }  # fmt: skip


def added(number: int = 1, *photos: AttachmentFields) -> ComplaintAdded:
    return ComplaintAdded(
        complaint_id=f"c{number}", ticket=ticket(number), revision=1, text=TEXT, channel="web", kind="pengaduan",
        identity="anonymous", place=Place(), received_at=RECEIVED, addition_id=f"a{number}", number=1,
        what="addition", addition="Ini fotonya.", photos=list(photos), attachments=[*photos], by_channel="web",
        added_at=LATER,
    )  # fmt: skip


def followed(identity: str, *photos: AttachmentFields) -> ComplaintFollowed:
    return ComplaintFollowed(
        complaint_id="c1", ticket=ticket(1), follower_id=f"f-{identity}", follower_ticket=ticket(9), text="Saya juga.",
        channel="web", kind="pengaduan", identity=identity, receipt="no_contact", attachments=list(photos),
        followed_at=LATER,
    )  # fmt: skip


def path(digest: str, number: int = 1) -> str:
    return f"/cases/{ticket(number)}/photos/{digest}"


def look(visitor: Visitor, at: str) -> Any:
    return visitor.client.get(at, headers={"Accept": "text/html"})


@pytest.fixture
def shown(world: World) -> World:
    """Case 1 has two photos, a third came later; case 2 has none."""
    world.hear(routed(1, attachments=[photo(ONE, PREVIEW), photo(TWO)]), routed(2), added(1, photo(THREE)))
    world.photos.files = dict.fromkeys((ONE, TWO, THREE, PREVIEW), b"\xff\xd8\xff a jpeg")
    return world


def test_the_page_shows_each_photo_as_a_link_to_the_whole_one(shown: World) -> None:
    page = shown.logged_in(LOGINS["officer"]).get(f"/cases/{ticket(1)}").text
    assert "3 foto" in page
    assert f'href="{path(ONE)}"><img src="{path(PREVIEW)}" alt="Foto 1 dari 3, dikirim bersama laporan' in page
    assert f'href="{path(TWO)}"><img src="{path(TWO)}" alt="Foto 2 dari 3' in page
    assert f'href="{path(THREE)}"><img src="{path(THREE)}" alt="Foto 3 dari 3, ditambahkan pelapor' in page
    assert shown.photos.asked == [], "intake is not asked for a page"


def test_a_case_without_photos_says_nothing_of_them(shown: World) -> None:
    assert 'class="photos"' not in shown.logged_in(LOGINS["officer"]).get(f"/cases/{ticket(2)}").text


@pytest.mark.parametrize("digest", [ONE, TWO, THREE, PREVIEW])
def test_a_photo_comes_as_it_lies_in_intake_and_is_not_kept_by_the_browser(shown: World, digest: str) -> None:
    answer = look(shown.logged_in(LOGINS["officer"]), path(digest))
    assert (answer.status_code, answer.data) == (200, b"\xff\xd8\xff a jpeg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("digest", ["4" * 64, "x", "..", "0"])
def test_a_digest_of_another_case_is_not_asked_for(shown: World, digest: str) -> None:
    visitor = shown.logged_in(LOGINS["coordinator"])
    assert look(visitor, path(digest)).status_code == 404
    assert look(visitor, path(ONE, 2)).status_code == 404
    assert shown.photos.asked == []


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("auditor", 200), ("secretary", 200), ("head", 200)])
def test_whoever_may_not_read_the_text_sees_no_photo(shown: World, role: str, status: int) -> None:
    visitor = shown.logged_in(LOGINS[role])
    assert look(visitor, path(ONE)).status_code == status
    assert (path(ONE) in visitor.get(f"/cases/{ticket(1)}").text) is (status == 200)
    assert bool(shown.photos.asked) is (status == 200)


def test_whoever_is_not_logged_in_is_asked_to(shown: World) -> None:
    assert shown.visitor().get(path(ONE)).status_code == 303


def test_an_agency_sees_only_photos_of_its_own_cases(shown: World) -> None:
    shown.hear(unrouted(3, attachments=[photo("5" * 64)]), routed(4, agency="DPUPR", attachments=[photo("6" * 64)]))
    visitor = shown.logged_in(LOGINS["officer"])
    assert look(visitor, path("5" * 64, 3)).status_code == 404
    assert look(visitor, path("6" * 64, 4)).status_code == 404


def test_a_confidential_case_shows_its_photos_to_the_head_but_not_to_every_officer(shown: World) -> None:
    shown.hear(routed(5, identity="confidential", attachments=[photo(ONE)]))
    assert look(shown.logged_in(LOGINS["officer"]), path(ONE, 5)).status_code == 404
    assert look(shown.logged_in(LOGINS["head"]), path(ONE, 5)).status_code == 200


def test_photos_of_those_who_joined_are_there_unless_confidential(shown: World) -> None:
    shown.hear(followed("anonymous", photo("7" * 64)), followed("confidential", photo("8" * 64)))
    shown.photos.files["7" * 64] = shown.photos.files["8" * 64] = b"\xff\xd8\xff"
    visitor = shown.logged_in(LOGINS["coordinator"])
    page = visitor.get(f"/cases/{ticket(1)}").text
    assert "4 foto" in page
    assert "dari warga lain yang ikut melapor" in page
    assert look(visitor, path("7" * 64)).status_code == 200
    assert look(visitor, path("8" * 64)).status_code == 404


def test_while_intake_is_away_the_page_stands_and_says_so(shown: World) -> None:
    visitor = shown.logged_in(LOGINS["officer"])
    shown.photos.away = True
    assert visitor.get(f"/cases/{ticket(1)}").status_code == 200
    answer = look(visitor, path(ONE))
    assert answer.status_code == 503
    assert "Foto sedang tidak dapat diambil" in answer.text
    picture = visitor.client.get(path(PREVIEW), headers={"Accept": "image/avif,image/webp,*/*;q=0.8"})
    assert (picture.status_code, picture.mimetype) == (503, "image/svg+xml")
    assert picture.headers["Cache-Control"] == "no-store"
    assert "tidak" in picture.text


def test_a_photo_that_is_gone_says_so(shown: World) -> None:
    shown.photos.files.clear()
    answer = look(shown.logged_in(LOGINS["officer"]), path(ONE))
    assert answer.status_code == 404
    assert "sudah tidak ada" in answer.text


def test_a_photo_that_came_twice_is_shown_once(world: World) -> None:
    world.hear(routed(1, attachments=[photo(ONE), photo(ONE)]))
    known = Contents((
        Content("c1", "addition:a", "addition", "", LATER, 1, photos=[photo(TWO, PREVIEW)], about={"what": "addition"}),
        Content("c1", "follower:f", "follower", "", LATER, photos=[photo(TWO)], about={"identity": "open"}),
    ))  # fmt: skip
    found = photos_of(world.case(1), known)
    assert [(one.sha256, one.preview, one.origin) for one in found] == [
        (ONE, ONE, "report"),
        (TWO, PREVIEW, "addition"),
    ]
