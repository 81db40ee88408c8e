"""Cases that are given back, asked about, archived, merged, split, copied and opened again: what is said and kept."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.desk import repository as cases
from services.desk.app import build_deadlines
from services.desk.cases import contents, timeline
from services.desk.cases.acting import Act, Ending, Outcome, perform
from services.desk.cases.agency_acts import Answer, Ask, GiveBack, Note, Resume, acknowledge
from services.desk.cases.by_itself import ByItself
from services.desk.cases.clocks import ClockActs
from services.desk.cases.coordinator_acts import Archive, Assign, Copy, Merge, Refer, Reopen, Split
from services.desk.deadlines.escalation import Escalation
from services.desk.deadlines.keeping import TIMER
from services.desk.people.person import Person
from shared.contracts.case import (
    CaseArchived,
    CaseAsked,
    CaseAssigned,
    CaseClosed,
    CaseCopied,
    CaseEscalated,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSplit,
    CaseWithdrawn,
)
from shared.contracts.complaint import ComplaintLapsed
from shared.errors import Refused
from tests.unit.desk.facts import RECEIVED, added, carried, routed, ticket, unrouted
from tests.unit.desk.world import PACK, World

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
LATE = RECEIVED + timedelta(days=400)


def act(world: World, wanted: Act, person: Person = COORDINATOR, number: int = 1) -> Outcome:
    outcome = perform(world.register, person, ticket(number), world.case(number).revision, wanted)
    assert outcome is not None
    return outcome


def refused(world: World, wanted: Act, person: Person = COORDINATOR, number: int = 1) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        act(world, wanted, person, number)
    return dict(caught.value.fields or {})


def only(world: World, type_: Any) -> Any:
    (said,) = world.said(type_.TYPE)
    return said


def let_pass(world: World, days: float) -> None:
    world.clock.advance(days * 86_400)
    deadlines = build_deadlines(world.service.spine, PACK)
    acts = ClockActs(ByItself(world.register), PACK.deadlines.coordination)
    handlers = defaultdict(lambda: _ignore, {TIMER: Escalation(deadlines, acts)})
    while world.service.spine.timers.run_due(world.database, handlers):
        pass


def let_offices_open(world: World) -> None:
    """Four days in steps that no morning fits between, at whatever time of the day the test runs."""
    for _ in range(32):
        let_pass(world, 0.125)


def _ignore(_tx: Any, _timer: Any) -> None:
    """Other timers of the desk."""


def test_what_an_agency_gives_back_waits_for_a_coordinator_with_whom_it_names(world: World) -> None:
    world.hear(routed())
    assert "reason" in refused(world, GiveBack(""), OFFICER)
    assert "suggested" in refused(world, GiveBack("bukan kami", "DISHUB"), OFFICER)
    case = act(world, GiveBack("jalan provinsi", "DPUPR"), OFFICER).case
    assert (case.state, case.agency, case.reason) == ("triage", None, "returned")
    assert (case.suggested, case.declined) == ("DPUPR", ("DISHUB",))
    said = only(world, CaseReturned)
    assert (said.agency, said.assignment, said.reason, said.suggested) == ("DISHUB", 1, "jalan provinsi", "DPUPR")
    assert perform(world.register, OFFICER, ticket(1), case.revision, Note("?")) is None, "no longer theirs"
    act(world, Assign("DPUPR", "setuju"))
    assert (world.case().assignment, world.case().ticket) == (2, ticket(1)), "number and history stay"


def test_the_rules_never_offer_an_agency_that_returned_it(world: World) -> None:
    world.hear(routed())
    assert world.case().suggested == "DISHUB"
    assert act(world, GiveBack("bukan kami"), OFFICER).case.suggested == "DPUPR", "the next candidate of the rules"


def test_a_question_stops_the_clock_until_the_citizen_answers(world: World) -> None:
    world.hear(routed())
    assert "question" in refused(world, Ask(" ", LATE), OFFICER)
    waiting = act(world, Ask("Di RT berapa?", LATE), OFFICER).case
    assert (waiting.state, waiting.resume, waiting.due_at) == ("waiting", "in_progress", None)
    asked = only(world, CaseAsked)
    assert (asked.question, asked.number, asked.until) == ("Di RT berapa?", 1, LATE)
    world.hear(added(text="RT 05", what="answer", added_at=world.clock.now()))
    assert (world.case().state, world.case().due_at is not None) == ("in_progress", True)
    assert only(world, CaseResumed).state == "in_progress"
    world.hear(added(text="RT 05", what="answer", added_at=world.clock.now()))
    assert len(world.said(CaseResumed.TYPE)) == 1, "the same addition again"


def test_what_was_said_before_the_question_answers_nothing(world: World) -> None:
    world.hear(routed())
    act(world, Ask("Di RT berapa?", LATE), OFFICER)
    world.hear(added(added_at=world.clock.now() - timedelta(hours=1)))
    assert world.case().state == "waiting"
    assert act(world, Resume("sudah ditemukan di lapangan"), OFFICER).case.state == "in_progress"


def test_nobody_can_be_asked_who_left_no_way_to_answer(world: World) -> None:
    world.hear(routed(channel="sms", contact_ref=None))
    assert "question" in refused(world, Ask("Di mana?", LATE), OFFICER)


def test_a_question_that_nobody_answers_ends_as_withdrawn(world: World) -> None:
    world.hear(routed())
    act(world, Ask("Di RT berapa?", LATE), OFFICER)
    let_pass(world, 29)
    assert world.case().state == "waiting"
    let_pass(world, 3)
    assert (world.case().state, only(world, CaseWithdrawn).number) == ("withdrawn", 1)
    world.hear(added(text="", what="not_solved", added_at=world.clock.now()))
    assert (world.case().state, world.case().agency) == ("triage", None), "a coordinator looks at it again"


def test_a_receipt_that_nobody_completed_ends_what_nobody_had_taken(world: World) -> None:
    world.hear(unrouted(1), routed(2))
    for number in (1, 2):
        world.hear(ComplaintLapsed(**carried(number, 3), asked=["where"], lapsed_at=world.clock.now()))
    assert (world.case(1).state, world.case(2).state) == ("withdrawn", "forwarded")
    assert only(world, CaseWithdrawn).complaint_id == "c1"


def test_archiving_tells_the_citizen_why_but_for_spam(world: World) -> None:
    world.hear(unrouted(1), unrouted(2))
    assert set(refused(world, Archive("bosan", ""))) == {"why", "reason"}
    act(world, Archive("not_ours", "Jalan tol dikelola badan usaha jalan tol."))
    said = only(world, CaseArchived)
    assert (said.why, said.reason, said.number) == ("not_ours", "Jalan tol dikelola badan usaha jalan tol.", 1)
    assert act(world, Archive("spam", ""), number=2).case.archived_why == "spam"
    assert "state" in refused(world, Archive("spam", ""), number=2)
    assert act(world, Reopen("salah tekan"), number=2).case.state == "triage"
    assert (only(world, CaseReopened).role, world.case(2).archived_why) == ("coordinator", "")


def test_a_duplicate_follows_the_other_to_the_end(world: World) -> None:
    world.hear(routed(1), unrouted(2), unrouted(3), routed(4, identity="confidential"))
    assert "into" in refused(world, Merge("CMH-9999-9999"), number=2)
    assert "into" in refused(world, Merge(ticket(2)), number=2)
    assert "into" in refused(world, Merge(ticket(4)), number=2)
    merged = act(world, Merge(ticket(1), "tiang yang sama"), number=2).case
    assert (merged.state, merged.archived_why, merged.joined_ticket) == ("archived", "duplicate", ticket(1))
    assert only(world, CaseMerged).into == "c1"
    assert act(world, Merge(ticket(2)), number=3).case.joined_ticket == ticket(1)
    assert "into" in refused(world, Merge(ticket(3)), number=1), "no circle"


def test_a_part_that_was_split_off_goes_where_the_coordinator_wanted_it(world: World) -> None:
    world.hear(unrouted())
    assert set(refused(world, Split(" ", "NICHTS"))) == {"part", "agency"}
    act(world, Split("Sampah menumpuk di samping pasar.", "DLH"))
    said = only(world, CaseSplit)
    assert (said.part, said.agency, said.number) == ("Sampah menumpuk di samping pasar.", "DLH", 1)
    refs = {"split_from": ticket(1), "split_part": said.part_id}
    world.hear(unrouted(9, external_refs=refs))
    assert (world.case(9).state, world.case(9).agency) == ("forwarded", "DLH")
    world.hear(routed(9, revision=5, external_refs=refs), unrouted(9, external_refs=refs))
    assert world.case(9).agency == "DLH"
    assert len(world.said(CaseAssigned.TYPE)) == 1
    assert world.case().state == "triage", "what is left is still to be decided"


def test_the_same_form_splits_once_and_every_part_has_a_revision_of_its_own(world: World) -> None:
    world.hear(routed())
    first, before = Split("Sampah menumpuk di samping pasar.", "DLH"), world.case().revision
    endings = [perform(world.register, COORDINATOR, ticket(1), before, first) for _ in range(2)]
    assert [one and one.ending for one in endings] == [Ending.DONE, Ending.ALREADY_DONE]
    act(world, Split("Selokan mampat."))
    assert [said.revision for said in world.said(CaseSplit.TYPE)] == [before + 1, before + 2]


def test_a_copy_is_seen_and_not_owned(world: World) -> None:
    world.hear(routed())
    assert set(refused(world, Copy("DISHUB", ""))) == {"copy", "reason"}
    assert act(world, Copy("DLH", "pohonnya milik DLH")).ending is Ending.DONE
    assert act(world, Copy("DLH", "pohonnya milik DLH")).ending is Ending.ALREADY_DONE
    assert (only(world, CaseCopied).agency, only(world, CaseCopied).in_charge) == ("DLH", "DISHUB")
    with world.database.read() as connection:
        assert cases.copies_of(connection, "c1") == ["DLH"]
    other = Person("petugas.dlh", "Petugas", "officer", "DLH")
    assert perform(world.register, other, ticket(1), 2, Answer("kami jawab")) is None
    assert acknowledge(world.register, other, world.case()).state == "forwarded"


def test_a_body_outside_the_city_stops_the_clock(world: World) -> None:
    world.hear(unrouted())
    assert world.case().due_at is not None
    case = act(world, Assign("EXT_PLN", "kabel milik PLN")).case
    assert (case.state, case.agency, case.due_at) == ("referred", "EXT_PLN", None)


def test_a_case_is_opened_again_where_it_was_worked_on(world: World) -> None:
    world.hear(routed())
    act(world, Answer("Sudah diganti.", close=True), OFFICER)
    assert set(refused(world, Reopen(""))) == {"reason"}
    assert act(world, Reopen("warga menelepon")).case.state == "in_progress"
    assert (only(world, CaseReopened).agency, only(world, CaseReopened).number) == ("DISHUB", 1)


def test_an_answer_without_a_reply_closes_by_itself(world: World) -> None:
    world.hear(routed())
    act(world, Answer("Sudah diganti."), OFFICER)
    let_pass(world, 8)
    assert world.case().state == "answered"
    let_pass(world, 20)
    closed = only(world, CaseClosed)
    assert (world.case().state, closed.role, closed.reason) == ("closed", "system", "")


def test_what_nobody_takes_climbs_the_ladder_once(world: World) -> None:
    world.hear(routed(1), unrouted(2))
    let_pass(world, 40)
    let_offices_open(world)
    rungs = [(one.complaint_id, one.clock, one.step) for one in world.said(CaseEscalated.TYPE)]
    assert len(rungs) == len(set(rungs))
    assert {one.rung for one in world.said(CaseEscalated.TYPE)} >= {"officer", "head", "coordinator", "secretary"}
    above = [one for one in world.said(CaseEscalated.TYPE) if one.rung in ("coordinator", "secretary")]
    assert {one.tell for one in above} == {PACK.deadlines.coordination}
    assert {one.complaint_id for one in above} == {"c1", "c2"}, "also what nobody has taken"
    assert world.case(1).rung >= 4
    before = len(rungs)
    let_offices_open(world)
    assert len(world.said(CaseEscalated.TYPE)) == before


def test_notes_and_numbers_leave_forms_of_others_valid(world: World) -> None:
    world.hear(routed())
    assert act(world, Note("sudah ditelepon"), OFFICER).case.revision == 2
    assert act(world, Refer("sp4n", "9165816")).case.external_refs == {"sp4n": "9165816"}
    assert "reference" in refused(world, Refer("sp4n", "<b>"))
    assert act(world, Refer("sp4n", "")).case.external_refs == {}
    with world.database.read() as connection:
        (note,) = contents.of_case(connection, "c1").of(contents.NOTE)
        lines = timeline.of_case(connection, "c1")
    assert (note.text, note.about["by"]) == ("sudah ditelepon", "petugas.dishub")
    assert "sudah ditelepon" not in str([replace(line) for line in lines]), "words lie where they can be deleted"
