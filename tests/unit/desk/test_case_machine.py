"""No sequence of facts, acts, repetitions and time leads a case out of its table, loses a step, or breaks a clock."""

import os
import tempfile
from collections import defaultdict
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.desk.app import build_deadlines
from services.desk.cases import contents, machine, timeline
from services.desk.cases.acting import Act, Ending, perform
from services.desk.cases.agency_acts import Answer, Ask, Close, GiveBack, Note, Resume, acknowledge
from services.desk.cases.by_itself import ByItself
from services.desk.cases.case import Case, Happening
from services.desk.cases.clocks import ClockActs
from services.desk.cases.coordinator_acts import Archive, Assign, Copy, Merge, Refer, Reopen, Split
from services.desk.cases.folding import folded
from services.desk.cases.rebuilding import Rebuilding, made_of
from services.desk.deadlines.escalation import Escalation
from services.desk.deadlines.keeping import TIMER
from services.desk.deadlines.repository import of_case
from services.desk.people.person import Person
from shared.contracts.complaint import ComplaintLapsed
from shared.errors import Refused
from tests.unit.desk.facts import RECEIVED, added, carried, routed, ticket, unrouted
from tests.unit.desk.world import PACK, World, open_world

NUMBERS = count(1000)
EXAMPLES = 400 if os.environ.get("TANGGAP_PROOF") == "long" else 20
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
AGENCIES = ("DISHUB", "DLH", "EXT_PLN")
PEOPLE = (
    COORDINATOR, Person("sekretaris", "Sekretaris", "secretary"), Person("auditor", "Auditor", "auditor"),
    *(Person(f"petugas.{code}", code, "officer", code) for code in AGENCIES),
    Person("kepala.DISHUB", "Kepala", "head", "DISHUB"),
)  # fmt: skip
DAYS = st.sampled_from([0.0, 0.2, 1, 3, 8, 20, 40])
REASONS = st.sampled_from(["", "sebabnya ini", "lain lagi"])


def acts(other: str) -> st.SearchStrategy[Act]:
    codes, until = st.sampled_from(AGENCIES), RECEIVED + timedelta(days=400)
    return st.one_of(
        st.builds(Answer, st.sampled_from(["Sudah diperbaiki.", "Menunggu alat.", " "]), st.booleans()),
        st.builds(Close, REASONS), st.builds(GiveBack, REASONS, st.sampled_from(["", *AGENCIES])),
        st.builds(Ask, st.sampled_from(["Di RT berapa?", ""]), st.just(until)), st.builds(Resume, REASONS),
        st.builds(Note, st.sampled_from(["sudah ditelepon", "besok dicek"])),
        st.builds(Assign, codes, REASONS, st.just("Cimahi Tengah"), st.just("Baros")),
        st.builds(Archive, st.sampled_from(["incomplete", "not_ours", "spam", "bosan"]), REASONS),
        st.builds(Merge, st.sampled_from([other, "CMH-0000-0000"]), REASONS),
        st.builds(Split, st.sampled_from(["Sampah menumpuk.", ""]), st.sampled_from(["", "DLH"])),
        st.builds(Copy, codes, REASONS), st.builds(Reopen, REASONS),
        st.builds(Refer, st.just("sp4n"), st.sampled_from(["9165816", "", "<b>"])),
    )  # fmt: skip


