"""What a city's days of keeping are over for goes, whatever runs beside it; what is going on stays."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import tables
from services.intake.privacy import purging, repository_due
from services.intake.privacy.purging import AT_ONCE, EVERY, TIMER
from shared.city_retention import (
    CONTACT,
    KINDS,
    MAILS,
    PHOTOS,
    TEXT,
    UNSETTLED,
    USUAL_RETENTION,
    CityRetention,
    RetentionRule,
)
from shared.contracts.case import CaseMerged, CaseReopened
from tests.integration.answering import about, closed, hear, settle
from tests.integration.privacy.world import (
    EMAIL,
    WORD,
    ended,
    erased_facts,
    published,
    purge,
    submitted,
    traces,
    whole_complaint,
)
from tests.unit.intake.building import HeldClock
from tests.unit.intake.mail_building import MailWorld

BEGIN = HeldClock().moment
FOR_EVER = CityRetention(tuple(RetentionRule(kind, None) for kind in KINDS))


def days(**changed: int | None) -> CityRetention:
    return CityRetention(tuple(replace(rule, days=changed.get(rule.kind, rule.days)) for rule in FOR_EVER.rules))


def numbers(built: MailWorld, retention: CityRetention = USUAL_RETENTION) -> dict[str, int]:
    return {one.kind: one.number for one in purge(built, retention).overview().kinds if one.number}


def many(built: MailWorld, number: int) -> list[str]:
    """Closed ones with a contact each."""
    receipts = [built.door.accept(submitted(f"Lampu {one} padam.", provider_id=f"m{one}")) for one in range(number)]
    for receipt in receipts:
        settle(built, receipt.complaint_id)
    published(built)
    return [receipt.complaint_id for receipt in receipts]


def test_each_kind_goes_when_its_days_are_over_and_what_is_shown_is_what_goes(built: MailWorld) -> None:
    receipt = whole_complaint(built)
    closed_at = built.clock.now()
    for kind in (MAILS, CONTACT, PHOTOS, TEXT):
        span = timedelta(days=USUAL_RETENTION.rule(kind).days or 0)
        built.clock.moment = closed_at + span
        assert numbers(built) == {}, "to the moment"
        assert purge(built).run() == {}
        built.clock.moment += timedelta(seconds=1)
        assert numbers(built) == {kind: 1}
        overview = purge(built).overview()
        assert [one.oldest for one in overview.kinds if one.number] == [closed_at]
        assert purge(built).run() == {kind: 1}
        assert numbers(built) == {}
        published(built)
    built.parts.purge.erasing.files.remove()
    with built.database.write() as tx:
        built.parts.purge.erasing.remove(tx, receipt.complaint_id, [TEXT])
    assert traces(built) == []
    assert [fact.parts for fact in erased_facts(built)] == [["contact"], ["photos"], ["text"]]


def test_what_is_going_on_stays_for_ever(built: MailWorld) -> None:
    receipt = built.door.accept(submitted())
    built.clock.moment += timedelta(days=20_000)
    assert numbers(built) == {}
    assert purge(built).overview().unended == 1
    assert purge(built).run() == {}
    assert ended(built, receipt.complaint_id)["text"] == f"Jalan {WORD} di Cibeber."


def test_days_begin_anew_for_what_was_opened_and_closed_again(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    first = small.clock.now()
    small.clock.moment += timedelta(days=300)
    facts = about(small, receipt.complaint_id, 9)
    again = CaseReopened(
        **facts, number=1, agency="DISHUB", reason="", role="coordinator", reopened_at=small.clock.now()
    )
    hear(small, again)
    small.clock.moment = first + timedelta(days=400)
    assert numbers(small, days(contact=365)) == {}
    settle_again = small.clock.now()
    hear(small, closed(small, receipt.complaint_id, revision=10, number=2))
    small.clock.moment = settle_again + timedelta(days=366)
    assert numbers(small, days(contact=365)) == {CONTACT: 1}


def test_one_that_follows_another_ends_with_it(built: MailWorld) -> None:
    first, second, third = (built.door.accept(submitted(provider_id=f"m{one}")) for one in range(3))
    for number, (own, into) in enumerate(((first, second), (second, third))):
        facts = about(built, own.complaint_id, 2 + number)
        del facts["assignment"]
        merged = CaseMerged(
            **facts, into=into.complaint_id, into_ticket=into.ticket, reason="", merged_at=built.clock.now()
        )
        hear(built, merged)
    built.clock.moment += timedelta(days=1000)
    assert numbers(built, days(contact=365)) == {}
    settle(built, third.complaint_id)
    built.clock.moment += timedelta(days=366)
    assert numbers(built, days(contact=365)) == {CONTACT: 3}
    assert purge(built, days(contact=365)).run() == {CONTACT: 3}
    assert built.rows(tables.contacts) == []


def test_a_case_that_is_opened_between_looking_and_removing_stays(small: MailWorld) -> None:
    (own,) = many(small, 1)
    small.clock.moment += timedelta(days=366)
    before = small.clock.now() - timedelta(days=365)
    source = next(one for one in purging.sources(small.parts.purge.erasing) if one.kind == CONTACT)
    with small.database.read() as connection:
        assert source.find(connection, before, 10) == [own]
    with small.database.write() as tx:
        tx.execute(tables.complaints.update().values(status="in_progress"))
    with small.database.write() as tx:
        assert source.remove(tx, [own], before) == 0
    assert len(small.rows(tables.contacts)) == 1


def test_a_second_purge_beside_it_removes_each_once(built: MailWorld) -> None:
    many(built, AT_ONCE + 3)
    built.clock.moment += timedelta(days=366)
    done: list[dict[str, int]] = []
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        done.append(purge(built, days(contact=365)).run())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.get(CONTACT, 0) for one in done) == AT_ONCE + 3
    assert len(erased_facts(built)) == AT_ONCE + 3
    assert built.rows(tables.contacts) == []


def test_it_can_be_stopped_and_goes_on(small: MailWorld) -> None:
    many(small, AT_ONCE + 5)
    small.clock.moment += timedelta(days=366)

    def stop(_kind: str, _number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(small, days(contact=365)).run(progress=stop)
    assert len(small.rows(tables.contacts)) == 5
    assert purge(small, days(contact=365)).run(2) == {CONTACT: 2}
    assert purge(small, days(contact=365)).run() == {CONTACT: 3}


def test_the_running_intake_does_it_by_itself_a_piece_at_a_time(small: MailWorld) -> None:
    many(small, AT_ONCE + 5)
    small.clock.moment += timedelta(days=366)
    spine, own = small.parts.spine, purge(small, days(contact=365))
    with small.database.write() as tx:
        spine.timers.set(tx, TIMER, "", small.clock.now())
    assert spine.timers.run_due(small.database, {TIMER: own.step})
    assert small.rows(tables.contacts) == []
    assert not spine.timers.run_due(small.database, {TIMER: own.step}), "citizens are served in between"
    small.clock.moment += timedelta(seconds=1)
    assert spine.timers.run_due(small.database, {TIMER: own.step})
    (timer,) = (row for row in small.rows(spine.tables.timers) if row["kind"] == TIMER)
    assert timer["due_at"] == small.clock.now() + EVERY, "nothing was left"


def test_mails_that_nobody_settled_go_and_that_they_came_stays(small: MailWorld) -> None:
    small.take(f"From: {EMAIL}\nTo: lapor@kota.example.org\n\n\x00\x00".encode() + b"x" * 10, "")
    before = small.rows(tables.quarantine)
    if not before:
        small.intake.set_aside(f"From: {EMAIL}\n\n{WORD}".encode(), "reader_failed", EMAIL)
    small.clock.moment += timedelta(days=366)
    assert numbers(small, days(unsettled=365)) == {UNSETTLED: 1}
    purge(small, days(unsettled=365)).run()
    (row,) = small.rows(tables.quarantine)
    assert (row["state"], row["outcome"], row["settled_by"], row["detail"]) == ("discarded", "expired", "retention", "")
    assert small.rows(tables.raw_messages) == []
    assert numbers(small, days(unsettled=365, quarantine=1)) == {}


def test_a_wish_is_fulfilled_when_the_case_has_ended(small: MailWorld) -> None:
    receipt = small.door.accept(submitted())
    with small.database.write() as tx:
        repository_due.wish(tx, receipt.complaint_id, small.clock.now())
    assert purge(small, FOR_EVER).run() == {}
    settle(small, receipt.complaint_id)
    published(small)
    assert numbers(small, FOR_EVER) == {"wished": 1}
    assert purge(small, FOR_EVER).run() == {"wished": 1}
    assert traces(small) == []
    assert erased_facts(small)[-1].reason == "request"
    assert small.rows(tables.erasure_wishes) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 40), passed=st.integers(-1, 60), seconds=st.integers(-1, 1))
def test_exactly_what_is_older_than_its_days_is_due(
    ends: tuple[MailWorld, dict[str, datetime]], limit: int, passed: int, seconds: int
) -> None:
    built, ended_at = ends
    now = built.clock.moment = BEGIN + timedelta(days=passed, seconds=seconds)
    due = {own for own, at in ended_at.items() if now - at > timedelta(days=limit)}
    assert numbers(built, days(contact=limit)).get(CONTACT, 0) == len(due)
    with built.database.read() as connection:
        found = repository_due.due(connection, CONTACT, now - timedelta(days=limit), 100)
    assert set(found) == due


@pytest.fixture
def ends(small: MailWorld) -> tuple[MailWorld, dict[str, datetime]]:
    """Complaints that came at once, and when each was closed."""
    found = {}
    for number, span in enumerate((0, 1, 1, 5, 12, 30)):
        small.clock.moment = BEGIN
        receipt = small.door.accept(submitted(f"Lampu {number}.", provider_id=f"m{number}"))
        small.clock.moment = BEGIN + timedelta(days=span)
        settle(small, receipt.complaint_id)
        found[receipt.complaint_id] = small.clock.now()
    return small, found
