"""What was erased leaves the notifier: words, whom they went to, and the files of captured messages."""

from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.capture import CaptureFolder, file_name
from services.notifier.erasing import Eraser
from services.notifier.repository import delivery_of
from services.notifier.tables import attempts, deliveries, suppressions
from shared.contracts.complaint import ComplaintErased, ErasedPart
from shared.contracts.envelope import Envelope
from shared.erasing import AGAIN, Erasing
from shared.ids import new_id
from shared.timers import Timer
from tests.integration.notifier_feedback.world import World, report

WORD = "bandrek"
SAID = {"text": f"Jalan berlubang dekat {WORD}"}


def erasing(world: World, folder: Path) -> Erasing:
    return Erasing(world.spine, Eraser(world.spine, CaptureFolder(folder)).erase)


def erase(world: World, folder: Path, *parts: ErasedPart, complaint_id: str = "c1") -> None:
    event = ComplaintErased(
        complaint_id=complaint_id, ticket="CMH-1", parts=list(parts), reason="request", erased_at=world.clock.now()
    )  # fmt: skip
    with world.database.write() as tx:
        erasing(world, folder).hear(tx, Envelope.of(event, source="intake", time=world.clock.now()))


def attempt(world: World, delivery_id: str) -> None:
    row = {"attempt_id": new_id(), "delivery_id": delivery_id, "number": 1, "channel": "email", "via": "smtp",
           "started_at": world.clock.now(), "outcome": "failed", "reason": "smtp_550",
           "answer": "550 <siti@example.org> unknown"}  # fmt: skip
    with world.database.write() as tx:
        tx.execute(attempts.insert(), row)


def suppress(world: World, key: str, delivery_id: str) -> None:
    row = {"channel": "email", "key": key, "reason": "dsn_5_1_1", "delivery_id": delivery_id,
           "since": world.clock.now()}  # fmt: skip
    with world.database.write() as tx:
        tx.execute(suppressions.insert(), row)


def file_of(world: World, folder: Path, delivery_id: str, suffix: str = "eml") -> Path:
    with world.database.read() as connection:
        row = connection.execute(deliveries.select().where(deliveries.c.delivery_id == delivery_id)).mappings().one()
    file = folder / file_name(delivery_of(row), suffix)
    file.write_text(f"To: siti@example.org\n\n{WORD}")
    return file


def everything(world: World, name: str) -> str:
    return str(world.rows(name))


def test_an_erased_contact_leaves_neither_key_nor_answer_nor_file(world: World, tmp_path: Path) -> None:
    mine = world.sent(recipient="citizen", state="captured", contact_ref="contact-1")
    attempt(world, mine)
    world.hear(report(mine, "delivered", "dsn_2_0_0", answer="250 siti@example.org ok"))
    suppress(world, "key-c1", mine)
    mail, sms = file_of(world, tmp_path, mine), file_of(world, tmp_path, mine, "json")
    agency = world.store(world.plan("c1", data=SAID))[0]

    erase(world, tmp_path, "contact")

    row = world.row(mine)
    assert (row["contact_ref"], row["recipient_key"], row["data"], row["state"]) == (None, None, {}, "captured")
    assert row["cleared_at"] is not None
    assert not mail.exists()
    assert not sms.exists()
    assert "siti@example.org" not in everything(world, "attempts") + everything(world, "reports")
    assert world.suppressed() == set()
    assert (world.row(agency)["state"], world.row(agency)["data"]) == ("pending", SAID), "no contact of a citizen"


def test_a_bad_address_stays_on_the_list_while_another_complaint_needs_it(world: World, tmp_path: Path) -> None:
    first = world.sent(recipient="citizen")
    world.sent("c2", recipient="citizen", recipient_key="key-c1")
    suppress(world, "key-c1", first)
    erase(world, tmp_path, "contact")
    assert world.suppressed() == {("email", "key-c1")}
    erase(world, tmp_path, "contact", complaint_id="c2")
    assert world.suppressed() == set()


def test_a_code_that_went_to_the_contact_before_there_was_a_complaint_goes_with_it(
    world: World, tmp_path: Path
) -> None:
    world.sent(recipient="citizen")
    code = world.store(
        world.plan("check-1", recipient="citizen", message="contact_code"), state="captured", recipient_key="key-c1",
        finished_at=world.clock.now(),
    )[0]  # fmt: skip
    file = file_of(world, tmp_path, code)
    erase(world, tmp_path, "contact")
    assert (world.row(code)["recipient_key"], world.row(code)["data"], file.exists()) == (None, {}, False)


@pytest.mark.parametrize(
    ("parts", "ends"),
    [
        (["contact"], [("skipped", "contact_erased"), ("pending", "")]),
        (["text"], [("skipped", "text_erased"), ("skipped", "text_erased")]),
        (["contact", "text"], [("skipped", "contact_erased"), ("skipped", "text_erased")]),
        (["photos"], [("pending", ""), ("pending", "")]),
    ],
)
def test_what_was_not_sent_yet_ends_with_a_reason(
    world: World, tmp_path: Path, parts: list[ErasedPart], ends: list[tuple[str, str]]
) -> None:
    planned = [world.plan(recipient="citizen", contact_ref="contact-1"), world.plan()]
    ids = [world.store(one)[0] for one in planned]
    for _ in range(2):
        erase(world, tmp_path, *parts)
    assert [(world.row(one)["state"], world.row(one)["reason"]) for one in ids] == ends
    assert world.said() == [("none", "skipped")] * sum(state == "skipped" for state, _ in ends)


def test_an_erased_text_leaves_no_word_of_any_message(world: World, tmp_path: Path) -> None:
    ids = [
        world.store(world.plan(recipient="citizen", data=SAID), state="sent", finished_at=world.clock.now())[0],
        world.store(world.plan(data=SAID), state="captured", finished_at=world.clock.now())[0],
    ]
    files = [file_of(world, tmp_path, one) for one in ids]
    other = world.store(world.plan("c2", data=SAID))[0]
    erase(world, tmp_path, "text")
    assert [world.row(one)["data"] for one in ids] == [{}, {}]
    assert not any(file.exists() for file in files)
    assert world.row(other)["data"] == SAID


def test_what_is_being_sent_keeps_its_words_until_it_is_looked_at_again(world: World, tmp_path: Path) -> None:
    mine = world.store(world.plan(recipient="citizen", data=SAID), state="sending")[0]
    erase(world, tmp_path, "text", "contact")
    assert (world.row(mine)["state"], world.row(mine)["data"]) == ("sending", SAID)
    world.change(mine, state="captured")
    file = file_of(world, tmp_path, mine)
    world.clock.advance(AGAIN.total_seconds() + 1)
    assert world.spine.timers.run_due(world.database, erasing(world, tmp_path).timers())
    assert (world.row(mine)["data"], file.exists()) == ({}, False)
    assert not world.spine.timers.run_due(world.database, erasing(world, tmp_path).timers())


def test_a_complaint_that_nobody_has_heard_of_is_marked_all_the_same(world: World, tmp_path: Path) -> None:
    erase(world, tmp_path, "text", complaint_id="c9")
    marks: list[dict[str, Any]] = world.rows("erasures")
    assert [(one["complaint_id"], one["parts"], one["reason"]) for one in marks] == [("c9", ["text"], "request")]
    with world.database.write() as tx:
        erasing(world, tmp_path).again(tx, Timer("erase_again", "c10", world.clock.now(), 1, 1))
