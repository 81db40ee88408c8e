"""What becomes of a delivery whose turn it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.notifier.delivery import CHANNELS, NEXT_STATES, SENDING, Addressee
from services.notifier.planning.agencies import plan_routed
from services.notifier.planning.citizens import plan_receipt
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.sending.contacts import Resolved
from services.notifier.sending.judgement import Circumstances, End, HandOver, Send, Wait, judge
from tests.unit.notifier.samples import CODE, NOW, as_delivery, received, routed

DIRECTORY = {"DPUPR": DirectoryEntry("DPUPR", "Dinas PU", {"email": "dpupr@cimahi.example"})}
RECEIPT = as_delivery(plan_receipt(received(), NOW))
NOTICE = as_delivery(plan_routed(routed(), DIRECTORY, NOW)[0])
ALL = frozenset(CHANNELS)


def found(**changes: Any) -> Circumstances:
    return Circumstances(**{"channel": "email", "configured": ALL, "now": NOW, "directory": DIRECTORY, **changes})


def contact(email: str = "", phone: str = "") -> Resolved:
    return Resolved({"ref-c1": {"email": email, "phone": phone, "name": None}}, {"c1": CODE})


def test_a_citizen_gets_mail_where_there_is_an_address_else_a_text_message() -> None:
    assert judge(RECEIPT, found(resolved=contact("b@m.id", "+62811"))) == Send(
        Addressee("b@m.id", "+62811", "", CODE), others=True
    )
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
    begun = {NOTICE.delivery_id: "capture"}
    assert judge(crashed, found(begun_via=begun, repeatable=frozenset({"capture"}))) == Wait("crashed_while_sending")


WAYS = {"amqp": "agency.DPUPR.v1", "webhook": "https://a.example/in", "email": "a@b.example", "sms": "+62811"}


def agency(*order: str, **endpoints: str) -> dict[str, DirectoryEntry]:
    return {"DPUPR": DirectoryEntry("DPUPR", "Dinas PU", endpoints or WAYS, order)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, HandOver("amqp")),
        ({"gave_up": ("amqp",)}, HandOver("webhook")),
        ({"gave_up": ("amqp", "webhook", "sms")}, Send),
        ({"gave_up": ("amqp", "webhook", "email", "sms"), "last_problem": "x"}, End("failed", "x", "sms")),
        ({"channel": "webhook"}, HandOver("webhook")),
        ({"channel": "webhook", "gave_up": ("webhook",)}, HandOver("amqp")),
    ],
)
def test_an_agency_is_told_by_the_first_way_that_is_left(changes: dict[str, Any], expected: Any) -> None:
    notice = dataclasses.replace(NOTICE, **{"channel": "any", **changes})
    judgement = judge(notice, found(directory=agency()))
    assert isinstance(judgement, expected) if isinstance(expected, type) else judgement == expected


def test_the_agencys_own_order_and_what_is_set_up_decide() -> None:
    notice = dataclasses.replace(NOTICE, channel="any")
    ordered = agency("sms", "email")
    assert judge(notice, found(directory=ordered)) == HandOver("sms")
    assert isinstance(judge(notice, found(directory=ordered, configured=frozenset({"email"}))), Send)
    none = judge(notice, found(directory=ordered, configured=frozenset()))
    assert none == End("failed", "not_configured", "sms")
    suppressed = frozenset({("sms", "DPUPR"), ("email", "DISHUB")})
    assert isinstance(judge(notice, found(directory=ordered, suppressed=suppressed)), Send)
    both = suppressed | {("email", "DPUPR")}
    assert judge(notice, found(directory=ordered, suppressed=both)) == End("skipped", "suppressed", "none")


def test_a_reminder_is_needless_once_acknowledged_and_a_code_once_expired() -> None:
    reminder = dataclasses.replace(NOTICE, message="case_reminder")
    assert isinstance(judge(reminder, found(acknowledged=frozenset({("c1", 2)}))), Send)
    seen = judge(reminder, found(acknowledged=frozenset({("c1", 1)})))
    assert seen == End("skipped", "acknowledged", "none")
    code = dataclasses.replace(RECEIPT, message="contact_code", data={"expires_at": NOW.isoformat()})
    assert judge(code, found(resolved=contact("b@m.id"))) == End("skipped", "expired", "none")


@pytest.mark.parametrize(("message", "counts"), [("case_update.2", True), ("receipt", False), ("contact_code", False)])
def test_the_limit_of_a_day_counts_what_was_not_asked_for(message: str, counts: bool) -> None:
    line = {"what": "answered", "agency": "x", "at": NOW.isoformat(), "answer": "x"}
    update = dataclasses.replace(RECEIPT, message=message, data={"lines": [line]})
    known = Resolved({"ref-c1": {"email": "b@m.id", "keys": {"email": "k"}}}, {"c1": CODE})
    full = judge(update, found(resolved=known, sent_today={"k": 20}))
    assert full == (
        End("skipped", "daily_limit", "email") if counts else Send(Addressee("b@m.id", "", "", CODE, key="k"))
    )
    assert isinstance(judge(update, found(resolved=known, sent_today={"k": 19})), Send)


def test_who_only_sorts_never_sends() -> None:
    assert judge(RECEIPT, found(channel="any", resolved=contact("b@m.id"))) == HandOver("email")
    assert judge(NOTICE, found(channel="any")) == HandOver("email")


@settings(deadline=None)
@given(
    state=st.sampled_from(["pending", "sending"]),
    channel=st.sampled_from(["any", "email", "sms"]),
    looking=st.sampled_from(["any", *CHANNELS]),
    configured=st.sets(st.sampled_from(CHANNELS)),
    email=st.sampled_from(["", "b@m.id"]),
    phone=st.sampled_from(["", "+62811"]),
    gave_up=st.lists(st.sampled_from(["email", "sms"]), unique=True),
)
def test_every_judgement_is_one_that_the_states_allow(
    state: str, channel: str, looking: str, configured: set[str], email: str, phone: str, gave_up: list[str]
) -> None:
    assume(state == "pending" or looking != "any")  # nothing is sent from where it is only sorted
    delivery = dataclasses.replace(RECEIPT, state=state, channel=channel, gave_up=gave_up)
    circumstances = found(channel=looking, configured=frozenset(configured), resolved=contact(email, phone))
    judgement = judge(delivery, circumstances)
    if isinstance(judgement, End):
        assert judgement.state in NEXT_STATES[state]
        assert judgement.channel != "any"
    elif isinstance(judgement, HandOver):
        assert state == "pending"
        assert judgement.channel != looking
        assert judgement.channel in configured - set(gave_up)
    elif isinstance(judgement, Send):
        assert state == "pending"
        assert looking in configured - set(gave_up)
        assert not judgement.others or configured - {looking} - set(gave_up)
        assert {"email": judgement.to.email, "sms": judgement.to.phone}[looking]
