"""What is stored of a mail: complaint, addition, report, quarantine; and of the same mail that comes again."""

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from services.intake.mail.quarantine import Person
from services.intake.mail.text import parse_mail
from services.intake.submission import KeptRaw
from shared.contracts.complaint import ComplaintAdded, ComplaintReceived
from shared.contracts.delivery import DeliveryReported
from shared.errors import Refused, Transient
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import DELIVERY, TICKET, expected, raw_mail

EXPECTED = expected()
RINA = Person("rina", "coordinator")
GROWS = {
    "complaint": "complaints", "reply": "additions", "delivery_event": "refusals", "quarantine": "quarantine",
    "refused": "refusals",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with mail_world(tmp_path, **OURS) as built:
        yield built


def give(world: MailWorld, name: str) -> Any:
    told = EXPECTED[name]
    return world.take(raw_mail(name), told.get("mail_from", "siti@example.org"), *told.get("to", ()))


def facts(world: MailWorld, kind: type) -> list[Any]:
    return [fact for fact in world.said() if isinstance(fact, kind)]


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailWorld]:
    url = request.getfixturevalue("postgres_database") if request.param == "postgres" else None
    with mail_world(tmp_path, url, **OURS) as built:
        yield built


def test_every_mail_of_the_table_becomes_one_row_and_stays_one(either: MailWorld) -> None:
    world = either
    world.know_two_complaints()
    some = 1 if world.database.is_sqlite else 3
    for name, told in list(EXPECTED.items())[::some]:
        before = world.totals()
        taken = give(world, name)
        after = world.totals()
        grown = {table for table in before if after[table] > before[table]} - {"raw_messages"}
        assert (taken.kind.value, grown) == (told["kind"], {GROWS[told["kind"]]}), name
        if told["kind"] in ("complaint", "reply", "quarantine"):
            assert after["raw_messages"] == before["raw_messages"] + 1, name
        files = world.files()
        again = give(world, name)
        assert again.answer == taken.answer, name
        if told["kind"] != "refused":
            assert (world.totals(), world.files()) == (after, files), name


def test_the_raw_mail_is_kept_sealed_and_can_be_read_again(world: MailWorld) -> None:
    give(world, "plain_ascii")
    (row,) = world.rows(tables.raw_messages)
    (complaint,) = world.rows(tables.complaints)
    raw = raw_mail("plain_ascii")
    kept = world.intake.raws.read(KeptRaw(row["sha256"], row["size"], row["sealed"]))
    assert kept is not None
    assert (row["complaint_id"], row["size"]) == (complaint["complaint_id"], len(kept))
    assert kept.endswith(raw)
    assert kept.startswith(b"Return-Path: <siti@example.org>\r\nDelivered-To: lapor@kota.example.org\r\n")
    assert row["sealed"]
    assert "siti" not in row["sealed"]
    assert world.files() == 0


def test_a_photo_comes_with_the_complaint(world: MailWorld) -> None:
    give(world, "photo_only")
    (fact,) = facts(world, ComplaintReceived)
    assert "(foto tanpa keterangan)" in fact.text
    assert fact.asks == ["what", "where"]
    assert len(fact.attachments) == 1
    (question,) = world.rows(tables.pending_questions)
    assert question["complaint_id"] == fact.complaint_id


def test_the_answer_to_a_question_closes_it(world: MailWorld) -> None:
    world.tickets.append(TICKET)
    give(world, "photo_only")
    assert give(world, "reply_gmail_indonesian").ticket == TICKET
    give(world, "reply_outlook_english")
    assert [fact.what for fact in facts(world, ComplaintAdded)] == ["answer", "addition"]
    assert world.rows(tables.pending_questions)[0]["closed_at"] is not None


def test_a_reply_from_another_address_is_added_and_marked(world: MailWorld) -> None:
    world.know_two_complaints()
    give(world, "reply_from_another_address")
    give(world, "reply_gmail_english")
    assert [(fact.by_sender, fact.addition) for fact in facts(world, ComplaintAdded)] == [
        (False, "Di Jalan Baros."),
        (True, "Sekarang di depan RT 05 juga."),
    ]
    assert world.rows(tables.additions)[0]["flags"] == ["other_sender"]


