"""What a person does to a delivery, and what the other side answers when it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.notifier.delivery import Delivery
from services.notifier.sending import by_hand
from services.notifier.sending.by_hand import Person
from services.notifier.tables import audit
from services.notifier.way_out import Outcome
from shared.errors import Refused
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.samples import Bench, FakeChannel, bench, received, routed

OPERATOR = Person("ratna", "operator", "asked by the agency")


def retry(made: Bench, delivery_id: str) -> None:
    with made.database.write() as tx:
        by_hand.retry(tx, made.service.spine, delivery_id, OPERATOR)


def cancel(made: Bench, delivery_id: str) -> None:
    with made.database.write() as tx:
        by_hand.cancel(tx, made.service.spine, delivery_id, OPERATOR)


@on_both
@pytest.mark.parametrize("outcome", [Outcome("failed", "refused_550"), Outcome("uncertain", "no_answer")])
def test_a_person_sends_it_again_under_the_same_id(sent: Bench, mail: FakeChannel, outcome: Outcome) -> None:
    mail.outcomes = [outcome]
    sent.hear(routed())
    sent.drain()
    delivery_id = sent.row()["delivery_id"]
    retry(sent, delivery_id)
    sent.drain()
    assert sent.ends() == [("DPUPR", "sent", "accepted")]
    assert [delivery.delivery_id for delivery, _ in mail.sent] == [delivery_id] * 2
    with sent.database.read() as connection:
        (row,) = connection.execute(audit.select()).mappings().all()
    assert (row["actor"], row["role"], row["act"], row["subject"], row["reason"]) == (
        "ratna", "operator", "delivery.retry", delivery_id, "asked by the agency",
    )  # fmt: skip
    assert row["details"] == {"was": outcome.state, "reason": outcome.reason, "channel": "email"}


@on_both
def test_a_person_cancels_what_waits_and_may_send_it_after_all(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed())
    delivery_id = sent.row()["delivery_id"]
    cancel(sent, delivery_id)
    sent.drain()
    assert sent.ends() == [("DPUPR", "skipped", "cancelled")]
    assert [(said.outcome, said.reason) for said in sent.said()] == [("skipped", "cancelled")]
    assert mail.sent == []
    retry(sent, delivery_id)
    sent.drain()
    assert sent.ends() == [("DPUPR", "sent", "accepted")]


def test_what_arrived_or_is_in_hand_is_left_alone(sent: Bench, mail: FakeChannel) -> None:
    refused: list[str] = []

    def try_both(delivery: Delivery) -> None:
        for act in (retry, cancel):
            with pytest.raises(Refused) as caught:
                act(sent, delivery.delivery_id)
            refused.append(caught.value.code)

    mail.during = try_both
    sent.hear(routed())
    sent.drain()
    try_both(mail.sent[0][0])
    assert refused == ["not_retryable", "not_cancellable"] * 2
    assert sent.ends() == [("DPUPR", "sent", "accepted")]
    with pytest.raises(Refused) as caught:
        retry(sent, "nobody")
    assert (caught.value.code, caught.value.status) == ("no_such_delivery", 404)


def test_what_is_kept_no_longer_cannot_be_sent_again(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("failed", "refused_550")]
    sent.hear(routed())
    sent.drain()
    sent.change(data={})
    with pytest.raises(Refused) as caught:
        retry(sent, sent.row()["delivery_id"])
    assert caught.value.code == "message_cleared"


@dataclass
class AnsweringGateway(FakeChannel):
    """One that can be asked what became of a message."""

    answers: list[Outcome | None] = field(default_factory=list)
    questions: int = 0

    def ask(self, delivery: Delivery) -> Outcome | None:
        self.questions += 1
        return self.answers.pop(0) if self.answers else None


@pytest.fixture
def gateway() -> AnsweringGateway:
    return AnsweringGateway(usual=Outcome("uncertain", "no_answer"))


@pytest.fixture
def asked(tmp_path: Path, database_url: str, gateway: AnsweringGateway, mail: FakeChannel) -> Iterator[Bench]:
    made = bench(tmp_path, channels={"email": mail, "sms": gateway}, database_url=database_url)
    made.contacts.contact = {"email": "", "phone": "+6281234567890", "name": ""}
    made.hear(received())
    made.drain()
    yield made
    made.close()


def ask(made: Bench) -> int:
    assert made.engine.asking is not None
    return made.engine.asking.run_due()


@on_both
@pytest.mark.parametrize("state", ["sent", "delivered", "failed"])
def test_the_gateway_is_asked_some_minutes_later(asked: Bench, gateway: AnsweringGateway, state: str) -> None:
    gateway.answers = [Outcome(state, "told")]
    assert ask(asked) == 0
    asked.clock.pass_time(120)
    assert ask(asked) == 1
    asked.drain()
    assert asked.ends() == [("citizen", state, "told")]
    assert [said.outcome for said in asked.said()][:2] == ["uncertain", state]
    assert [(row["via"], row["outcome"]) for row in asked.attempts()] == [("fake", "uncertain"), ("asked", state)]
    assert len(gateway.sent) == 1


@on_both
def test_what_never_came_there_is_sent_once_more(asked: Bench, gateway: AnsweringGateway) -> None:
    gateway.answers, gateway.usual = [Outcome("pending", "unknown_there")], Outcome("sent", "accepted")
    asked.clock.pass_time(120)
    ask(asked)
    asked.drain()
    assert asked.ends() == [("citizen", "sent", "accepted")]
    assert len(gateway.sent) == 2


def test_what_did_not_arrive_goes_on_by_another_channel(
    asked: Bench, gateway: AnsweringGateway, mail: FakeChannel
) -> None:
    asked.contacts.contact = {"email": "b@mail.com", "phone": "+6281234567890", "name": ""}
    gateway.answers = [Outcome("failed", "undelivered")]
    asked.clock.pass_time(120)
    ask(asked)
    asked.drain()
    assert [(said.channel, said.outcome) for said in asked.said()] == [
        ("sms", "uncertain"), ("sms", "failed"), ("email", "sent"),
    ]  # fmt: skip
    assert len(mail.sent) == 1


def test_it_is_asked_five_times_and_then_left_to_a_person(asked: Bench, gateway: AnsweringGateway) -> None:
    for _ in range(120):
        asked.clock.pass_time(60)
        ask(asked)
    assert gateway.questions == 5
    assert asked.ends() == [("citizen", "uncertain", "no_answer")]
    assert [row["reason"] for row in asked.attempts()][1:] == ["not_known"] * 5


def test_a_person_who_was_quicker_than_the_answer_wins(asked: Bench, gateway: AnsweringGateway) -> None:
    asked.clock.pass_time(120)
    due = asked.row()["delivery_id"]
    gateway.answers = [Outcome("sent", "told")]

    class Quick(AnsweringGateway):
        def ask(self, delivery: Delivery) -> Outcome | None:
            retry(asked, due)
            return gateway.ask(delivery)

    quick = Quick()
    asked.channels = {"email": None, "sms": quick}
    engine = asked.new_engine()
    assert engine.asking is not None
    engine.asking.run_due()
    assert asked.row()["state"] == "pending"
