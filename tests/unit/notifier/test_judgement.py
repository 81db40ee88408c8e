"""What becomes of a delivery whose turn it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.contacts import Resolved
from services.notifier.delivery import CHANNELS, NEXT_STATES, SENDING, Addressee
from services.notifier.judgement import Circumstances, End, HandOver, Send, Wait, judge
from services.notifier.plan import DirectoryEntry, plan_receipt, plan_routed
from tests.unit.notifier.samples import CODE, NOW, as_delivery, received, routed

DIRECTORY = {"DPUPR": DirectoryEntry("DPUPR", "Dinas PU", {"email": "dpupr@cimahi.example"})}
RECEIPT = as_delivery(plan_receipt(received(), NOW))
NOTICE = as_delivery(plan_routed(routed(), DIRECTORY, NOW)[0])
ALL = frozenset(CHANNELS)


def found(**changes: Any) -> Circumstances:
    return Circumstances(**{"channel": "email", "configured": ALL, "directory": DIRECTORY, **changes})


def contact(email: str = "", phone: str = "") -> Resolved:
    return Resolved({"ref-c1": {"email": email, "phone": phone, "name": None}}, {"c1": CODE})


def test_a_citizen_gets_mail_where_there_is_an_address_else_a_text_message() -> None:
    assert judge(RECEIPT, found(resolved=contact("b@m.id", "+62811"))) == Send(Addressee("b@m.id", "+62811", "", CODE))
    assert judge(RECEIPT, found(resolved=contact("", "+62811"))) == HandOver("sms")


def test_a_channel_that_leads_nowhere_is_passed_over_when_another_one_does() -> None:
    both = contact("b@m.id", "+62811")
    assert judge(RECEIPT, found(configured=frozenset({"sms"}), resolved=both)) == HandOver("sms")
    none = judge(RECEIPT, found(configured=frozenset(), resolved=both))
    assert none == End("failed", "not_configured", "email")


@pytest.mark.parametrize(
    ("resolved", "reason"),
    [(Resolved(), "contact_gone"), (contact(), "no_contact"), (Resolved({"ref-c1": {}}, {}), "contact_gone")],
)
def test_without_a_contact_nothing_is_sent(resolved: Resolved, reason: str) -> None:
    assert judge(RECEIPT, found(resolved=resolved)) == End("skipped", reason, "none")


def test_while_intake_is_away_a_receipt_waits_and_a_notice_does_not() -> None:
    assert judge(RECEIPT, found(resolved=None)) == Wait("contacts_away")
    assert isinstance(judge(NOTICE, found(resolved=None)), Send)


def test_an_agency_whose_address_went_away_is_skipped() -> None:
    assert judge(NOTICE, found(directory={})) == End("skipped", "no_endpoint", "none")


def test_a_notice_of_an_earlier_assignment_is_superseded() -> None:
    assert judge(NOTICE, found(newest_assignments={"c1": 2})) == End("skipped", "superseded", "none")
    assert isinstance(judge(NOTICE, found(newest_assignments={"c1": 1})), Send)


@pytest.mark.parametrize("via", ["smtp", "sms_gateway", "fake", None])
def test_what_may_have_gone_out_is_never_sent_again(via: str | None) -> None:
    begun = {NOTICE.delivery_id: via} if via else {}
    crashed = dataclasses.replace(NOTICE, state=SENDING)
    assert judge(crashed, found(begun_via=begun)) == End("uncertain", "crashed_while_sending", "email")


def test_what_was_only_captured_is_captured_again() -> None:
    crashed = dataclasses.replace(NOTICE, state=SENDING)
    assert judge(crashed, found(begun_via={NOTICE.delivery_id: "capture"})) == Wait("crashed_while_sending")


@settings(deadline=None)
@given(
    state=st.sampled_from(["pending", "sending"]),
    channel=st.sampled_from(["any", "email", "sms"]),
    looking=st.sampled_from(CHANNELS),
    configured=st.sets(st.sampled_from(CHANNELS)),
    email=st.sampled_from(["", "b@m.id"]),
    phone=st.sampled_from(["", "+62811"]),
)
def test_every_judgement_is_one_that_the_states_allow(
    state: str, channel: str, looking: str, configured: set[str], email: str, phone: str
) -> None:
    delivery = dataclasses.replace(RECEIPT, state=state, channel=channel)
    circumstances = found(channel=looking, configured=frozenset(configured), resolved=contact(email, phone))
    judgement = judge(delivery, circumstances)
    if isinstance(judgement, End):
        assert judgement.state in NEXT_STATES[state]
        assert judgement.channel != "any"
    elif isinstance(judgement, HandOver):
        assert state == "pending"
        assert judgement.channel != looking
    elif isinstance(judgement, Send):
        assert state == "pending"
        assert looking in configured
        assert {"email": judgement.to.email, "sms": judgement.to.phone}[looking]
