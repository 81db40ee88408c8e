"""Deaths in the middle of sending, leases that run out, workers that meet: at most one message, never a lost one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from services.notifier import tables
from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.sending import attempts, claims
from services.notifier.sending.claims import Later, Passed
from services.notifier.way_out import Outcome
from shared.errors import Transient
from shared.storage.leases import Lease
from tests.integration.notifier.databases import files, on_both
from tests.unit.notifier.samples import Bench, FakeChannel, bench, received, routed

DAY = 24 * 3600


def test_sending_is_committed_before_the_call(sent: Bench, mail: FakeChannel) -> None:
    seen: list[tuple[str, str]] = []

    def look(_delivery: Any) -> None:
        seen.append((sent.row()["state"], sent.attempts()[-1]["outcome"]))

    mail.during = look
    sent.hear(routed())
    sent.drain()
    assert seen == [("sending", "sending")]


class Died(BaseException):
    """The process ends in the middle of a call."""


@on_both
@pytest.mark.parametrize("number", [0, 2])
def test_a_crash_while_sending_leaves_one_uncertain_and_never_sends_it_twice(
    sent: Bench, mail: FakeChannel, number: int
) -> None:
    def die(_delivery: Any) -> None:
        if len(mail.sent) == number + 1:
            raise Died

    mail.during = die
    sent.hear(*(routed(f"c{each}") for each in range(3)))
    with pytest.raises(Died):
        sent.step()
    mail.during = None
    assert sent.step() == 0  # the others are still held by the dead one
    sent.clock.pass_time(200)
    sent.drain()
    times = [delivery.complaint_id for delivery, _ in mail.sent]
    assert sorted(times) == ["c0", "c1", "c2"]
    assert sorted(state for _, state, _ in sent.ends()) == ["sent", "sent", "uncertain"]
    (uncertain,) = sent.rows(state="uncertain")
    assert uncertain["reason"] == "crashed_while_sending"
    assert sorted(said.outcome for said in sent.said()) == ["sent", "sent", "uncertain"]
    assert {row["outcome"] for row in sent.attempts()} == {"sent", "uncertain"}


@on_both
def test_a_crash_while_capturing_is_repeated_and_gives_the_same_file(tmp_path: Path, database_url: str) -> None:
    way = Capture(CaptureFolder(tmp_path / "captured"))

    class DyingOnce:
        via, repeatable, died = way.via, way.repeatable, False

        def send(self, *arguments: Any) -> Outcome:
            outcome = way.send(*arguments)
            if not self.died:
                self.died = True
                raise Died
            return outcome

    made = bench(tmp_path, channels={"email": DyingOnce(), "sms": None}, database_url=database_url)
    made.hear(received(), routed("c1"), routed("c2"))
    with pytest.raises(Died):
        made.step()
    assert sorted(row["state"] for row in made.rows()) == ["pending", "sending", "sending"]
    made.clock.pass_time(60)
    made.drain()
    assert {row["state"] for row in made.rows()} == {"captured"}
    assert len(files(made)) == 3
    assert [said.outcome for said in made.said()] == ["captured"] * 3
    assert sorted(row["outcome"] for row in made.attempts()) == ["captured"] * 3 + ["retry"] * 2
    made.close()


def test_a_row_in_sending_is_left_alone_while_its_lease_runs(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed())
    lease = Lease.take(sent.clock.now(), 60)
    sent.change(state="sending", channel="email", lease_owner=lease.owner, lease_until=lease.until)
    assert not sent.step()
    sent.clock.pass_time(61)
    assert sent.step()
    assert sent.ends() == [("DPUPR", "uncertain", "crashed_while_sending")]
    assert mail.sent == []


@on_both
def test_whoever_lost_the_lease_changes_nothing(sent: Bench, mail: FakeChannel) -> None:
    """Its process was stopped while it sent; meanwhile another one called the delivery uncertain."""

    def overtaken(_delivery: Any) -> None:
        mail.during = None
        sent.clock.pass_time(300)
        sent.drain()

    mail.during = overtaken
    sent.hear(routed())
    sent.step()
    assert sent.ends() == [("DPUPR", "uncertain", "crashed_while_sending")]
    assert [said.outcome for said in sent.said()] == ["uncertain"]


@on_both
def test_a_lapsed_lease_is_good_for_nothing_once_another_worker_holds_the_delivery(sent: Bench) -> None:
    sent.hear(routed())
    late = Lease.take(sent.clock.now(), 30)
    (held,) = claims.claim_lane(sent.database, "email:DPUPR", late, sent.clock.now(), 20)
    sent.clock.pass_time(31)
    now = sent.clock.now()
    lease = Lease.take(now, 30)
    (mine,) = claims.claim_lane(sent.database, "email:DPUPR", lease, now, 20)
    with sent.database.write() as tx:
        assert not attempts.begin(tx, [held], late, channel="email", via="fake", now=now)
        begun = attempts.begin(tx, [mine], lease, channel="email", via="fake", now=now)
    with sent.database.write() as tx:
        claims.put_off(tx, [Later(held, now, "x")], late)
        claims.pass_on(tx, [Passed(held, "sms")], late, now)
        claims.release(tx, [held], late)
        attempts.take_back(tx, [(held, begun[mine.delivery_id])], late)
        assert not claims.give_channel_up(tx, held, late, channel="email", problem="x", now=now)
        assert not attempts.finish(tx, [held], late, state="failed", reason="x", channel="email", now=now)
    row = sent.row()
    assert (row["state"], row["lease_owner"], row["lane"]) == ("sending", lease.owner, "email:DPUPR")
    assert [row["outcome"] for row in sent.attempts()] == ["sending"]


@on_both
def test_two_workers_share_no_delivery(sent: Bench, mail: FakeChannel) -> None:
    first, second = sent.new_engine(), sent.new_engine()

    def other(_delivery: Any) -> None:
        mail.during = None
        sent.turn("email", second)

    mail.during = other
    sent.hear(*(routed(f"c{number:02}") for number in range(30)))
    while sent.turn("email", first):
        pass
    ids = [delivery.delivery_id for delivery, _ in mail.sent]
    assert len(ids) == len(set(ids)) == 30


def test_one_who_is_asked_to_leave_finishes_the_message_and_gives_back_the_rest(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(*(routed(f"c{number}") for number in range(5)))
    sent.turn("email", hurry=lambda: len(mail.sent) == 2)
    assert sorted(row["state"] for row in sent.rows()) == ["pending"] * 3 + ["sent"] * 2
    assert all(row["lease_owner"] is None for row in sent.rows())
    sent.drain()
    assert len(mail.sent) == 5


def test_a_known_outcome_survives_a_database_that_is_away_for_a_moment(sent: Bench, mail: FakeChannel) -> None:
    engine = sent.database.engine
    refusals = 2

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal refusals
        if statement.startswith("UPDATE attempts") and refusals:
            refusals -= 1
            raise Transient("in the way", code="database")

    sqlalchemy_event.listen(engine, "before_cursor_execute", refuse)
    sent.hear(routed())
    sent.drain()
    assert refusals == 0
    assert sent.ends() == [("DPUPR", "sent", "accepted")]
    assert len(mail.sent) == 1


def test_a_known_outcome_survives_a_database_that_is_away_for_as_long_as_the_lease(
    tmp_path: Path, mail: FakeChannel
) -> None:
    """A database that is being restarted, or that another one stands in for, takes a minute and more."""
    made = bench(tmp_path, channels={"email": mail, "sms": None})
    away_until = made.clock.monotonic_seconds() + 100

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE attempts") and made.clock.monotonic_seconds() < away_until:
            made.clock.pass_time(15)
            raise Transient("in the way", code="database")

    sqlalchemy_event.listen(made.database.engine, "before_cursor_execute", refuse)
    made.hear(routed())
    made.drain()
    assert made.clock.monotonic_seconds() >= away_until
    assert made.ends() == [("DPUPR", "sent", "accepted")]
    assert len(mail.sent) == 1
    made.close()


@on_both
def test_a_commit_whose_answer_was_lost_leaves_nothing_uncertain(sent: Bench, mail: FakeChannel) -> None:
    """The marks were made though we did not hear it: they are ours, and what they stand for has not been sent."""
    begun, losses = False, 3

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal begun
        begun = begun or (statement.startswith("INSERT") and "attempt_id" in statement)

    def lose_the_answer(connection: Any) -> None:
        nonlocal begun, losses
        if begun and losses:
            begun, losses = False, losses - 1
            connection.connection.commit()
            raise Transient("its answer was lost", code="database")

    sqlalchemy_event.listen(sent.database.engine, "before_cursor_execute", note)
    sqlalchemy_event.listen(sent.database.engine, "commit", lose_the_answer)
    sent.hear(*(routed(f"c{number}") for number in range(12)))
    sent.drain()
    assert losses == 0
    assert sorted(delivery.complaint_id for delivery, _ in mail.sent) == sorted(f"c{number}" for number in range(12))
    assert {state for _, state, _ in sent.ends()} == {"sent"}
    assert [(row["outcome"], row["number"]) for row in sent.attempts()] == [("sent", 1)] * 12
    assert {row["attempts"] for row in sent.rows()} == {1}


def test_a_bug_in_a_way_out_is_uncertain_not_a_second_mail(sent: Bench, mail: FakeChannel) -> None:
    def break_(_delivery: Any) -> None:
        raise RuntimeError("a bug")

    mail.during = break_
    sent.hear(routed())
    sent.drain()
    assert sent.ends() == [("DPUPR", "uncertain", "unexpected_error")]


def test_a_file_of_one_process_frees_what_a_dead_one_held(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.hear(routed())
    lease = Lease.take(made.clock.now(), 1000)
    made.change(lease_owner=lease.owner, lease_until=lease.until)
    assert not made.step()
    made.seed()
    assert made.step()
    made.close()


def test_nothing_is_written_while_nothing_is_due(sent: Bench) -> None:
    with sent.database.write() as tx:
        assert not tx.execute(tables.deliveries.select()).all()
        assert not tx.execute(tables.attempts.select()).all()
    assert not sent.step()
