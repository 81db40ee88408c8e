"""Marks of what was erased: they unite, they keep out what comes later, and messages lose their words."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, select, update

from shared.contracts.complaint import ComplaintErased, ErasedPart
from shared.contracts.envelope import Codec, Envelope
from shared.erasing import AGAIN, Erasing
from shared.erasures import ErasureGuard, erase_messages, erasures_of, mark_erased, without_phrases
from shared.errors import Rejected, Transient
from shared.ids import new_id
from shared.messaging.consumer import Consumer, Retrier
from shared.messaging.handling import Handling, handle_alone
from shared.messaging.inbox import Attempt
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.message import Delivery
from shared.messaging.relay import Relay
from shared.messaging.tables import messaging_tables
from shared.messaging.topology import Topology, quorum_queue
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database, Transaction
from tests.support.clock import MovableClock
from tests.unit.shared.contract_samples import DECISION, EVENTS

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
RECEIVED, FOLLOWED, ROUTED = (EVENTS[f"complaint.{name}.v1"] for name in ("received", "followed", "routed"))
ID, FOLLOWER = RECEIVED.complaint_id, FOLLOWED.follower_id
TOPOLOGY = Topology((quorum_queue("keeper.hear.v1", "keeper", *(
    f"complaint.{name}.v1" for name in ("received", "followed", "routed", "erased")
)),))  # fmt: skip


class Keeper:
    """A service that remembers which facts it handled, and what it was to erase."""

    def __init__(self, database: Database) -> None:
        metadata = MetaData()
        self.tables = messaging_tables(metadata)
        metadata.create_all(database.engine)
        self.broker, self.clock = MemoryBroker(TOPOLOGY), MovableClock()
        self.handled: list[Any] = []
        self.erased: list[tuple[str, list[str]]] = []
        self.trouble: Callable[[Any], None] = lambda _event: None
        self.spine: Spine = build_spine(
            "keeper", self.tables, database=database, broker=self.broker, codec=Codec(Sealer(["k" * 40])),
            clock=self.clock, metrics=Metrics(), topology=TOPOLOGY,
        )  # fmt: skip
        self.erasing = Erasing(self.spine, self._erase)
        heard = dict.fromkeys(("complaint.received.v1", "complaint.followed.v1", "complaint.routed.v1"), self._keep)
        self.handling = Handling(
            "keeper", database, self.spine.inbox, self.spine.codec, heard | self.erasing.table(), self.clock,
            self.spine.metrics, ErasureGuard(self.tables, self._erase),
        )  # fmt: skip
        self.relay = Relay(
            self.spine.outbox, database, self.broker.publisher("keeper"), self.spine.bells, self.spine.metrics,
            self.clock,
        )  # fmt: skip
        self.consumer = Consumer(self.handling, self.broker, ["keeper.hear.v1"])

    def say(self, *events: Any) -> None:
        with self.spine.database.write() as tx:
            self.spine.outbox.say(tx, *events)
        self.relay.step()

    def mark(self, *parts: str, complaint_id: str = ID, reason: str = "request", at: datetime = AT) -> frozenset[str]:
        with self.spine.database.write() as tx:
            return mark_erased(tx, self.tables, complaint_id, parts, reason=reason, at=at)

    def erase(self, complaint_id: str = ID, joined: tuple[str, ...] = ()) -> int:
        with self.spine.database.write() as tx:
            return erase_messages(tx, self.tables, complaint_id, joined=joined)

    def rows(self, name: str) -> list[dict[str, Any]]:
        with self.spine.database.read() as connection:
            return [dict(row) for row in connection.execute(select(getattr(self.tables, name))).mappings()]

    def counted(self, outcome: str) -> float:
        counter: Any = self.spine.metrics.handled.labels("keeper", "keeper.hear.v1", outcome)
        return float(counter._value.get())

    def _keep(self, tx: Transaction, envelope: Envelope) -> None:
        self.trouble(envelope.event)
        self.handled.append(envelope.event)

    def _erase(self, _tx: Transaction, complaint_id: str, parts: frozenset[str]) -> None:
        self.erased.append((complaint_id, sorted(parts)))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    database = Database(f"sqlite:///{tmp_path / 'keeper.db'}")
    opened = Keeper(database)
    yield opened
    opened.consumer.close()
    opened.relay.close()
    database.close()


def erased(*parts: ErasedPart, complaint_id: str = ID) -> ComplaintErased:
    return ComplaintErased(
        complaint_id=complaint_id, ticket="CMH-0000-000A", parts=list(parts), reason="request", erased_at=AT
    )  # fmt: skip


def test_marks_unite_and_tell_what_is_new(keeper: Keeper) -> None:
    assert keeper.mark("contact") == {"contact"}
    assert keeper.mark("text", "contact", reason="retention", at=AT + timedelta(days=1)) == {"text"}
    assert keeper.mark("text", at=AT + timedelta(days=9)) == frozenset()
    with keeper.spine.database.read() as connection:
        found = erasures_of(connection, keeper.tables, [ID, "other"])
    assert {key: (one.parts, one.reason, one.erased_at) for key, one in found.items()} == {
        ID: (frozenset({"contact", "text"}), "retention", AT + timedelta(days=1))
    }


PARTS = st.sets(st.sampled_from(["contact", "text", "photos"]), min_size=1)
NUMBERS = itertools.count()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marks=st.lists(st.tuples(PARTS, st.integers(0, 9)), min_size=1, max_size=4))
def test_the_parts_add_up_and_the_moment_is_the_last_that_brought_one(
    keeper: Keeper, marks: list[tuple[set[str], int]]
) -> None:
    mine, seen, newest = f"c{next(NUMBERS)}", set[str](), -1
    for parts, day in marks:
        newest = max(newest, day) if parts - seen else newest
        assert keeper.mark(*parts, complaint_id=mine, at=AT + timedelta(days=day)) == parts - seen
        seen |= parts
    (row,) = (row for row in keeper.rows("erasures") if row["complaint_id"] == mine)
    assert (row["parts"], row["erased_at"]) == (sorted(seen), AT + timedelta(days=newest))


def test_words_that_come_after_their_erasing_are_closed_unheard_and_counted(keeper: Keeper) -> None:
    keeper.say(erased("text"), RECEIVED, ROUTED, erased("text", complaint_id="other"))
    keeper.consumer.step()
    assert keeper.handled == []
    assert [row["state"] for row in keeper.rows("inbox")] == ["done"] * 4
    assert keeper.counted("erased") == 2
    assert keeper.spine.outbox.backlog(keeper.spine.database) == 0


def test_what_stood_before_the_erasing_in_the_same_batch_is_handled(keeper: Keeper) -> None:
    keeper.say(RECEIVED, erased("text"), ROUTED)
    keeper.consumer.step()
    assert keeper.handled == [RECEIVED]


def test_a_fact_handled_alone_is_kept_out_too(keeper: Keeper) -> None:
    keeper.trouble = _fail_with(Transient("not now", retry_after_seconds=60))
    keeper.say(RECEIVED)
    for _ in range(2):
        keeper.consumer.step()
    keeper.mark("text")
    keeper.trouble = lambda _event: None
    keeper.clock.advance(61)
    Retrier(keeper.handling, keeper.spine.bells).step()
    assert (keeper.handled, [row["state"] for row in keeper.rows("inbox")]) == ([], ["done"])
    assert keeper.counted("erased") == 1


def test_the_words_of_one_who_joined_are_kept_out_for_that_one_only(keeper: Keeper) -> None:
    keeper.mark("text")
    keeper.say(FOLLOWED)
    keeper.consumer.step()
    assert keeper.handled == [FOLLOWED], "another's words"
    keeper.mark("text", complaint_id=FOLLOWER)
    keeper.say(FOLLOWED)
    keeper.consumer.step()
    assert keeper.handled == [FOLLOWED]


def test_another_part_is_erased_again_when_a_message_brings_it_back(keeper: Keeper) -> None:
    keeper.mark("contact")
    keeper.mark("photos", complaint_id=FOLLOWER)
    keeper.say(RECEIVED, FOLLOWED)
    keeper.consumer.step()
    assert keeper.handled == [RECEIVED, FOLLOWED]
    assert keeper.erased == [(ID, ["contact"]), (ID, ["contact"]), (FOLLOWER, ["photos"])]


def test_it_is_erased_when_heard_and_once_more_a_little_later(keeper: Keeper) -> None:
    keeper.say(erased("text"))
    keeper.mark("contact")
    keeper.consumer.step()
    assert keeper.erased == [(ID, ["text"])]
    run = partial(keeper.spine.timers.run_due, keeper.spine.database, keeper.erasing.timers())
    assert not run()
    keeper.clock.advance(AGAIN.total_seconds())
    assert run()
    assert not run()
    assert keeper.erased[1:] == [(ID, ["contact", "text"])]


def test_messages_lose_their_words_once_they_are_published(keeper: Keeper) -> None:
    keeper.say(RECEIVED, FOLLOWED, erased("text"))
    with keeper.spine.database.write() as tx:
        keeper.spine.outbox.say(tx, ROUTED)
        published = update(keeper.tables.outbox).where(keeper.tables.outbox.c.routing_key != ROUTED.TYPE)
        tx.execute(published.values(published_at=AT, last_error="siti@example.org"))
    assert keeper.erase() == 1
    found = {row["routing_key"]: (row["body"] == b"", row["last_error"]) for row in keeper.rows("outbox")}
    assert found == {
        "complaint.received.v1": (True, None), "complaint.routed.v1": (False, None),
        "complaint.followed.v1": (False, "siti@example.org"), "complaint.erased.v1": (False, "siti@example.org"),
    }  # fmt: skip
    assert keeper.erase(FOLLOWER) == 0
    assert keeper.erase(FOLLOWER, joined=(ID,)) == 1
    assert keeper.erase(FOLLOWER, joined=(ID,)) == 0


@pytest.mark.parametrize("state", ["retrying", "dead", "trying"])
def test_messages_that_wait_or_lie_dead_end_without_their_words(keeper: Keeper, state: str) -> None:
    if state != "trying":
        trouble = Rejected("siti@example.org") if state == "dead" else Transient("siti@example.org")
        keeper.trouble = _fail_with(trouble)
        keeper.say(RECEIVED, FOLLOWED)
        for _ in range(3):
            keeper.consumer.step()
    else:
        _begin(keeper, RECEIVED, FOLLOWED)
    assert [row["state"] for row in keeper.rows("inbox")] == [state] * 2
    assert keeper.erase() == (1 if state == "trying" else 2), "heard, and said"
    found = {row["type"]: row for row in keeper.rows("inbox")}
    gone, left = found["complaint.received.v1"], found["complaint.followed.v1"]
    assert (gone["state"], gone["error_code"], gone["body"], gone["last_error"]) == ("discarded", "erased", None, None)
    assert (left["state"], left["body"] is not None) == (state, True)
    assert keeper.erase(FOLLOWER) == 1
    assert {row["state"] for row in keeper.rows("inbox")} == {"discarded"}


def test_a_consumer_that_holds_a_message_meanwhile_loses_it(keeper: Keeper) -> None:
    (attempt,) = _begin(keeper, RECEIVED)
    keeper.erase()
    handle_alone(keeper.handling, attempt)
    assert keeper.rows("inbox")[0]["state"] == "discarded"
    assert keeper.counted("taken_over") == 1


def test_a_decision_keeps_what_is_no_phrase() -> None:
    decision: dict[str, Any] = {**DECISION}
    left = without_phrases(decision)
    assert left == decision | {"reasons": [{**decision["reasons"][0], "phrase": ""}]}
    assert without_phrases({"outcome": "triage"}) == {"outcome": "triage"}


def _begin(keeper: Keeper, *events: Any) -> list[Attempt]:
    attempts = []
    for event in events:
        body = keeper.spine.codec.encode(Envelope.of(event, source="test", time=AT))
        with keeper.spine.database.write() as tx:
            attempts.append(keeper.spine.inbox.begin(tx, Delivery("keeper.hear.v1", body, new_id(), False)))
    return [attempt for attempt in attempts if attempt is not None]


def _fail_with(error: Exception) -> Callable[[Any], None]:
    def fail(_event: Any) -> None:
        raise error

    return fail
