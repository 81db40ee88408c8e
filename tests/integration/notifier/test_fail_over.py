"""One channel after another: what is given up goes on elsewhere, under the same id, and each end is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Document, Mail, Sms
from shared.contracts.agency import AgencyChanged
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.samples import NOW, Bench, FakeChannel, bench, received, routed

HOUR = 3600
REFUSED = Outcome("failed", "refused_550")
LANE_AWAY = Outcome("pending", "timed_out", away=Away.LANE)


@pytest.fixture
def ways() -> dict[str, FakeChannel]:
    return {
        "email": FakeChannel(), "sms": FakeChannel(),
        "webhook": FakeChannel(via="webhook", repeatable=True), "amqp": FakeChannel(via="amqp", repeatable=True),
    }  # fmt: skip


@pytest.fixture
def made(tmp_path: Path, database_url: str, ways: dict[str, FakeChannel]) -> Iterator[Bench]:
    built = bench(tmp_path, channels=ways, database_url=database_url)
    built.hear(_agency(webhook="https://dpupr.example/in", email="dpupr@cimahi.example", amqp="agency.DPUPR.v1"))
    yield built
    built.close()


def _agency(*, order: tuple[str, ...] = (), revision: int = 1, **endpoints: str) -> AgencyChanged:
    return AgencyChanged(
        code="DPUPR", revision=revision, name="Dinas PU", kind="internal", changed_at=NOW, endpoints=endpoints,
        channels=list(order),
    )  # fmt: skip


def _said(made: Bench) -> list[tuple[str, str, str]]:
    return [(said.channel, said.outcome, said.reason) for said in made.said()]


@on_both
def test_what_one_channel_refuses_the_next_one_carries(made: Bench, ways: dict[str, FakeChannel]) -> None:
    ways["amqp"].usual = Outcome("failed", "no_queue", away=Away.LANE)
    ways["webhook"].usual = Outcome("failed", "gone")
    made.hear(routed())
    made.drain()
    row = made.row()
    assert (row["state"], row["channel"], row["gave_up"]) == ("sent", "email", ["amqp", "webhook"])
    assert _said(made) == [("amqp", "failed", "no_queue"), ("webhook", "failed", "gone"), ("email", "sent", "accepted")]
    ids = {delivery.delivery_id for way in ways.values() for delivery, _ in way.sent}
    assert ids == {row["delivery_id"]}
    kinds = [type(way.sent[0][1]) for way in (ways["amqp"], ways["webhook"], ways["email"])]
    assert kinds == [Document, Document, Mail]
    assert [(one["channel"], one["number"], one["outcome"]) for one in made.attempts()] == [
        ("amqp", 1, "failed"), ("webhook", 1, "failed"), ("email", 1, "sent"),
    ]  # fmt: skip


def test_the_agency_says_in_which_order(made: Bench, ways: dict[str, FakeChannel]) -> None:
    made.hear(_agency(revision=2, order=("email", "webhook"), webhook="https://x.example", email="a@b.example"))
    made.hear(routed())
    ways["email"].outcomes = [REFUSED]
    made.drain()
    assert [made.row()["channel"], made.row()["gave_up"]] == ["webhook", ["email"]]


@on_both
def test_when_all_are_given_up_it_has_failed_with_the_last_reason(made: Bench, ways: dict[str, FakeChannel]) -> None:
    for name, way in ways.items():
        way.usual = Outcome("failed", f"no_{name}")
    made.hear(routed())
    made.drain()
    assert made.ends() == [("DPUPR", "failed", "no_email")]
    assert _said(made)[-1] == ("email", "failed", "no_email")
    assert made.row()["data"]["text"], "a person may want to send it"


@on_both
def test_a_channel_that_does_not_work_for_hours_is_given_up(made: Bench, ways: dict[str, FakeChannel]) -> None:
    ways["amqp"].usual = Outcome("pending", "queue_full")
    made.hear(routed())
    passed = 0
    while made.row()["state"] == "pending":
        made.drain()
        made.clock.pass_time(60)
        passed += 60
    assert 4 * HOUR <= passed < 4.3 * HOUR
    assert made.row()["channel"] == "webhook"
    assert 40 <= len(ways["amqp"].sent) <= 60
    assert _said(made) == [("amqp", "failed", "queue_full"), ("webhook", "sent", "accepted")]


@on_both
def test_what_waits_behind_a_dead_destination_goes_on_too(made: Bench, ways: dict[str, FakeChannel]) -> None:
    """Only one message in five minutes tries it; the others go on without a try of their own when it is time."""
    ways["amqp"].usual = LANE_AWAY
    made.hear(*(routed(f"c{number:03}") for number in range(120)))
    for _ in range(60 * 4):
        made.drain()
        made.clock.pass_time(60)
    assert {row["state"] for row in made.rows()} == {"pending"}
    assert sum(row["attempts"] == 0 for row in made.rows()) > 60, "their rows were not touched"
    made.hear(routed("c-young"))
    for _ in range(12):
        made.drain()
        made.clock.pass_time(60)
    old = [row for row in made.rows() if row["complaint_id"] != "c-young"]
    assert {(row["state"], row["channel"]) for row in old} == {("sent", "webhook")}
    assert made.row(complaint_id="c-young")["state"] == "pending"
    assert len(ways["webhook"].sent) == 120


@on_both
def test_behind_a_dead_destination_without_another_way_they_wait_for_it(tmp_path: Path, database_url: str) -> None:
    mail = FakeChannel(usual=LANE_AWAY)
    made = bench(tmp_path, channels={"email": mail, "sms": None}, database_url=database_url)
    made.hear(*(routed(f"c{number}") for number in range(70)))
    for _ in range(60 * 6):
        made.drain()
        made.clock.pass_time(60)
    assert {row["state"] for row in made.rows()} == {"pending"}
    mail.usual = Outcome("sent", "accepted")
    made.clock.pass_time(900)
    made.drain()
    assert {row["state"] for row in made.rows()} == {"sent"}
    made.close()


def test_a_citizen_without_working_mail_gets_a_text_message(made: Bench, ways: dict[str, FakeChannel]) -> None:
    made.contacts.contact = {"email": "budi@mail.com", "phone": "+6281234567890", "name": "Budi"}
    ways["email"].usual = REFUSED
    made.hear(received())
    made.drain()
    assert (made.row()["state"], made.row()["channel"]) == ("sent", "sms")
    assert isinstance(ways["sms"].sent[0][1], Sms)
    assert made.contacts.asked[0] == [("c1", "ref-c1")]


def test_a_bad_address_is_given_up_too(made: Bench, ways: dict[str, FakeChannel]) -> None:
    made.contacts.contact = {"email": "no address", "phone": "+6281234567890", "name": ""}
    made.hear(received())
    made.drain()
    assert _said(made) == [("email", "failed", "bad_address"), ("sms", "sent", "accepted")]
    assert [one["channel"] for one in made.attempts()] == ["sms"]


def test_an_address_that_went_away_meanwhile_leaves_the_last_reason(made: Bench, ways: dict[str, FakeChannel]) -> None:
    made.hear(_agency(revision=2, amqp="agency.DPUPR.v1", email="a@b.example"))
    ways["amqp"].usual = Outcome("failed", "no_queue")
    made.hear(routed())
    made.turn("amqp")
    made.hear(_agency(revision=3, amqp="agency.DPUPR.v1"))
    made.drain()
    assert made.ends() == [("DPUPR", "failed", "no_queue")]


def test_retry_after_is_heeded(made: Bench, ways: dict[str, FakeChannel]) -> None:
    ways["amqp"].outcomes = [Outcome("pending", "answered_429", retry_after_seconds=900)]
    made.hear(routed())
    made.drain()
    assert made.row()["due_at"] >= made.clock.now() + timedelta(seconds=900)


@pytest.mark.parametrize(("away", "held"), [(Away.LANE, "amqp:DPUPR"), (Away.CHANNEL, "amqp")])
def test_three_failures_in_a_row_open_the_breaker_for_the_operator_to_see(
    made: Bench, ways: dict[str, FakeChannel], away: Away, held: str
) -> None:
    ways["amqp"].usual = dataclasses.replace(LANE_AWAY, away=away)
    made.hear(*(routed(f"c{number}") for number in range(9)))
    made.drain()
    assert len(ways["amqp"].sent) == 3
    (shown,) = made.engine.breakers.destinations()
    assert (shown.key, shown.state, shown.failures, shown.problem) == (held, "open", 3, "timed_out")
    ways["amqp"].usual = Outcome("sent", "confirmed")
    made.clock.pass_time(6)
    made.drain()
    assert made.engine.breakers.destinations() == []
    assert {row["state"] for row in made.rows()} == {"sent"}


@on_both
def test_a_crash_at_an_agencys_machine_is_repeated_under_the_same_id(made: Bench, ways: dict[str, FakeChannel]) -> None:
    class Died(BaseException):
        pass

    def die(_delivery: Any) -> None:
        raise Died

    ways["amqp"].during = die
    made.hear(routed())
    with pytest.raises(Died):
        made.step("amqp")
    ways["amqp"].during = None
    made.clock.pass_time(120)
    made.drain()
    first, second = (delivery.delivery_id for delivery, _ in ways["amqp"].sent)
    assert first == second
    assert made.ends() == [("DPUPR", "sent", "accepted")]
    assert [one["outcome"] for one in made.attempts()] == ["retry", "sent"]
