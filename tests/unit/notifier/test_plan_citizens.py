"""What citizens are told after the receipt."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.delivery import PENDING, Delivery, Planned
from services.notifier.planning.citizens import (
    plan_contact_code,
    plan_followed,
    plan_receipt,
    plan_satisfaction,
    plan_update,
)
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.planning.wishes import is_expired, lines_carried, wanted
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAnswered, CaseClosed
from shared.contracts.complaint import ContactCheckAsked
from shared.contracts.fields import Place
from tests.unit.notifier.samples import NOW, TICKET, as_delivery, assigned, followed, received, routed

USUAL = Notifications()
DIRECTORY = {"DPUPR": DirectoryEntry("DPUPR", "Dinas PU")}
ABOUT: dict[str, Any] = {
    "complaint_id": "c1", "ticket": TICKET, "text": "Jalan berlubang.", "channel": "web", "kind": "pengaduan",
    "identity": "anonymous", "contact_ref": "ref-c1", "received_at": NOW, "place": Place(detail="rumah 0812-3456-7890"),
}  # fmt: skip


def answered(**changes: Any) -> CaseAnswered:
    usual = {"revision": 5, "agency": "DPUPR", "assignment": 2, "number": 1, "answer": " Sudah ditambal. ",
             "answered_at": NOW}  # fmt: skip
    return CaseAnswered(**{**ABOUT, **usual, **changes})


def closed(**changes: Any) -> CaseClosed:
    usual = {"revision": 6, "agency": "DPUPR", "assignment": 2, "number": 1, "reason": "", "closed_at": NOW}
    return CaseClosed(**{**ABOUT, **usual, **changes})


def update(event: Any, notifications: Notifications = USUAL) -> Planned:
    (planned,) = plan_update(event, DIRECTORY, notifications, "en", NOW)
    return planned


def test_a_receipt_is_in_the_language_of_the_fact_also_for_one_who_joined() -> None:
    assert plan_receipt(received(language="en"), NOW).language == "en"
    assert plan_receipt(received(receipt="capped", language="en"), NOW).language == "en"
    assert plan_followed(followed(language="en"), NOW).language == "en"


def test_an_answer_is_told_and_waits_for_what_else_happens() -> None:
    planned = update(answered(), Notifications(gather_seconds=60))
    assert planned.natural_key == ("c1", 2, "citizen", "case_update.5")
    assert (planned.state, planned.channel, planned.language) == (PENDING, "any", "en")
    assert planned.due_at == NOW + timedelta(seconds=60)
    line = {"what": "answered", "agency": "Dinas PU", "at": NOW.isoformat(), "answer": "Sudah ditambal."}
    assert planned.data["lines"] == [line]
    assert "0812" not in str(planned.data)


@pytest.mark.parametrize("event", [routed(agency="DPUPR"), assigned(agency="DPUPR")])
def test_an_agency_that_gets_the_case_is_told_without_anybodys_reasons(event: Any) -> None:
    (line,) = update(event).data["lines"]
    assert line == {"what": "forwarded", "agency": "Dinas PU", "at": NOW.isoformat(), "answer": ""}
    assert event.revision in (2, 3)
    assert update(event).message == f"case_update.{event.revision}"


def test_an_agency_that_nobody_knows_is_told_by_its_code() -> None:
    assert update(answered(agency="DINAS_BARU")).data["lines"][0]["agency"] == "DINAS_BARU"


def test_only_an_emergency_may_disturb_at_night() -> None:
    assert update(routed(decision={"outcome": "emergency"})).urgent
    assert not update(routed()).urgent
    assert not update(answered()).urgent


@pytest.mark.parametrize("event", [routed(contact_ref=None), assigned(contact_ref=None), answered(contact_ref=None)])
def test_whoever_left_no_contact_is_told_nothing(event: Any) -> None:
    assert plan_update(event, DIRECTORY, USUAL, "", NOW) == []


def test_what_no_channel_tells_is_not_planned() -> None:
    silent = Notifications(citizen_updates={"email": frozenset({"answered"}), "sms": frozenset()})
    assert plan_update(routed(), DIRECTORY, silent, "", NOW) == []
    assert plan_update(answered(), DIRECTORY, silent, "", NOW) != []


def several_lines() -> Delivery:
    """As two gathered messages become one."""
    lines = [*update(routed()).data["lines"], *update(answered()).data["lines"]]
    planned = update(answered())
    return as_delivery(dataclasses.replace(planned, data={**planned.data, "lines": lines}))


def test_each_channel_carries_what_the_city_wants_of_it() -> None:
    delivery = several_lines()
    assert [line["what"] for line in lines_carried(delivery, "email", USUAL)] == ["forwarded", "answered"]
    assert [line["what"] for line in lines_carried(delivery, "sms", USUAL)] == ["answered"]
    assert lines_carried(delivery, "webhook", USUAL) == []


def test_an_update_of_which_a_channel_carries_nothing_is_not_wanted_there() -> None:
    forwarded = as_delivery(update(routed()))
    assert wanted(forwarded, "email", USUAL)
    assert not wanted(forwarded, "sms", USUAL)
    assert wanted(several_lines(), "sms", USUAL)
    assert wanted(as_delivery(plan_receipt(received(), NOW)), "sms", USUAL)


def test_the_question_is_asked_once_for_each_complaint_after_what_was_said_before() -> None:
    first, again = (plan_satisfaction(closed(number=number), USUAL, "en", NOW)[0] for number in (1, 2))
    assert first.natural_key == again.natural_key == ("c1", 0, "citizen", "satisfaction")
    assert first.due_at >= update(answered()).due_at
    assert (first.language, first.data["closed_at"]) == ("en", NOW.isoformat())


def test_the_question_is_not_asked_where_the_city_does_not_want_it_or_nobody_can_be_asked() -> None:
    assert plan_satisfaction(closed(), Notifications(ask_satisfaction=False), "", NOW) == []
    assert plan_satisfaction(closed(contact_ref=None), USUAL, "", NOW) == []


def test_a_code_goes_out_at_once_and_not_when_it_has_expired() -> None:
    later = NOW + timedelta(minutes=10)
    asked = ContactCheckAsked(check_id="k1", contact_ref="ref-k", language="en", asked_at=NOW, expires_at=later)
    planned = plan_contact_code(asked, NOW)
    assert planned.natural_key == ("k1", 0, "citizen", "contact_code")
    assert (planned.ticket, planned.channel, planned.contact_ref, planned.language) == ("-", "any", "ref-k", "en")
    assert planned.due_at == NOW
    delivery = as_delivery(planned)
    assert [is_expired(delivery, at) for at in (NOW, later - timedelta(seconds=1), later)] == [False, False, True]


def test_nothing_else_expires() -> None:
    assert not is_expired(several_lines(), NOW + timedelta(days=3650))
