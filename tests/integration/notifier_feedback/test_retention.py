"""What messages said is forgotten in time; that they were sent stays."""

from datetime import timedelta
from pathlib import Path

from services.notifier.channels.capture import CaptureFolder, file_name
from services.notifier.feedback.retention import Retention
from services.notifier.repository import delivery_of
from services.notifier.tables import attempts, deliveries
from shared.ids import new_id
from shared.timers import Timer
from tests.integration.notifier_feedback.world import World, hours, report

DAY = 24.0


def run(world: World, folder: Path, *, window: int = 2) -> int:
    """A whole round; how many windows it took."""
    handler = Retention(world.clock, CaptureFolder(folder), timedelta(days=90), window=window)
    number, again_at = 0, world.clock.now()
    while again_at <= world.clock.now() + timedelta(seconds=5):
        with world.database.write() as tx:
            again_at = handler(tx, Timer("retention", "", world.clock.now(), 1, 1))
        number += 1
    return number


def attempt(world: World, delivery_id: str) -> None:
    row = {"attempt_id": new_id(), "delivery_id": delivery_id, "number": 1, "channel": "email", "via": "smtp",
           "started_at": world.clock.now(), "outcome": "sent", "reason": "accepted",
           "answer": "250 queued"}  # fmt: skip
    with world.database.write() as tx:
        tx.execute(attempts.insert(), row)


def test_old_words_answers_keys_and_files_go_and_the_outcome_stays(world: World, tmp_path: Path) -> None:
    kept = world.sent("c0", recipient="citizen", state="captured")
    for number in range(1, 5):
        attempt(world, world.sent(f"c{number}", recipient="citizen"))
    world.hear(report(world.sent("c5"), "delivered", "dsn_2_0_0", answer="250 ok"))
    waiting = world.store(world.plan("c6"))[0]
    with world.database.read() as connection:
        row = connection.execute(deliveries.select().where(deliveries.c.delivery_id == kept)).mappings().one()
    file = tmp_path / file_name(delivery_of(row), "eml")
    file.write_bytes(b"Subject: x\r\n\r\nJalan berlubang")
    world.clock.advance(hours(DAY * 89))
    run(world, tmp_path)
    assert file.exists()
    assert all(row["data"] for row in world.rows("deliveries"))

    world.clock.advance(hours(DAY * 2))
    assert run(world, tmp_path) == 4, "seven deliveries, two at a time"
    for row in world.rows("deliveries"):
        if row["delivery_id"] == waiting:
            assert (row["data"], row["cleared_at"]) == ({"text": "Jalan berlubang"}, None)
            continue
        assert (row["data"], row["recipient_key"]) == ({}, None)
        assert row["cleared_at"] is not None
        assert (row["state"], row["reason"] != "") in [("captured", True), ("sent", True), ("delivered", True)]
    assert {row["answer"] for row in [*world.rows("attempts"), *world.rows("reports")]} == {""}
    assert not file.exists()


def test_what_is_cleared_is_not_cleared_again(world: World, tmp_path: Path) -> None:
    sent = world.sent()
    world.clock.advance(hours(DAY * 91))
    run(world, tmp_path)
    first = world.row(sent)["cleared_at"]
    world.clock.advance(hours(DAY))
    run(world, tmp_path)
    assert world.row(sent)["cleared_at"] == first
