"""The one door: one complaint for each message, on both databases, whoever comes at once."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.intake import tables
from services.intake.submission import Contact, Submission
from shared.errors import Refused
from shared.ids import new_ticket, read_ticket
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of `work(0..count-1)`, begun together; what it raised stands in its place."""
    start, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_everything_is_stored_and_said_in_one_go(built: Intake) -> None:
    contact = Contact("Siti@contoh.id", "0812 3456 7890", "Siti")
    receipt = built.door.accept(submission("Lampu\r\nmati\x00", contact=contact, provider_id="n1"))
    (complaint,), (kept,), (entry,) = (built.rows(t) for t in (tables.complaints, tables.contacts, tables.timeline))
    assert read_ticket(receipt.ticket, "CMH") == receipt.ticket
    assert (complaint["text"], complaint["status"], complaint["revision"]) == ("Lampu\nmati", "received", 1)
    assert receipt.tracking_code not in str(complaint)
    assert "Siti" not in str(kept)
    assert "3456" not in str(kept)
    assert entry["event"] == "received"
    (fact,) = built.said()
    assert (fact.ticket, fact.text, fact.revision, fact.receipt) == (receipt.ticket, "Lampu\nmati", 1, "wanted")
    assert fact.contact_ref == kept["contact_ref"]
    assert b"Lampu" not in bytes(built.rows(built.service.spine.tables.outbox)[0]["body"])


def test_the_same_message_gets_the_same_receipt_and_says_nothing_again(built: Intake) -> None:
    message = submission(provider_id="n1", recipients=("lapor@x",))
    first = built.door.accept(message)
    again = built.door.accept(replace(message, recipients=("dishub@x", "lapor@x")))
    assert first.new
    assert again == replace(first, new=False)
    assert len(built.said()) == 1
    assert built.rows(tables.complaints)[0]["recipients"] == ["lapor@x", "dishub@x"]


def test_the_same_message_from_many_threads_is_one_complaint(built: Intake) -> None:
    message = submission(provider_id="n1", contact=Contact(email="a@contoh.id"))
    results = at_once(8, lambda number: built.door.accept(message))
    assert {result.ticket for result in results} == {results[0].ticket}
    assert [result.new for result in results].count(True) == 1
    assert len(built.rows(tables.complaints)) == len(built.said()) == len(built.rows(tables.contacts)) == 1


def test_different_messages_from_many_threads_are_all_kept(built: Intake) -> None:
    contact = Contact(email="a@contoh.id", phone="081234567890")
    results = at_once(8, lambda n: built.door.accept(submission(f"Laporan {n}", provider_id=f"n{n}", contact=contact)))
    assert len({result.ticket for result in results}) == 8
    assert len(built.said()) == 8


def test_another_content_under_a_known_id_is_another_complaint_linked_and_flagged(built: Intake) -> None:
    first = built.door.accept(submission("Satu", provider_id="n1"))
    second = built.door.accept(submission("Dua", provider_id="n1"))
    again = built.door.accept(submission("Dua", provider_id="n1"))
    assert second.ticket != first.ticket
    assert again.ticket == second.ticket
    assert not again.new
    row = next(row for row in built.rows(tables.complaints) if row["ticket"] == second.ticket)
    assert (row["linked_to"], row["flags"]) == (first.complaint_id, ["id_reused"])
    assert len(built.said()) == 2


def test_linked_messages_from_many_threads(built: Intake) -> None:
    results = at_once(8, lambda number: built.door.accept(submission(f"Isi {number % 2}", provider_id="n1")))
    assert len({result.ticket for result in results}) == 2
    assert [row["linked_to"] is None for row in built.rows(tables.complaints)].count(True) == 1