def test_a_stranger_who_quotes_a_ticket_learns_nothing(world: MailWorld) -> None:
    _, old = world.know_two_complaints()
    taken = give(world, "stranger_quotes_a_ticket")
    new = world.rows(tables.complaints)[-1]
    assert new["linked_to"] == old
    assert new["ticket"] == taken.ticket
    assert "CMH-1111" not in taken.answer


def test_a_bounce_is_said_once_and_names_nobody(world: MailWorld) -> None:
    world.know_two_complaints()
    for _ in range(2):
        give(world, "bounce_postfix")
    (fact,) = facts(world, DeliveryReported)
    assert (fact.delivery_id, fact.reported, fact.reason) == (DELIVERY, "failed", "dsn_5_1_1")
    assert "no such user" in fact.answer
    assert "@" not in fact.answer
    assert len(world.rows(tables.complaints)) == 2


def test_an_automatic_reply_changes_nothing_but_is_kept_with_its_complaint(world: MailWorld) -> None:
    first, _ = world.know_two_complaints()
    give(world, "auto_reply_by_the_standard")
    give(world, "auto_reply_to_the_address_of_a_ticket")
    assert world.rows(tables.additions) == []
    assert [row["complaint_id"] for row in world.rows(tables.raw_messages)] == [first, first]
    assert [fact.reason for fact in facts(world, DeliveryReported)] == ["auto_reply"]


def test_a_reply_about_a_complaint_that_is_gone_is_a_new_one(world: MailWorld) -> None:
    assert give(world, "reply_gmail_english").kind.value == "complaint"


def test_a_conversation_without_end_is_ended_in_words(world: MailWorld) -> None:
    first, _ = world.know_two_complaints()
    raw = raw_mail("reply_gmail_english")
    with world.database.write() as tx:
        row = {
            "complaint_id": first, "what": "addition", "channel": "web", "account": "form", "text": "x",
            "by_sender": True, "flags": [], "size": 1, "sent_at": None, "added_at": world.clock.now(),
        }  # fmt: skip
        tx.execute(tables.additions.insert(), [{**row, "addition_id": f"a{n}", "number": n} for n in range(1, 101)])
    files = world.files()
    taken = world.take(raw)
    assert (taken.kind.value, taken.reason) == ("refused", "too_many_additions")
    assert "Buat laporan baru" in taken.answer
    assert world.files() == files


def test_a_reader_that_fails_sets_the_mail_aside(world: MailWorld) -> None:
    def broken(raw: bytes) -> Any:
        raise ZeroDivisionError("nobody foresaw this")

    taken = replace(world.intake, parse=broken).take(raw_mail("plain_ascii"), "siti@example.org", ["a@example.org"])
    assert (taken.kind.value, taken.reason, taken.answer[:3]) == ("quarantine", "reader_failed", "250")
    assert world.rows(tables.quarantine)[0]["detail"] == "ZeroDivisionError"
    assert world.metrics.quarantined.labels("email", "reader_failed")._value.get() == 1


class NoPhotos:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def keep(self, contents: Any) -> Any:
        raise self._error


def test_a_photo_reader_that_fails_costs_only_the_photo(world: MailWorld) -> None:
    replace(world.intake, photos=NoPhotos(ValueError("odd"))).take(raw_mail("photo_attached"), "siti@example.org", [])
    assert world.rows(tables.complaints)[0]["flags"] == ["photos_left_out"]
    with pytest.raises(Transient):
        replace(world.intake, photos=NoPhotos(Transient("busy"))).take(raw_mail("photo_png"), "siti@example.org", [])
    assert len(world.rows(tables.complaints)) == 1


def test_while_the_database_is_away_nothing_is_written_to_the_disk(world: MailWorld) -> None:
    class Away:
        def read(self) -> Any:
            raise Transient("away", code="database")

    door = replace(world.parts.door, spine=replace(world.parts.spine, database=Away()))  # type: ignore[arg-type]
    with pytest.raises(Transient):
        replace(world.intake, door=door).take(raw_mail("photo_attached"), "siti@example.org", [])
    assert world.files() == 0


