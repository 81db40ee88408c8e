"""Bounces with the real engine: what came back goes on, and what cannot go on ends for good, each said."""

from pathlib import Path

import pytest

from services.notifier.feedback import alerts
from services.notifier.way_out import Outcome
from tests.integration.notifier_feedback.world import bounce, report
from tests.unit.notifier.samples import Bench, FakeChannel, bench, received, routed


@pytest.fixture
def mail() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def sms() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def made(tmp_path: Path, mail: FakeChannel, sms: FakeChannel) -> Bench:
    return bench(tmp_path, channels={"email": mail, "sms": sms})


def ends(made: Bench) -> list[tuple[str, str, str]]:
    return [(one.channel, one.outcome, one.reason) for one in made.said()]


def test_a_receipt_that_bounced_is_sent_by_sms(made: Bench, mail: FakeChannel, sms: FakeChannel) -> None:
    made.contacts.contact = {"email": "budi@mail.com", "phone": "+6281234567890", "name": "Budi"}
    made.hear(received())
    made.drain()
    (row,) = made.rows()
    made.hear(report(row["delivery_id"]))
    made.drain()
    (row,) = made.rows()
    assert (row["state"], row["channel"], list(row["gave_up"])) == ("sent", "sms", ["email"])
    assert [delivery.delivery_id for delivery, _ in [*mail.sent, *sms.sent]] == [row["delivery_id"]] * 2
    assert ends(made) == [("email", "sent", "accepted"), ("email", "failed", "dsn_4_4_7"), ("sms", "sent", "accepted")]


def test_a_receipt_to_the_only_address_fails_with_what_the_bounce_said(made: Bench) -> None:
    """The next one to that address is not even tried."""
    made.contacts.contact = {**made.contacts.contact, "keys": {"email": "key-of-budi"}}  # type: ignore[dict-item]
    made.hear(received())
    made.drain()
    (row,) = made.rows()
    made.hear(bounce(row["delivery_id"]))
    made.drain()
    (row,) = made.rows()
    assert (row["state"], row["reason"]) == ("failed", "dsn_5_1_1")
    made.hear(received("c2"))
    made.drain()
    assert [(row["state"], row["reason"]) for row in made.rows(complaint_id="c2")] == [("skipped", "suppressed")]


def test_a_way_that_is_refused_at_once_raises_the_alert_too(made: Bench, mail: FakeChannel) -> None:
    mail.usual = Outcome("failed", "refused_550")
    made.hear(routed())
    made.drain()
    with made.database.read() as connection:
        found = [(one["kind"], one["subject"], one["details"]["reason"]) for one in alerts.open_alerts(connection)]
    assert found == [("way_given_up", "email:DPUPR", "refused_550")]