def test_who_promised_one_content_for_an_id_is_refused_another(built: Intake) -> None:
    def strict(number: int) -> Any:
        return built.door.accept(submission(f"Isi {number}", provider_id="n1", same_id_same_content=True))

    results = at_once(4, strict)
    refusals = [result for result in results if isinstance(result, Refused)]
    assert len(refusals) == 3
    assert {(error.code, error.status) for error in refusals} == {("idempotency_conflict", 409)}
    assert len(built.rows(tables.complaints)) == len(built.rows(tables.seen)) == 1


def test_without_an_id_the_day_decides(built: Intake) -> None:
    message = submission(sender="+6281234567890")
    first, again = built.door.accept(message), built.door.accept(message)
    built.clock.pass_by(days=1)
    tomorrow = built.door.accept(message)
    assert first.ticket == again.ticket != tomorrow.ticket


def test_strangers_who_write_the_same_do_not_share_a_receipt(built: Intake) -> None:
    assert built.door.accept(submission()).ticket != built.door.accept(submission()).ticket


def test_a_taken_ticket_is_drawn_again(built: Intake) -> None:
    first = built.door.accept(submission())
    drawn = iter([first.ticket, first.ticket, new_ticket("CMH")])
    door = replace(built.door, draw_ticket=lambda prefix: next(drawn))
    assert door.accept(submission()).ticket != first.ticket
    assert len(built.said()) == 2


def test_what_cannot_be_said_is_not_stored(built: Intake) -> None:
    """An error after the first row undoes all of them."""
    door = replace(built.door, draw_ticket=lambda prefix: "no ticket!")
    with pytest.raises(Exception, match="contract"):
        door.accept(submission(provider_id="n1", contact=Contact(email="a@contoh.id")))
    for table in (tables.complaints, tables.contacts, tables.seen, tables.timeline, tables.receipt_counts):
        assert built.rows(table) == []
    assert built.door.accept(submission(provider_id="n1")).new


def receipts(built: Intake) -> list[str]:
    return [fact.receipt for fact in built.said()]


def send(built: Intake, text: str, **changes: Any) -> None:
    given: Submission = submission(text, **changes)
    built.door.accept(given)


def test_receipts_to_one_contact_are_capped_for_the_local_day(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", receipts_per_day=2) as built:
        for number in range(4):
            send(
                built, f"Laporan {number}", contact=Contact(email="SITI@contoh.id" if number % 2 else "siti@contoh.id")
            )
        assert receipts(built) == ["wanted", "wanted", "capped", "capped"]
        send(built, "Yang lain", contact=Contact(email="budi@contoh.id"))
        built.clock.pass_by(hours=14)  # 03:00 UTC is 10:00 in Cimahi: its midnight has come
        send(built, "Hari baru", contact=Contact(email="siti@contoh.id"))
        assert receipts(built)[4:] == ["wanted", "wanted"]


def test_what_was_capped_does_not_use_up_the_other_contact(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", receipts_per_day=1) as built:
        send(built, "1", contact=Contact(email="siti@contoh.id"))
        send(built, "2", contact=Contact(email="siti@contoh.id", phone="081234567890"))
        send(built, "3", contact=Contact(phone="081234567890"))
        assert receipts(built) == ["wanted", "capped", "wanted"]


def test_no_receipt_without_contact_or_to_machines(built: Intake) -> None:
    send(built, "1")
    send(built, "2", contact=Contact(name="Siti"))
    send(built, "3", contact=Contact(email="a@contoh.id"), automatic=True)
    assert receipts(built) == ["no_contact", "no_contact", "automatic"]
    assert built.rows(tables.complaints)[2]["flags"] == ["automatic"]


def test_a_refused_submission_leaves_nothing_but_a_count(built: Intake) -> None:
    with pytest.raises(Refused):
        built.door.accept(submission(""))
    assert built.rows(tables.complaints) == built.rows(tables.seen) == []
    sample = built.metrics.registry.get_sample_value
    assert sample("tanggap_submissions_refused_total", {"channel": "web", "code": "empty_text"}) == 1
