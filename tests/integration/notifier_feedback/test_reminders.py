"""An agency is told again of a case that nobody there has taken note of."""

from typing import Any

import pytest

from services.notifier.delivery import lane_of
from services.notifier.feedback import reminders
from services.notifier.feedback.reminders import Reminders
from tests.integration.notifier_feedback.world import World, acknowledged, hours


def notice(world: World, complaint_id: str = "c1", **changes: Any) -> str:
    """Planned as the planner does it, and come so far as `changes` say."""
    planned = world.plan(complaint_id, recipient=changes.pop("recipient", "DISHUB"))
    (made,) = world.store(planned)
    with world.database.write() as tx:
        reminders.watch(tx, world.spine, [planned], world.notifications)
    sent = {"state": "sent", "reason": "accepted", "finished_at": world.clock.now(), "lane": lane_of("email", "DISHUB")}
    world.change(made, **{**sent, **changes})
    return made


def run_due(world: World) -> int:
    number = 0
    while world.spine.timers.run_due(world.database, {reminders.KIND: Reminders(world.spine)}):
        number += 1
    return number


def reminded(world: World) -> list[dict[str, Any]]:
    return [row for row in world.rows("deliveries") if row["message"] == "case_reminder"]


def test_a_notice_that_nobody_acknowledged_is_sent_again_by_another_way(world: World) -> None:
    notice(world)
    world.clock.advance(hours(23.9))
    assert run_due(world) == 0
    world.clock.advance(hours(0.2))
    assert run_due(world) == 1
    (reminder,) = reminded(world)
    assert (reminder["recipient"], reminder["state"], reminder["channel"]) == ("DISHUB", "pending", "webhook")
    assert (list(reminder["gave_up"]), reminder["assignment"]) == (["email"], 1)
    assert reminder["data"]["text"] == "Jalan berlubang"
    world.clock.advance(hours(48))
    assert run_due(world) == 0, "once is enough"


def test_the_only_way_is_taken_again(world: World) -> None:
    notice(world, recipient="BPBD")
    world.clock.advance(hours(25))
    run_due(world)
    (reminder,) = reminded(world)
    assert (reminder["channel"], list(reminder["gave_up"])) == ("email", [])


@pytest.mark.parametrize("first", ["notice", "acknowledgement"])
def test_who_has_taken_note_is_not_reminded(world: World, first: str) -> None:
    """In whatever order the facts come."""
    if first == "notice":
        notice(world)
        world.hear(acknowledged(), acknowledged())
        assert world.rows("timers") == []
    else:
        world.hear(acknowledged())
        notice(world)
    world.clock.advance(hours(25))
    run_due(world)
    assert reminded(world) == []
    assert len(world.rows("acknowledgements")) == 1


def test_an_acknowledgement_of_an_earlier_assignment_does_not_count(world: World) -> None:
    notice(world)
    world.hear(acknowledged(assignment=2))
    world.clock.advance(hours(25))
    run_due(world)
    assert len(reminded(world)) == 1


def test_what_went_to_somebody_else_is_not_reminded(world: World) -> None:
    notice(world)
    world.store(world.plan(recipient="BPBD", assignment=2))
    world.clock.advance(hours(25))
    run_due(world)
    assert reminded(world) == []


def test_an_agency_that_wants_no_reminders_gets_none(world: World) -> None:
    notice(world)
    world.agency("DISHUB", {"email": "d@cimahi.example"}, revision=2, reminders=False)
    world.clock.advance(hours(25))
    run_due(world)
    assert reminded(world) == []


def test_a_notice_on_its_way_is_looked_at_again(world: World) -> None:
    made = notice(world, state="pending", finished_at=None)
    world.clock.advance(hours(25))
    assert run_due(world) == 1
    assert reminded(world) == []
    world.change(made, state="sent")
    world.clock.advance(hours(1.1))
    run_due(world)
    assert len(reminded(world)) == 1


def test_a_notice_that_was_cleared_ends_as_a_recorded_fact(world: World) -> None:
    notice(world, data={})
    world.clock.advance(hours(25))
    run_due(world)
    assert [(row["state"], row["reason"]) for row in reminded(world)] == [("skipped", "notice_cleared")]
    assert world.said() == [("none", "skipped")]


def test_a_notice_that_is_heard_of_again_keeps_its_clock(world: World) -> None:
    notice(world)
    world.clock.advance(hours(20))
    with world.database.write() as tx:
        reminders.watch(tx, world.spine, [world.plan()], world.notifications)
    world.clock.advance(hours(5))
    assert run_due(world) == 1


def test_a_burst_sets_its_clocks_by_one_statement(world: World) -> None:
    planned = [world.plan(f"c{number}") for number in range(200)]
    statements: list[str] = []
    with world.database.write() as tx:
        execute = tx.connection.execute
        tx.connection.execute = lambda *args, **more: statements.append(str(args[0])) or execute(*args, **more)  # type: ignore[method-assign]
        for one in planned:
            reminders.watch(tx, world.spine, [one], world.notifications)
        tx.flush()
    assert len(statements) == 1
    assert len(world.rows("timers")) == 200