class CaseMachine(RuleBasedStateMachine):
    world: ClassVar[World]

    @initialize(opening=st.sampled_from([routed, unrouted]))
    def open(self, opening: Any) -> None:
        self.number, self.other = next(NUMBERS), next(NUMBERS)
        self.facts: list[Any] = [opening(self.number)]
        self.world.hear(unrouted(self.other), *self.facts)
        self.additions = count(1)
        self.entered = 1
        self.revision = 0

    @rule(again=st.randoms())
    def hear_again(self, again: Any) -> None:
        """At least once, in any order: nothing more comes of it."""
        before = self.case()
        self.world.hear(*again.sample(self.facts, len(self.facts)))
        assert self.case() == before

    @rule(maker=st.sampled_from([routed, unrouted]), revision=st.integers(2, 9), agency=st.sampled_from(AGENCIES))
    def hear_the_router(self, maker: Any, revision: int, agency: str) -> None:
        if any(getattr(fact, "revision", 0) == revision for fact in self.facts):
            return
        more = {"agency": agency} if maker is routed else {}
        self._hear(maker(self.number, revision=revision, **more))

    @rule(what=st.sampled_from(["addition", "answer", "not_solved", "late_part"]), late=st.booleans())
    def hear_the_citizen(self, what: str, late: bool) -> None:
        number = next(self.additions)
        at = self.world.clock.now() if not late else RECEIVED
        self._hear(added(self.number, count=number, what=what, added_at=at, addition_id=f"a{self.number}.{number}"))

    @rule()
    def hear_that_it_lapsed(self) -> None:
        if not any(isinstance(fact, ComplaintLapsed) for fact in self.facts):
            self._hear(ComplaintLapsed(**carried(self.number, 2), asked=["where"], lapsed_at=self.world.clock.now()))

    @rule(person=st.sampled_from(PEOPLE), data=st.data(), stale=st.sampled_from([0, 0, 0, 0, 1]))
    def act(self, person: Person, data: Any, stale: int) -> None:
        before, act = self.case(), data.draw(acts(ticket(self.other)))
        try:
            outcome = perform(self.world.register, person, before.ticket, before.revision - stale, act)
        except Refused:
            assert self.case() == before, "what is refused changes nothing"
            return
        if outcome is None or outcome.ending is Ending.CONFLICT:
            assert self.case() == before
            return
        again = perform(self.world.register, person, before.ticket, before.revision - stale, act)
        assert again is None or again.ending in (Ending.ALREADY_DONE, Ending.CONFLICT)
        assert outcome.ending is Ending.DONE or self.case() == before
        if outcome.ending is Ending.DONE and act.moves:
            assert outcome.case.revision > before.revision, "what others have open must be out of date"
        assert self.case() == outcome.case

    @rule(person=st.sampled_from(PEOPLE))
    def look(self, person: Person) -> None:
        before = self.case()
        after = acknowledge(self.world.register, person, before)
        assert after == self.case()
        assert after == before or (before.state, after.state) == ("forwarded", "in_progress")

    @rule(days=DAYS)
    def let_time_pass(self, days: float) -> None:
        self.world.clock.advance(days * 86_400)
        handlers = defaultdict(lambda: _ignore, {TIMER: self.escalation()})
        while self.world.service.spine.timers.run_due(self.world.database, handlers):
            pass

    @precondition(lambda self: self.case().text is not None)
    @rule()
    def delete_the_words(self) -> None:
        with self.world.database.write() as tx:
            tx.execute(contents.case_contents.delete().where(contents.case_contents.c.complaint_id == self.id))

    @invariant()
    def the_timeline_makes_the_case(self) -> None:
        case, events = self.case(), self.steps()
        made = made_of(events)
        assert made is not None
        differing = Rebuilding(self.world.database, build_deadlines(self.world.service.spine, PACK))
        assert [one for batch in differing.compare(ticket=case.ticket) for one in batch.differences] == []
        assert [event.seq for event in events] == list(range(1, case.steps + 1)), "a step was lost"
        assert case.steps == sum(case.counts.values())
        assert case.steps >= self.entered
        assert case.revision >= self.revision
        self.entered, self.revision = case.steps, case.revision

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        case: Case | None = None
        for event in self.steps():
            after = folded(case, event)
            assert after.state in machine.STATES
            if case is not None and event.act not in machine.OPENINGS:
                assert after.state in machine.MOVES[event.act][case.state]
            case = after

    @invariant()
    def the_clocks_are_whole(self) -> None:
        case = self.case()
        with self.world.database.read() as connection:
            clocks = of_case(connection, self.id)
        active = [clock for clock in clocks if clock.is_active]
        assert len({clock.name for clock in active}) == len(active), "two clocks of one name run"
        assert all(clock.started_at <= clock.due_at for clock in clocks)
        if case.state in machine.SETTLED:
            assert active == []
        working = [clock.due_at for clock in active if clock.name in ("forward", "respond", "settle")]
        running = [clock.due_at for clock in active if clock.state == "running" and clock.due_at in working]
        assert case.due_at == min(running, default=None)
        for one, two in pairwise(sorted((clock for clock in clocks if clock.name == "settle"), key=lambda c: c.number)):
            assert one.ended_at is not None
            assert one.ended_at <= two.started_at

    @property
    def id(self) -> str:
        return f"c{self.number}"

    def case(self) -> Case:
        return self.world.case(self.number)

    def steps(self) -> list[Happening]:
        with self.world.database.read() as connection:
            lines = timeline.of_case(connection, self.id)
        return sorted((line for line in lines if line.seq), key=lambda line: line.seq)

    def escalation(self) -> Escalation:
        register = self.world.register
        deadlines = build_deadlines(self.world.service.spine, PACK)
        return Escalation(deadlines, ClockActs(ByItself(register), PACK.deadlines.coordination))

    def _hear(self, fact: Any) -> None:
        self.facts.append(fact)
        self.world.hear(fact)


def _ignore(_tx: Any, _timer: Any) -> None:
    """Other timers of the desk."""


@pytest.mark.parametrize("examples", [EXAMPLES])
def test_whatever_happens_a_case_stays_within_its_table_and_its_timeline_makes_it(examples: int) -> None:
    with tempfile.TemporaryDirectory() as folder, open_world(f"sqlite:///{folder}/desk.db", Path(folder)) as world:
        CaseMachine.world = world
        test = CaseMachine.TestCase
        test.settings = settings(max_examples=examples, stateful_step_count=25, deadline=None)
        test().runTest()
