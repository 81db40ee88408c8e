"""From what happens to a complaint to what its citizen is told: planned, gathered, sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.handlers import NotifierHandlers
from services.notifier.writing.letters import Mail, Sms
from shared.contracts.complaint import ContactCheckAsked
from shared.contracts.envelope import Envelope
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.samples import CITY_PACK, NOW, Bench, FakeChannel, bench, received, routed
from tests.unit.notifier.test_plan_citizens import answered, closed

NIGHT = NOW.replace(hour=15)  # 22.00 in the city


@pytest.fixture
def telling(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    """A city that gathers for five minutes and tells what is usual."""
    made = bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url, pack=CITY_PACK)
    yield made
    made.close()


def hear_together(built: Bench, events: Sequence[Any]) -> None:
    """In one transaction, as a consumer hears a batch."""
    handlers = NotifierHandlers(built.service.spine, built.pack.notifications)
    envelopes = [Envelope.of(event, source="test", time=built.clock.now()) for event in events]
    table = handlers.table()
    with built.database.write() as tx:
        handlers.foresee(tx, envelopes)
        for envelope in envelopes:
            table[envelope.type](tx, envelope)


def told(channel: FakeChannel) -> list[str]:
    return [delivery.message for delivery, _ in channel.sent if delivery.recipient == "citizen"]


def content(letter: object) -> str:
    assert isinstance(letter, Mail)
    return letter.content.decode()


@on_both
def test_what_happens_within_minutes_is_one_message_and_the_question_comes_after_it(
    telling: Bench, mail: FakeChannel
) -> None:
    telling.hear(received(language="en"), routed(), answered(revision=3), closed())
    telling.drain()
    assert told(mail) == ["receipt"]
    telling.clock.pass_time(301)
    telling.drain()
    assert told(mail) == ["receipt", "case_update.3", "satisfaction"]
    letters = {delivery.message: content(letter) for delivery, letter in mail.sent}
    assert "Subject: Your complaint has been answered" in letters["case_update.3"]
    assert "Passed on to" in letters["case_update.3"]
    assert "Sudah ditambal." in letters["case_update.3"]
    assert "Content-Language: en" in letters["satisfaction"]
    assert "Content-Language: id" in letters["case_notice"]
    assert telling.row(message="case_update.2")["reason"] == "combined"


@on_both
def test_hearing_it_all_again_tells_nothing_again(telling: Bench) -> None:
    events = [received(language="en"), routed(), answered(), closed()]
    hear_together(telling, events)
    rows = telling.rows()
    assert {row["language"] for row in rows if row["recipient"] == "citizen"} == {"en"}
    telling.hear(*events)
    hear_together(telling, events)
    assert telling.rows() == rows


def test_one_who_left_a_number_is_told_the_answer_and_not_each_step(telling: Bench, sms: FakeChannel) -> None:
    telling.contacts.contact = {"email": "", "phone": "+628123456789", "name": ""}
    telling.hear(received(), routed())
    telling.clock.pass_time(301)
    telling.drain()
    assert telling.row(message="case_update.2")["reason"] == "not_wanted"
    telling.hear(answered(), closed())
    telling.clock.pass_time(301)
    telling.drain()
    assert told(sms) == ["receipt", "case_update.5", "satisfaction"]
    texts = [letter.text for _, letter in sms.sent if isinstance(letter, Sms)]
    assert "sudah dijawab" in texts[1]
    assert "ditambal" not in texts[1]
    assert "NILAI" in texts[2]


def test_a_code_is_sent_at_night_and_not_when_it_has_expired(telling: Bench, sms: FakeChannel) -> None:
    telling.contacts.contact = {"email": "", "phone": "+628123456789", "name": ""}
    telling.clock.at = NIGHT
    until = NIGHT + timedelta(minutes=10)
    telling.hear(ContactCheckAsked(check_id="k1", contact_ref="ref-k1", asked_at=NIGHT, expires_at=until))
    telling.drain()
    assert told(sms) == ["contact_code"]
    telling.hear(ContactCheckAsked(check_id="k2", contact_ref="ref-k2", asked_at=NIGHT, expires_at=until))
    telling.clock.pass_time(601)
    telling.drain()
    assert told(sms) == ["contact_code"]
    assert telling.row(complaint_id="k2")["reason"] == "expired"


def test_a_complaint_without_a_contact_is_told_to_nobody(telling: Bench, mail: FakeChannel) -> None:
    telling.hear(
        received(contact_ref=None, receipt="no_contact"), routed(contact_ref=None), answered(contact_ref=None),
        closed(contact_ref=None),
    )  # fmt: skip
    telling.clock.pass_time(301)
    telling.drain()
    assert told(mail) == []
    assert [row["reason"] for row in telling.rows(recipient="citizen")] == ["no_contact"]
