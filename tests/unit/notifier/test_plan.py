"""What agencies are told, and receipts: the plan that a fact calls for."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import PENDING, SKIPPED, Delivery
from services.notifier.planning.agencies import plan_added, plan_assigned, plan_reminder, plan_routed
from services.notifier.planning.citizens import plan_receipt
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.planning.showing import EXCERPT_SIGNS, excerpt
from shared.city_notifications import Notifications
from shared.contracts.fields import IDENTITIES, Place
from tests.unit.notifier.samples import NOW, TEXT, added, as_delivery, assigned, received, routed

DIRECTORY = {
    "DPUPR": DirectoryEntry("DPUPR", "Dinas PU", {"email": "dpupr@cimahi.example"}),
    "DISHUB": DirectoryEntry("DISHUB", "Dinas Perhubungan", {"email": "dishub@cimahi.example"}),
    "BPBD": DirectoryEntry("BPBD", "Badan Bencana", {}),
}
PHONES = st.from_regex(r"08[1-9][0-9]{8,10}", fullmatch=True)
MAILS = st.from_regex(r"[a-z]{3,10}@[a-z]{3,8}\.(com|id)", fullmatch=True)
CONTACTS = PHONES | MAILS


def test_a_wanted_receipt_is_planned_for_the_citizen_with_the_channel_open() -> None:
    planned = plan_receipt(received(), NOW)
    assert planned.natural_key == ("c1", 0, "citizen", "receipt")
    assert (planned.state, planned.channel, planned.contact_ref) == (PENDING, "any", "ref-c1")


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [("capped", "daily_cap"), ("no_contact", "no_contact"), ("automatic", "automatic_mail")],
)
def test_a_receipt_that_is_not_wanted_is_skipped_with_its_reason(receipt: str, reason: str) -> None:
    planned = plan_receipt(received(receipt=receipt), NOW)
    assert (planned.state, planned.reason, planned.channel, planned.data) == (SKIPPED, reason, "none", {})


def test_a_receipt_without_a_contact_is_skipped_even_when_it_is_wanted() -> None:
    assert plan_receipt(received(contact_ref=None), NOW).reason == "no_contact"


def test_the_agency_in_charge_gets_the_notice_and_the_others_a_copy_each_once() -> None:
    event = routed(decision={"also": ["DISHUB", "DPUPR", "DISHUB", "BPBD", "UNKNOWN"]})
    planned = [(one.recipient, one.message, one.state, one.reason) for one in plan_routed(event, DIRECTORY, NOW)]
    assert planned == [
        ("DPUPR", "case_notice", PENDING, ""),
        ("DISHUB", "case_copy", PENDING, ""),
        ("BPBD", "case_copy", SKIPPED, "no_endpoint"),
        ("UNKNOWN", "case_copy", SKIPPED, "no_endpoint"),
    ]


def test_a_new_assignment_is_a_new_notice_with_the_coordinators_reason() -> None:
    (planned,) = plan_assigned(assigned(reason="Telepon saya 081234567890"), DIRECTORY, NOW)
    assert planned.natural_key == ("c1", 2, "DISHUB", "case_notice")
    assert planned.data["coordinator_reason"] == "Telepon saya [telepon]"


def test_the_place_of_the_decision_is_used_where_the_citizen_gave_none() -> None:
    event = routed(place=Place(), decision={"place": {"kecamatan": "Cimahi Utara", "kelurahan": "Citeureup"}})
    (planned,) = plan_routed(event, DIRECTORY, NOW)
    assert planned.data["place"] == {"kecamatan": "Cimahi Utara", "kelurahan": "Citeureup", "detail": ""}


def test_of_a_confidential_complaint_a_mailbox_gets_no_words_and_others_no_copy() -> None:
    event = routed(identity="confidential", decision={"also": ["DISHUB"]})
    notice, copy = plan_routed(event, DIRECTORY, NOW)
    stored = json.dumps(dict(notice.data))
    assert notice.state == PENDING
    assert "berlubang" not in stored
    assert "depan pasar" not in stored
    assert (copy.state, copy.reason, copy.data) == (SKIPPED, "confidential", {})


def test_an_open_complaint_reaches_the_agency_as_it_was_written() -> None:
    (planned,) = plan_routed(routed(identity="open"), DIRECTORY, NOW)
    assert planned.data["text"] == TEXT


def test_only_phrases_that_spoke_for_it_are_shown_the_weightiest_first() -> None:
    reasons = [
        {"rule": "a", "phrase": "gelap", "start": 0, "end": 1, "weight": 10},
        {"rule": "b", "phrase": "mesin", "start": 0, "end": 1, "weight": -20},
        {"rule": "c", "phrase": "lampu jalan", "start": 0, "end": 1, "weight": 40},
        {"rule": "d", "phrase": "gelap", "start": 0, "end": 1, "weight": 5},
    ]
    (planned,) = plan_routed(routed(decision={"reasons": reasons}), DIRECTORY, NOW)
    assert planned.data["why"] == ["lampu jalan", "gelap"]


@settings(deadline=None)
@given(
    contact=CONTACTS,
    identity=st.sampled_from(["anonymous", "confidential"]),
    also=st.lists(st.sampled_from(sorted(DIRECTORY)), max_size=4),
)
def test_no_contact_within_the_words_reaches_an_agency(contact: str, identity: str, also: list[str]) -> None:
    words: dict[str, Any] = {
        "text": f"Lampu mati, hubungi {contact} ya.", "identity": identity, "place": Place(detail=f"rumah {contact}"),
    }  # fmt: skip
    reasons = [{"rule": "a", "phrase": f"hubungi {contact}", "start": 0, "end": 1, "weight": 1}]
    planned = [
        *plan_routed(routed(**words, decision={"also": also, "reasons": reasons}), DIRECTORY, NOW),
        *plan_assigned(assigned(**words, reason=f"telepon {contact}"), DIRECTORY, NOW),
        plan_receipt(received(**words), NOW),
    ]
    assert contact not in json.dumps([dict(one.data) for one in planned])


@settings(deadline=None)
@given(
    identity=st.sampled_from(IDENTITIES),
    also=st.lists(st.sampled_from([*DIRECTORY, "UNKNOWN"]), max_size=6),
    agency=st.sampled_from(sorted(DIRECTORY)),
)
def test_every_plan_is_repeatable_tells_each_recipient_once_and_carries_no_reference(
    identity: str, also: list[str], agency: str
) -> None:
    event = routed(identity=identity, agency=agency, decision={"also": also})
    planned = plan_routed(event, DIRECTORY, NOW)
    assert planned == plan_routed(event, DIRECTORY, NOW)
    assert len({one.natural_key for one in planned}) == len(planned)
    assert {one.recipient for one in planned} == {agency, *also}
    assert all(one.contact_ref is None for one in planned)
    assert all((one.state == SKIPPED) == bool(one.reason) for one in planned)
    json.dumps([dict(one.data) for one in planned])


def test_a_copy_holds_no_contact_of_the_words_also_when_the_identity_is_open() -> None:
    event = routed(identity="open", place=Place(detail="rumah 0812-3456-7890"), decision={"also": ["DISHUB"]})
    notice, copy = plan_routed(event, DIRECTORY, NOW)
    assert "0812-3456-7890" in json.dumps(dict(notice.data))
    assert "0812" not in json.dumps(dict(copy.data))


def test_an_agency_is_written_to_by_the_first_of_its_ways_in_its_language() -> None:
    ways = {"email": "a@cimahi.example", "amqp": "agency.DPUPR.v1", "webhook": "https://dpupr.example", "sms": ""}
    entries = [
        (DirectoryEntry("DPUPR", "Dinas", ways), "amqp", ""),
        (DirectoryEntry("DPUPR", "Dinas", ways, ("email", "amqp"), "en"), "email", "en"),
        (DirectoryEntry("DPUPR", "Dinas", ways, ("sms", "webhook")), "webhook", ""),
    ]
    for entry, channel, language in entries:
        (planned,) = plan_routed(routed(), {"DPUPR": entry}, NOW)
        assert (planned.state, planned.channel, planned.language) == (PENDING, channel, language)


def test_where_an_agency_lists_no_way_that_it_has_nothing_is_sent() -> None:
    entry = DirectoryEntry("DPUPR", "Dinas", {"email": "a@cimahi.example"}, ("amqp",))
    (planned,) = plan_routed(routed(), {"DPUPR": entry}, NOW)
    assert (planned.state, planned.reason, planned.channel) == (SKIPPED, "no_endpoint", "none")


def test_only_an_emergency_is_urgent() -> None:
    (ordinary,) = plan_routed(routed(), DIRECTORY, NOW)
    (urgent,) = plan_routed(routed(decision={"outcome": "emergency"}), DIRECTORY, NOW)
    assert (ordinary.urgent, urgent.urgent) == (False, True)


def test_what_is_added_waits_for_what_else_is_added() -> None:
    (planned,) = plan_added(added(what="not_solved"), ("DPUPR", 2), DIRECTORY, Notifications(gather_seconds=120), NOW)
    assert planned.natural_key == ("c1", 2, "DPUPR", "case_addition.1")
    assert planned.due_at == NOW + timedelta(seconds=120)
    (line,) = planned.data["lines"]
    assert (line["what"], line["text"]) == ("not_solved", "Sekarang makin dalam. [telepon]")


def test_what_is_added_to_nobodys_case_is_told_to_nobody() -> None:
    assert plan_added(added(), None, DIRECTORY, Notifications(), NOW) == []


def notice_as_sent(**changes: Any) -> Delivery:
    (planned,) = plan_routed(routed(), WITH_TWO_WAYS, NOW)
    return dataclasses.replace(as_delivery(planned), **changes)


WITH_TWO_WAYS = {
    "DPUPR": DirectoryEntry("DPUPR", "Dinas", {"email": "a@cimahi.example", "sms": "+62811"}, language="en")
}


@pytest.mark.parametrize(
    ("used", "channel", "gave_up"),
    [((), "email", ()), (("email",), "sms", ("email",)), (("email", "sms"), "email", ())],
)
def test_a_reminder_takes_a_way_that_the_notice_did_not_if_there_is_one(
    used: tuple[str, ...], channel: str, gave_up: tuple[str, ...]
) -> None:
    planned = plan_reminder(notice_as_sent(), WITH_TWO_WAYS["DPUPR"], NOW, used)
    assert planned.natural_key == ("c1", 1, "DPUPR", "case_reminder")
    assert (planned.state, planned.channel, tuple(planned.gave_up)) == (PENDING, channel, gave_up)
    assert (planned.language, planned.data["noticed_at"]) == ("en", NOW.isoformat())
    assert planned.data["text"] == notice_as_sent().data["text"]


@pytest.mark.parametrize(
    ("data", "entry", "reason"),
    [({}, WITH_TWO_WAYS["DPUPR"], "notice_cleared"), (None, None, "no_endpoint"),
     (None, DirectoryEntry("DPUPR", "Dinas"), "no_endpoint")],
)  # fmt: skip
def test_a_reminder_that_cannot_be_is_skipped_with_its_reason(
    data: dict[str, Any] | None, entry: DirectoryEntry | None, reason: str
) -> None:
    notice = notice_as_sent() if data is None else notice_as_sent(data=data)
    planned = plan_reminder(notice, entry, NOW)
    assert (planned.state, planned.reason, planned.channel) == (SKIPPED, reason, "none")


@settings(deadline=None)
@given(st.text(max_size=600))
def test_an_excerpt_is_one_line_of_bounded_length(text: str) -> None:
    line = excerpt(text)
    assert len(line) <= EXCERPT_SIGNS + 2
    assert len(line.splitlines()) <= 1
