"""From the states of a case to what is sent: questions and their reminder, deadlines, copies, and nothing twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.delivery import PENDING
from services.notifier.feedback import questions
from services.notifier.feedback.questions import QuestionReminders
from services.notifier.feedback.reminders import Reminders, key_of
from shared.contracts.agency import AgencyChanged
from shared.timers import Timer
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.facts import UNTIL, archived, asked, copied, escalated, reopened, resumed, withdrawn
from tests.unit.notifier.samples import CITY_PACK, NOW, Bench, FakeChannel, added, assigned, bench, followed, received
from tests.unit.notifier.test_plan_citizens import closed

SOON = UNTIL - timedelta(days=3)


@pytest.fixture
def telling(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    made = bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url, pack=CITY_PACK)
    yield made
    made.close()


def timers_of(built: Bench) -> list[Any]:
    table = built.service.spine.tables.timers
    with built.database.read() as connection:
        rows = connection.execute(table.select().where(table.c.kind == questions.KIND)).all()
    return [(row.key, row.due_at) for row in rows]


def ring(built: Bench) -> None:
    """The reminder's moment has come."""
    built.clock.at = SOON
    handler = QuestionReminders(built.service.spine, built.pack.notifications)
    for key, _ in timers_of(built):
        with built.database.write() as tx:
            handler(tx, Timer(questions.KIND, key, SOON, 1, 0))


def citizens(built: Bench) -> list[str]:
    return sorted(row["message"] for row in built.rows(recipient="citizen") if row["state"] == PENDING)


@on_both
def test_a_question_is_reminded_of_once_before_its_time_is_over(telling: Bench, mail: FakeChannel) -> None:
    telling.hear(received(language="en"), assigned(agency="DPUPR"), asked())
    assert timers_of(telling) == [("c1:5:1", SOON)]
    ring(telling)
    ring(telling)
    telling.drain()
    told = [delivery.message for delivery, _ in mail.sent if delivery.recipient == "citizen"]
    assert told.count("question_reminder.1") == told.count("question.1") == 1
    assert telling.row(message="question_reminder.1")["language"] == "en"


@pytest.mark.parametrize(
    "ends",
    [
        [resumed()],
        [withdrawn()],
        [archived(contact_ref=None)],
        [added(what="answer", revision=5)],
        [followed("c2", follower_id="c1")],
        [assigned(agency="DISHUB", assignment=3, revision=6)],
    ],
    ids=["resumed", "withdrawn", "archived", "answered", "merged", "given to another"],
)
def test_what_is_settled_is_not_asked_again(tmp_path: Path, ends: list[Any]) -> None:
    built = bench(tmp_path, channels={"email": FakeChannel()}, pack=CITY_PACK)
    built.hear(received(), asked())
    built.clock.pass_time(60)
    built.hear(*ends)
    ring(built)
    assert "question_reminder.1" not in citizens(built)
    built.close()


def test_an_end_that_is_heard_before_the_question_counts(tmp_path: Path) -> None:
    built = bench(tmp_path, channels={"email": FakeChannel()}, pack=CITY_PACK)
    built.hear(received(), resumed(revision=6), resumed(revision=4), asked(revision=5))
    ring(built)
    assert "question_reminder.1" not in citizens(built)
    built.hear(asked(revision=7, number=2))
    ring(built)
    assert "question_reminder.2" in citizens(built)
    built.close()


@on_both
def test_everything_heard_again_tells_nothing_again(telling: Bench) -> None:
    events = [
        received(), assigned(agency="DPUPR"), asked(), resumed(), reopened(), escalated(), copied(), archived(),
        archived(why="spam", number=2, revision=9), closed(number=2, revision=10), withdrawn(revision=11),
    ]  # fmt: skip
    telling.hear(*events)
    rows = telling.rows()
    telling.hear(*reversed(events))
    assert telling.rows() == rows
    assert telling.row(message="archived.2")["reason"] == "spam"


def test_a_body_outside_the_city_is_known_by_its_newest_revision(tmp_path: Path) -> None:
    built = bench(tmp_path, channels={"email": FakeChannel()}, pack=CITY_PACK)
    outside = AgencyChanged(
        code="BPN", revision=2, name="BPN", kind="external", changed_at=NOW, public_contact="(022) 555-0101"
    )
    built.hear(received(), outside, assigned(agency="BPN"))
    (line,) = built.row(message="case_update.3")["data"]["lines"]
    assert (line["what"], line["contact"]) == ("referred", "(022) 555-0101")
    built.close()


def test_a_deadline_goes_to_an_agency_that_no_longer_or_never_had_the_case(tmp_path: Path) -> None:
    mail = FakeChannel()
    built = bench(tmp_path, channels={"email": mail}, pack=CITY_PACK)
    built.hear(received(), assigned(agency="DPUPR", assignment=2))
    late = [
        escalated(assignment=1, tell="DPUPR"), escalated(assignment=1, tell="DISHUB", step=3),
        copied(agency="DISHUB"), assigned(agency="BPBD", assignment=3, revision=9),
    ]  # fmt: skip
    built.hear(*late)
    built.drain()
    day = f"case_escalation.settle.{NOW:%Y%m%d}"
    assert built.row(message=f"{day}.2")["reason"] == "superseded"
    assert built.row(message=f"{day}.3")["state"] == "sent"
    assert built.row(message="case_copy")["state"] == "sent"
    built.close()


def test_a_reminder_waits_an_hour_after_a_deadline_was_told(tmp_path: Path) -> None:
    built = bench(tmp_path, channels={"email": FakeChannel()}, pack=CITY_PACK)
    built.hear(received(), assigned(agency="DPUPR", assignment=1))
    built.drain()
    built.clock.pass_time(24 * 3600)
    built.hear(escalated(assignment=1))
    timer, reminders = Timer("reminder", key_of("c1", 1), built.clock.now(), 1, 0), Reminders(built.service.spine)
    with built.database.write() as tx:
        again_at = reminders(tx, timer)
    assert again_at == built.clock.now() + timedelta(hours=1)
    built.clock.pass_time(3600)
    with built.database.write() as tx:
        assert reminders(tx, timer) is None
    assert built.rows(message="case_reminder") != []
    built.close()


def test_a_city_without_reminders_of_questions_sets_no_clock(tmp_path: Path) -> None:
    silent = dataclasses.replace(CITY_PACK.notifications, question_reminder_days=0)
    pack = dataclasses.replace(CITY_PACK, notifications=silent)
    built = bench(tmp_path, channels={}, pack=pack)
    built.hear(received(), asked())
    assert timers_of(built) == []
    built.close()


def test_a_short_time_for_an_answer_has_no_reminder(tmp_path: Path) -> None:
    built = bench(tmp_path, channels={}, pack=CITY_PACK)
    built.hear(received(), asked(until=NOW + timedelta(days=3, hours=23)), asked(contact_ref=None, complaint_id="c2"))
    assert timers_of(built) == []
    built.close()
