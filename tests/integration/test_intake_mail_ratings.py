"""An answer to our question how content somebody is, as people write it by mail."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from services.intake import tables
from services.intake.mail.sorting import MailKind
from shared.contracts.complaint import ComplaintAdded, ComplaintRated
from shared.reply_marks import CITIZEN, Mark
from tests.integration.answering import answered, hear, settle
from tests.support.photo_files import phone_photo
from tests.unit.intake.mail_building import MailWorld, mail_world
from tests.unit.intake.mail_world import DELIVERY, MARKS, TICKET


@pytest.fixture
def world(tmp_path: Any) -> Iterator[MailWorld]:
    """Two complaints are known; the first one was settled."""
    with mail_world(tmp_path) as built:
        first, _ = built.know_two_complaints()
        settle(built, first)
        yield built


def reply(words: str, *, sender: str = "siti@example.org", id_: str = "1", photo: bool = False) -> bytes:
    mail = EmailMessage(policy=SMTP.clone(max_line_length=300))  # it would fold a long id in two
    mail["From"], mail["To"], mail["Subject"] = sender, "lapor@kota.example.org", f"Re: Laporan {TICKET}"
    mail["Message-ID"] = f"<{id_}@example.org>"
    mail["In-Reply-To"] = MARKS.message_id(Mark(TICKET, CITIZEN, DELIVERY), "kota.example.org")
    quoted = (
        "Pada Kam, 26 Nov 2026 pukul 09.00 Tanggap <tanggap@kota.example.org> menulis:\n> Seberapa puas Anda?\n> 1-5"
    )
    mail.set_content(f"{words}\n\n{quoted}\n")
    if photo:
        mail.add_attachment(phone_photo(wide=400, high=300), maintype="image", subtype="jpeg", filename="a.jpg")
    return mail.as_bytes()


def said(world: MailWorld, kind: type) -> list[Any]:
    return [fact for fact in world.said() if isinstance(fact, kind)]


@pytest.mark.parametrize(
    ("words", "score", "rest"),
    [
        ("5", 5, ""),
        ("4.\n\nTerima kasih, cepat.", 4, "Terima kasih, cepat."),
        ("5 terima kasih banyak", 5, "terima kasih banyak"),
        ("3/5 lumayan", 3, "lumayan"),
        ("1 - Sangat tidak puas, lama sekali", 1, "Sangat tidak puas, lama sekali"),
    ],
)
def test_the_first_line_is_the_rating(world: MailWorld, words: str, score: int, rest: str) -> None:
    taken = world.take(reply(words))
    assert (taken.kind, taken.answer) == (MailKind.REPLY, f"250 2.0.0 Penilaian diterima untuk tiket {TICKET}")
    (fact,) = said(world, ComplaintRated)
    assert (fact.score, fact.words, fact.by_channel, fact.ticket) == (score, rest, "email", TICKET)
    assert world.totals()["additions"] == world.totals()["raw_messages"] == world.files() == 0


def test_the_same_mail_after_another_rating_changes_nothing(world: MailWorld) -> None:
    world.take(reply("2"))
    world.take(reply("5", id_="2"))
    assert world.take(reply("2")).kind is MailKind.REPLY
    assert [fact.score for fact in said(world, ComplaintRated)] == [2, 5]


@pytest.mark.parametrize("words", ["4 lampu masih padam", "10", "Terima kasih", "6", "4a"])
def test_other_answers_are_added_to_the_complaint(world: MailWorld, words: str) -> None:
    world.take(reply(words))
    assert [fact.addition for fact in said(world, ComplaintAdded)] == [words]
    assert not said(world, ComplaintRated)


def test_who_writes_that_it_is_not_solved_wants_more_than_to_be_counted(world: MailWorld) -> None:
    world.clock.pass_by(hours=1)
    world.take(reply("1\nBelum selesai, masih gelap."))
    (fact,) = said(world, ComplaintAdded)
    assert "gelap" in fact.addition
    assert not said(world, ComplaintRated)


def test_neither_a_stranger_nor_a_photo_is_a_rating(world: MailWorld) -> None:
    world.take(reply("5", sender="orang.lain@example.org"), "orang.lain@example.org")
    world.take(reply("5", id_="2", photo=True))
    assert [fact.by_sender for fact in said(world, ComplaintAdded)] == [False, True]
    assert not said(world, ComplaintRated)


def test_where_we_did_not_ask_a_number_is_an_addition(tmp_path: Any) -> None:
    with mail_world(tmp_path) as world:
        first, _ = world.know_two_complaints()
        hear(world, answered(world, first))
        world.take(reply("5"))
        assert len(said(world, ComplaintAdded)) == 1
        assert world.rows(tables.ratings) == []
