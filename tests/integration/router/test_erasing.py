"""What was erased leaves the router; where it went and how surely stays, and nobody learns from it any more."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from services.router.erasing import Eraser
from services.router.handlers import RouterHandlers
from services.router.repository_labels import count_recent, labelled_cases, recent_complaints
from services.router.tables import decisions, messaging, metadata, reassessments
from shared.contracts.complaint import ComplaintAdded, ComplaintErased, ErasedPart
from shared.contracts.envelope import Envelope
from shared.erasing import Erasing
from shared.erasures import ErasureGuard
from shared.messaging.handling import Handling
from tests.integration.router.world import RECEIVED, RouterWorld, assigned, received

WORD = "bandrek"
TEXT = f"pju mati dekat {WORD}"


def hear(world: RouterWorld, *events: Any) -> list[str]:
    """Each with its outcome, in a transaction of its own."""
    spine, process = world.service.spine, world.process()
    process.load()
    erasing = Erasing(spine, Eraser(spine).erase)
    table = RouterHandlers(spine, process).table() | erasing.table()
    guard = ErasureGuard(spine.tables, erasing.erase)
    handling = Handling("router", spine.database, spine.inbox, spine.codec, table, spine.clock, spine.metrics, guard)
    outcomes = []
    for event in events:
        with world.database.write() as tx:
            envelope = Envelope.of(event, source="test", time=world.clock.now())
            guard.look_up(tx, [envelope])
            outcomes.append(handling.handle(tx, envelope, handling.handler_for(envelope)))
    return outcomes


def erased(*parts: ErasedPart) -> ComplaintErased:
    return ComplaintErased(
        complaint_id="c1", ticket="CTH-0001", parts=list(parts), reason="retention", erased_at=RECEIVED
    )  # fmt: skip


def added() -> ComplaintAdded:
    about = received(1, TEXT)
    return ComplaintAdded(
        complaint_id=about.complaint_id, ticket=about.ticket, revision=2, text=f"{TEXT} lagi", channel="sms",
        kind="pengaduan", identity="anonymous", received_at=RECEIVED, addition_id="a1", number=1, what="addition",
        addition="lagi", by_channel="sms", added_at=RECEIVED,
    )  # fmt: skip


def kept(world: RouterWorld) -> str:
    codec, found = world.service.spine.codec, []
    for table in metadata.sorted_tables:
        for row in world.rows(table):
            body = row.get("body")
            found.append({**row, "body": codec.decode(bytes(body)) if body else None})
    return str(found)


def test_no_word_is_left_and_the_decision_stays(world: RouterWorld) -> None:
    hear(world, received(1, TEXT), added(), received(2, "surat hilang"), assigned(1, "LAMPU"))
    with world.database.write() as tx:
        tx.execute(update(messaging.outbox).values(published_at=world.clock.now()))
    before = {row["complaint_id"]: row for row in world.rows(decisions)}["c1"]
    assert before["decision"]["reasons"]
    assert WORD in kept(world)
    for _ in range(2):
        hear(world, erased("text"))
    assert WORD not in kept(world)
    assert "pju" not in str(world.rows(decisions)) + str(world.rows(reassessments))
    after = {row["complaint_id"]: row for row in world.rows(decisions)}["c1"]
    assert after["decision"]["reasons"] == [{**one, "phrase": ""} for one in before["decision"]["reasons"]]
    same = ("ticket", "outcome", "reason", "agency", "ruleset", "decided_at", "channel", "kind")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_nobody_learns_from_it_and_no_rules_are_tried_on_it(world: RouterWorld) -> None:
    hear(world, received(1, TEXT), received(2, "surat hilang"), assigned(1, "LAMPU"), erased("text"))
    since = RECEIVED - timedelta(days=1)
    with world.database.read() as connection:
        assert labelled_cases(connection, since) == []
        assert [one.id for one in recent_complaints(connection, since, 10)] == ["CTH-0002"]
        assert count_recent(connection, since) == 1


def test_what_comes_after_it_was_erased_is_closed_unheard(world: RouterWorld) -> None:
    assert hear(world, erased("contact", "text"), received(1, TEXT), added()) == ["done", "erased", "erased"]
    assert world.rows(decisions) + world.rows(reassessments) == []
    assert hear(world, received(2, "surat hilang")) == ["done"]


def test_without_its_text_nothing_of_the_router_is_concerned(world: RouterWorld) -> None:
    hear(world, received(1, TEXT))
    before = world.rows(decisions)
    hear(world, erased("contact", "photos"))
    assert world.rows(decisions) == before
