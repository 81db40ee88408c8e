"""Who is told what: the plan that an event calls for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import PENDING, SKIPPED
from services.notifier.plan import (
    EXCERPT_SIGNS,
    DirectoryEntry,
    excerpt,
    plan_assigned,
    plan_receipt,
    plan_routed,
)
from shared.contracts.fields import IDENTITIES, Place
from tests.unit.notifier.samples import NOW, TEXT, assigned, received, routed

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


@settings(deadline=None)
@given(st.text(max_size=600))
def test_an_excerpt_is_one_line_of_bounded_length(text: str) -> None:
    line = excerpt(text)
    assert len(line) <= EXCERPT_SIGNS + 2
    assert len(line.splitlines()) <= 1