def test_quarantine_is_read_again_with_its_envelope(either: MailWorld) -> None:
    world = either
    raw = raw_mail("null_sender_without_a_report")
    world.take(raw, "")
    (waiting,) = world.quarantine.list()
    with pytest.raises(Refused) as refused:
        world.quarantine.replay(waiting["quarantine_id"], RINA)
    assert refused.value.code == "still_unclear"
    done = world.quarantine.replay(waiting["quarantine_id"], RINA, as_complaint=True, reason="ditulis orang")
    assert done["ticket"] == world.rows(tables.complaints)[0]["ticket"]
    assert world.quarantine.list() == []
    assert [row["state"] for row in world.rows(tables.quarantine)] == ["replayed"]
    with pytest.raises(Refused) as twice:
        world.quarantine.replay(waiting["quarantine_id"], RINA, as_complaint=True)
    assert twice.value.code == "already_settled"
    acts = [(row["act"], row["actor"], row["reason"]) for row in world.rows(tables.audit)]
    assert acts == [("quarantine.replay", "rina", "ditulis orang")]


def test_what_failed_to_be_read_is_read_by_a_better_reader(world: MailWorld) -> None:
    def broken(raw: bytes) -> Any:
        raise ZeroDivisionError

    world.know_two_complaints()
    replace(world.intake, parse=broken).take(raw_mail("reply_gmail_english"), "siti@example.org", ["lapor@example.org"])
    (waiting,) = world.quarantine.list()
    done = world.quarantine.replay(waiting["quarantine_id"], RINA)
    assert (done["kind"], done["ticket"]) == ("reply", TICKET)
    assert facts(world, ComplaintAdded)[0].by_sender
    kept = [KeptRaw(row["sha256"], row["size"], row["sealed"]) for row in world.rows(tables.raw_messages)]
    assert kept
    assert all(world.intake.raws.read(one) for one in kept)


def test_an_agency_reply_can_be_seen_and_discarded(world: MailWorld) -> None:
    world.know_two_complaints()
    world.take(raw_mail("reply_from_an_agency"), "dishub@example.org")
    (waiting,) = world.quarantine.list()
    assert waiting["reason"] == "agency_reply"
    shown = world.quarantine.show(waiting["quarantine_id"], RINA, "mau dibaca")
    assert "Sudah kami perbaiki." in shown["text"]
    assert {"name": "return-path", "value": "<dishub@example.org>"} in shown["headers"]
    with pytest.raises(Refused):
        world.quarantine.discard(waiting["quarantine_id"], RINA, reason=" ")
    world.quarantine.discard(waiting["quarantine_id"], RINA, reason="sudah dijawab di meja")
    assert world.quarantine.list("discarded")[0]["settled_by"] == "rina"
    with pytest.raises(Refused):
        world.quarantine.replay(waiting["quarantine_id"], RINA, as_complaint=True)
    assert len(world.rows(tables.complaints)) == 2
    assert [row["act"] for row in world.rows(tables.audit)] == ["quarantine.show", "quarantine.discard"]


def test_a_raw_mail_that_is_gone_from_the_disk_is_told(world: MailWorld) -> None:
    scanned = raw_mail("letter_as_pdf_only") + b"\r\n" + base64.encodebytes(os.urandom(200_000))
    world.take(scanned, "siti@example.org")
    (waiting,) = world.quarantine.list()
    assert world.files() == 1
    for name in list(world.parts.attachments.names()):
        world.parts.attachments.remove(name)
    with pytest.raises(Refused) as gone:
        world.quarantine.show(waiting["quarantine_id"], RINA)
    assert gone.value.code == "raw_is_gone"


def test_the_reader_never_sees_more_than_its_share_of_a_hostile_mail() -> None:
    hostile = b"From: siti@example.org\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 20_000
    assert parse_mail(hostile).from_address == "siti@example.org"
