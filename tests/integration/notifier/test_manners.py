"""Not more messages than people want: gathered ones, quiet hours, the limit of a day, reminders that came too late."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.notifier.sending.claims import claim_lane
from services.notifier.tables import acknowledgements, deliveries, suppressions
from shared.city_notifications import UPDATES, Notifications
from shared.storage.leases import Lease
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.samples import CITY_PACK, NOW, Bench, FakeChannel, added, assigned, bench, received, routed

NIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # ten in the evening in Cimahi
TOLD = {"email": frozenset(UPDATES), "sms": frozenset(UPDATES)}


def city(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel, **policy: Any) -> Bench:
    notifications = Notifications(**{"citizen_updates": TOLD, "ask_satisfaction": False, **policy})
    pack = dataclasses.replace(CITY_PACK, notifications=notifications)
    return bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url, pack=pack)


@pytest.fixture
def made(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    built = city(tmp_path, database_url, mail, sms)
    built.contacts.contact = {"email": "", "phone": "+6281234567890", "name": ""}
    yield built
    built.close()


def updates(made: Bench) -> dict[str, tuple[str, str]]:
    return {
        row["message"]: (row["state"], row["reason"]) for row in made.rows() if row["message"].startswith("case_update")
    }


@on_both
def test_what_happens_within_minutes_becomes_one_message(made: Bench, sms: FakeChannel) -> None:
    made.hear(routed())
    made.clock.pass_time(200)
    made.hear(assigned(), assigned(assignment=3, revision=4, agency="DPUPR"))
    made.drain()
    assert sms.sent == []
    made.clock.pass_time(100)
    made.drain()
    assert updates(made) == {
        "case_update.2": ("skipped", "combined"),
        "case_update.3": ("skipped", "combined"),
        "case_update.4": ("sent", "accepted"),
    }
    ((delivery, _),) = sms.sent
    assert [line["agency"] for line in delivery.data["lines"]] == [
        "Dinas Pekerjaan Umum dan Penataan Ruang", "Dinas Perhubungan", "Dinas Pekerjaan Umum dan Penataan Ruang",
    ]  # fmt: skip
    assert [said.reason for said in made.said() if said.message.startswith("case_update")] == [
        "combined", "combined", "accepted",
    ]  # fmt: skip


@on_both
def test_what_happens_later_is_a_message_of_its_own(made: Bench, sms: FakeChannel) -> None:
    made.hear(routed())
    made.clock.pass_time(300)
    made.drain()
    made.hear(assigned())
    made.clock.pass_time(300)
    made.drain()
    assert [len(delivery.data["lines"]) for delivery, _ in sms.sent] == [1, 1]


@on_both
def test_additions_of_one_case_are_gathered_for_the_agency(made: Bench, mail: FakeChannel) -> None:
    made.hear(
        routed(contact_ref=None), *(added(addition_id=f"a{n}", number=n, addition=f"Lagi {n}") for n in (1, 2, 3))
    )
    made.clock.pass_time(300)
    made.drain()
    last = mail.sent[-1][0]
    assert [delivery.message for delivery, _ in mail.sent] == ["case_notice", "case_addition.3"]
    assert [line["text"] for line in last.data["lines"]] == ["Lagi 1", "Lagi 2", "Lagi 3"]


@on_both
def test_one_that_is_in_other_hands_is_waited_for(made: Bench, sms: FakeChannel) -> None:
    made.hear(routed(), assigned())
    made.clock.pass_time(300)
    now = made.clock.now()
    lease = Lease.take(now, 60)
    held = claim_lane(made.database, "any:citizen", lease, now, 1)
    made.drain()
    assert sms.sent == []
    with made.database.write() as tx:
        tx.execute(deliveries.update().values(lease_owner=None, lease_until=None))
    made.clock.pass_time(5)
    made.drain()
    assert len(held) == len(sms.sent) == 1
    assert len(sms.sent[0][0].data["lines"]) == 2


@on_both
def test_no_telephone_rings_at_night_but_for_what_cannot_wait(made: Bench, sms: FakeChannel) -> None:
    made.clock.at = NIGHT
    made.hear(received(), routed(), routed("c2", decision={"outcome": "emergency"}))
    made.clock.pass_time(300)
    made.drain()
    assert sorted(delivery.message for delivery, _ in sms.sent) == ["case_update.2", "receipt"]
    row = made.row(complaint_id="c1", message="case_update.2")
    assert (row["state"], row["attempts"], row["last_problem"]) == ("pending", 0, "quiet_hours")
    assert row["due_at"] == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    made.clock.at = row["due_at"]
    made.drain()
    assert updates(made) == {"case_update.2": ("sent", "accepted")}


def test_the_night_is_no_time_in_which_it_was_tried(made: Bench, sms: FakeChannel) -> None:
    made.clock.at = NIGHT
    made.hear(routed())
    made.clock.pass_time(300)
    made.drain()
    row = made.row(message="case_update.2")
    made.clock.at = row["due_at"]
    assert row["since"] >= row["due_at"].replace(hour=22)


@on_both
def test_so_many_messages_a_day_and_no_more(tmp_path: Path, database_url: str, sms: FakeChannel) -> None:
    made = city(tmp_path, database_url, FakeChannel(), sms, citizen_daily_limit=3)
    someone: Any = {"email": "", "phone": "+6281234567890", "name": "", "keys": {"sms": "key-of-a-phone"}}
    made.contacts.contact = someone
    made.contacts.by_ref["ref-other"] = {**someone, "keys": {"sms": "another"}}
    made.hear(*(received(f"c{n}") for n in range(5)), *(routed(f"c{n}") for n in range(5)))
    made.hear(routed("other"))
    made.clock.pass_time(300)
    made.drain()
    assert sorted(updates_of(made)) == [("sent", "accepted")] * 4 + [("skipped", "daily_limit")] * 2
    assert {row["state"] for row in made.rows(message="receipt")} == {"sent"}
    assert {row["recipient_key"] for row in made.rows(recipient="citizen")} == {"key-of-a-phone", "another"}
    made.hear(routed("next"))
    made.contacts.by_ref["ref-next"] = someone
    made.clock.at = datetime(2026, 11, 24, 17, 1, tzinfo=UTC)  # a minute into the next day there, and night
    made.drain()
    made.clock.at = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    made.drain()
    assert made.row(complaint_id="next", recipient="citizen")["state"] == "sent"
    made.close()


def updates_of(made: Bench) -> list[tuple[str, str]]:
    rows = [row for row in made.rows() if row["message"].startswith("case_update")]
    return [(row["state"], row["reason"]) for row in rows]


@on_both
@pytest.mark.parametrize(("channel", "key"), [("sms", "key-of-a-phone"), ("email", "DPUPR")])
def test_a_suppressed_address_gets_nothing(made: Bench, channel: str, key: str) -> None:
    made.contacts.contact = {**made.contacts.contact, "keys": {"sms": "key-of-a-phone"}}  # type: ignore[dict-item]
    row = {"channel": channel, "key": key, "reason": "dsn_5_1_1", "delivery_id": "d", "since": NOW}
    with made.database.write() as tx:
        tx.execute(suppressions.insert(), row)
    made.hear(received(), routed(contact_ref=None))
    made.drain()
    ended = {row["recipient"]: row["reason"] for row in made.rows()}
    other = {"DPUPR": "accepted", "citizen": "accepted"}
    assert ended == {**other, "citizen" if channel == "sms" else key: "suppressed"}


@on_both
def test_a_reminder_of_what_was_acknowledged_meanwhile_is_not_sent(made: Bench, mail: FakeChannel) -> None:
    made.hear(routed(contact_ref=None))
    with made.database.write() as tx:
        tx.execute(deliveries.update().values(message="case_reminder"))
        tx.execute(acknowledgements.insert(), {"complaint_id": "c1", "assignment": 1, "agency": "DPUPR", "at": NOW})
    made.drain()
    assert made.ends() == [("DPUPR", "skipped", "acknowledged")]
    assert mail.sent == []


def test_what_the_channel_does_not_tell_goes_by_the_one_that_does(tmp_path: Path, mail: FakeChannel) -> None:
    sms = FakeChannel()
    made = city(tmp_path, "", mail, sms, citizen_updates={"sms": frozenset(UPDATES)}, gather_seconds=0)
    made.contacts.contact = {"email": "b@mail.com", "phone": "+6281234567890", "name": ""}
    made.contacts.by_ref["ref-c2"] = {"email": "b@mail.com", "phone": "", "name": ""}
    made.hear(routed(), routed("c2"))
    made.drain()
    assert sorted(updates_of(made)) == [("sent", "accepted"), ("skipped", "not_wanted")]
    assert len(sms.sent) == 1
    made.close()
