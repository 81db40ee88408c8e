"""What an operator is to see to, and what lifts by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifier.feedback import alerts, suppressions
from services.notifier.feedback.suppressions import Act
from services.notifier.feedback.watch import Destination, Watch
from tests.integration.notifier_feedback.world import DISHUB, World, bounce, hours, report

ME = Act("operator", "operator", "sudah dicek")


@dataclass(frozen=True)
class Away:
    key: str
    since: datetime


def watch(world: World, away: list[Away] | None = None, old: dict[str, dict[str, int]] | None = None) -> Watch:
    found: list[Destination] = list(away or [])
    queues = None if old is None else lambda: old
    return Watch(world.database, world.clock, world.spine.metrics, lambda: found, queues)


def gauge(world: World, kind: str) -> float | None:
    return world.spine.metrics.registry.get_sample_value("tanggap_alerts_open", {"kind": kind})


def test_a_mailbox_whose_mails_come_back_or_are_answered_by_machines_raises_one_alert(world: World) -> None:
    deliveries = [world.sent(f"c{number}", recipient="BPBD") for number in range(5)]
    world.hear(report(deliveries[0]), report(deliveries[1], "delivered", "auto_reply"))
    assert "mailbox_failing BPBD" not in world.open_alerts()
    world.hear(report(deliveries[1], "delivered", "auto_reply"))
    assert "mailbox_failing BPBD" not in world.open_alerts(), "the same mail counts once"
    world.hear(report(deliveries[2], "delivered", "auto_reply"))
    assert world.open_alerts()["mailbox_failing BPBD"] == 3
    world.hear(report(deliveries[3]))
    assert world.open_alerts()["mailbox_failing BPBD"] == 4


def test_what_came_back_long_ago_no_longer_counts(world: World) -> None:
    for number in range(3):
        world.hear(report(world.sent(f"c{number}", recipient="BPBD"), "delivered", "auto_reply"))
        world.clock.advance(hours(24 * 4))
    assert world.open_alerts() == {}


def test_a_person_clears_an_alert_once_and_it_is_recorded(world: World) -> None:
    world.hear(report(world.sent(recipient="BPBD")))
    (alert,) = world.rows("alerts")
    for expected in (True, False):
        with world.database.write() as tx:
            assert alerts.clear(tx, alert["alert_id"], ME, world.clock.now()) is expected
    assert world.open_alerts() == {}
    (act,) = world.rows("audit")
    assert (act["act"], act["actor"], act["reason"]) == ("alert.clear", "operator", "sudah dicek")
    world.hear(report(world.sent("c2", recipient="BPBD")))
    assert world.open_alerts() == {"way_given_up email:BPBD": 1}, "it may come again"


def test_an_alert_is_cleared_by_the_next_message_that_gets_through(world: World) -> None:
    world.hear(report(world.sent()))
    world.sent("c2", recipient="BPBD")
    world.clock.advance(5)
    watch(world).look()
    assert gauge(world, "way_given_up") == 1, "another agency's message proves nothing"
    world.sent("c3")
    watch(world).look()
    assert (world.open_alerts(), gauge(world, "way_given_up")) == ({}, 0)


def test_a_failing_mailbox_works_again_when_a_mail_has_not_come_back_for_a_day(world: World) -> None:
    for number in range(3):
        world.hear(report(world.sent(f"c{number}"), "delivered", "auto_reply"))
    world.clock.advance(5)
    world.sent("c4")
    watch(world).look()
    assert "mailbox_failing DISHUB" in world.open_alerts()
    world.clock.advance(hours(25))
    watch(world).look()
    assert world.open_alerts() == {}


def test_a_destination_that_is_away_for_long_is_told_and_untold(world: World) -> None:
    now = world.clock.now()
    away = [Away("webhook:DISHUB", now - timedelta(minutes=25)), Away("sms", now - timedelta(minutes=5))]
    for _ in range(2):
        watch(world, away).look()
    assert world.open_alerts() == {"destination_away webhook:DISHUB": 25}
    assert gauge(world, "destination_away") == 1
    watch(world).look()
    assert world.open_alerts(), "silence alone proves nothing"
    world.sent("c9", channel="webhook")
    watch(world).look()
    assert world.open_alerts() == {}


def test_what_waits_and_what_is_away_are_gauges(world: World) -> None:
    world.sent("c1")
    for number in range(3):
        world.store(world.plan(f"w{number}"))
    world.store(world.plan("s1", recipient="citizen", channel="sms"))
    watch(world, [Away("sms", world.clock.now())]).look()
    sample = world.spine.metrics.registry.get_sample_value
    waiting = {
        channel: sample("tanggap_deliveries_waiting", {"channel": channel}) for channel in ("email", "sms", "any")
    }
    assert waiting == {"email": 3, "sms": 1, "any": 0}
    assert sample("tanggap_destinations_open") == 1


def test_an_agency_s_queue_that_nobody_empties(world: World) -> None:
    watch(world).look_at_queues()
    watch(world, old={"DISHUB": {"waiting": 42, "minutes": 180, "consumers": 0}}).look_at_queues()
    assert world.open_alerts() == {"agency_queue_old DISHUB": 42}
    watch(world).look()
    assert world.open_alerts() == {"agency_queue_old DISHUB": 42}
    watch(world, old={}).look_at_queues()
    assert world.open_alerts() == {}


def test_an_address_is_lifted_by_a_person_or_by_a_new_address(world: World) -> None:
    world.hear(bounce(world.sent()), bounce(world.sent("c2", recipient="BPBD")))
    assert world.suppressed() == {("email", "DISHUB"), ("email", "BPBD")}
    with world.database.write() as tx:
        assert suppressions.lift(tx, "email", "BPBD", ME, world.clock.now())
        assert not suppressions.lift(tx, "email", "BPBD", ME, world.clock.now())
        same = suppressions.lift_where_changed(tx, "DISHUB", 2, {**DISHUB, "sms": "+62811"}, world.clock.now())
        old = suppressions.lift_where_changed(tx, "DISHUB", 1, {"email": "neu@dishub.example"}, world.clock.now())
        assert (same, old) == ([], [])
        new = suppressions.lift_where_changed(tx, "DISHUB", 2, {"email": "baru@dishub.example"}, world.clock.now())
        assert new == ["email"]
    assert world.suppressed() == set()
    assert [row["actor"] for row in world.rows("audit")] == ["operator", "system"]
