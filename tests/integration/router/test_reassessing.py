"""More was said: the rules are asked again, once for each addition, in whatever order facts are heard."""

from typing import Any

from services.router import tables
from services.router.handlers import RouterHandlers
from shared.contracts.complaint import ComplaintAdded, ComplaintReassessed, ComplaintRouted, ComplaintUnrouted
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from tests.integration.router.world import RECEIVED, RouterWorld, assigned, received


class Decides:
    """Rules for tests: the last word of the text names the agency, `?` is nobody's."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str, _place: Place, _beside: Any) -> Any:
        self.asked.append(text)
        agency = text.split()[-1]
        return _Decision(None if agency == "?" else agency)


class _Decision:
    def __init__(self, agency: str | None) -> None:
        self.agency = agency

    def as_dict(self) -> dict[str, Any]:
        outcome, reason = ("routed", "matched") if self.agency else ("triage", "no_match")
        return {
            "outcome": outcome, "reason": reason, "agency": self.agency, "also": [], "score": 3, "margin": 3,
            "reasons": [], "alternatives": [], "parts": [], "place": None, "ruleset": "r1",
        }  # fmt: skip


def added(number: int, text: str, count: int = 1) -> ComplaintAdded:
    about = received(number, text)
    return ComplaintAdded(
        complaint_id=about.complaint_id, ticket=about.ticket, revision=2, text=text, channel="sms", kind="pengaduan",
        identity="anonymous", received_at=RECEIVED, addition_id=f"a{number}.{count}", number=count, what="answer",
        addition=text, by_channel="sms", added_at=RECEIVED,
    )  # fmt: skip


def said(world: RouterWorld) -> list[Any]:
    bodies = [bytes(row["body"]) for row in world.rows(world.service.spine.tables.outbox)]
    return [world.service.spine.codec.decode(body).event for body in bodies]


def agencies(world: RouterWorld) -> tuple[str, str]:
    first, second = [row["code"] for row in world.rows(tables.agencies) if row["kind"] == "internal"][:2]
    return first, second


def test_an_addition_that_changes_their_mind_is_said_once(world: RouterWorld) -> None:
    one, two = agencies(world)
    decide = Decides()
    world.hear(decide, received(1, "tolong ?"), added(1, f"tolong {one}"), added(1, f"tolong {one}"))
    world.hear(decide, added(1, f"tolong {one} {one}", 2), added(1, f"tolong {one} {two}", 3))
    first, *again = said(world)
    assert isinstance(first, ComplaintUnrouted)
    assert [(fact.agency, fact.addition_id) for fact in again] == [(one, "a1.1"), (two, "a1.3")]
    assert all(isinstance(fact, ComplaintReassessed) for fact in again)
    assert len(world.rows(tables.reassessments)) == 3


def test_an_addition_that_comes_first_is_decided_on_and_the_complaint_afterwards_changes_nothing(
    world: RouterWorld,
) -> None:
    one, _ = agencies(world)
    world.hear(Decides(), added(1, f"tolong {one}"), received(1, "tolong ?"))
    (fact,) = said(world)
    assert isinstance(fact, ComplaintRouted)
    assert (fact.agency, fact.text) == (one, f"tolong {one}")


def test_both_in_one_transaction_are_one_decision_and_one_second_thought(world: RouterWorld) -> None:
    """The consumer handles a batch in one transaction, where the decision is not yet to be found by a query."""
    one, _ = agencies(world)
    handlers = RouterHandlers(world.service.spine, Decides())
    batch = [received(1, "tolong ?"), added(1, f"tolong {one}")]
    envelopes = [Envelope.of(event, source="test", time=world.clock.now()) for event in batch]
    with world.database.write() as tx:
        handlers.foresee(tx, envelopes)
        for envelope in envelopes:
            handlers.table()[envelope.type](tx, envelope)
    assert [type(fact) for fact in said(world)] == [ComplaintUnrouted, ComplaintReassessed]


def test_what_a_person_must_decide_is_suggested_without_an_agency_to_take_it(world: RouterWorld) -> None:
    external = next(row["code"] for row in world.rows(tables.agencies) if row["kind"] == "external")
    world.hear(Decides(), received(1, "tolong ?"), added(1, f"tolong {external}"))
    fact = said(world)[-1]
    assert isinstance(fact, ComplaintReassessed)
    assert (fact.agency, fact.decision["agency"]) == (None, external)


def test_an_assignment_by_the_rules_is_no_example_of_a_person(world: RouterWorld) -> None:
    world.hear(Decides(), assigned(1, "DLH", role="router"), assigned(2, "DLH"))
    assert [row["complaint_id"] for row in world.rows(tables.labels)] == ["c2"]
