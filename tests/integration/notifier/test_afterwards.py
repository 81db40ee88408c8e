"""What comes after the first notices: additions, people who join, and what the receiver's side reports."""

from services.notifier.way_out import Outcome
from tests.integration.notifier.databases import on_both
from tests.unit.notifier.samples import (
    Bench,
    FakeChannel,
    added,
    assigned,
    followed,
    received,
    reported,
    routed,
)


@on_both
def test_an_addition_is_told_to_whoever_has_the_case_now(captured: Bench) -> None:
    captured.hear(routed(), assigned(), added(), added(), added(addition_id="a2", number=2, what="not_solved"))
    told = captured.rows(assignment=2)
    assert sorted((row["recipient"], row["message"]) for row in told) == [
        ("DISHUB", "case_addition.1"),
        ("DISHUB", "case_addition.2"),
        ("DISHUB", "case_notice"),
    ]
    assert "0812" not in str([row["data"] for row in told])
    captured.drain()
    ended = {row["message"]: (row["state"], row["reason"]) for row in captured.rows(assignment=2)}
    assert ended == {
        "case_notice": ("captured", "captured"),
        "case_addition.1": ("skipped", "combined"),
        "case_addition.2": ("captured", "captured"),
    }
    mails = [path.read_text() for path in captured.folder.rglob("*.eml")]
    assert any("makin dalam" in mail for mail in mails)


def test_an_addition_before_any_agency_is_known_plans_nothing(captured: Bench) -> None:
    captured.hear(added())
    assert captured.rows() == []


@on_both
def test_who_joins_gets_one_receipt_under_his_own_number(captured: Bench) -> None:
    captured.hear(followed(), followed(), followed(follower_id="f2", contact_ref=None))
    receipts = {row["complaint_id"]: (row["message"], row["ticket"], row["state"]) for row in captured.rows()}
    assert receipts == {
        "f1": ("follow_receipt", "CMH-1111-111M", "pending"),
        "f2": ("follow_receipt", "CMH-1111-111M", "skipped"),
    }


@on_both
def test_a_report_moves_what_was_sent_and_is_said_once(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(received(), routed())
    sent.drain()
    delivery_id = sent.row(recipient="DPUPR")["delivery_id"]
    assert sent.row(recipient="DPUPR")["state"] == "sent"
    sent.hear(reported(delivery_id, channel="email", reported="delayed", reason="dsn_4_4_1"))
    assert sent.row(recipient="DPUPR")["state"] == "sent"
    for _ in range(2):
        sent.hear(reported(delivery_id, channel="email", reported="failed", reason="dsn_5_1_1"))
    sent.hear(reported(delivery_id, channel="email", reported="delivered"))
    row = sent.row(recipient="DPUPR")
    assert (row["state"], row["reason"]) == ("failed", "dsn_5_1_1")
    said = [one.outcome for one in sent.said() if one.delivery_id == delivery_id]
    assert said == ["sent", "failed"]


@on_both
def test_a_report_settles_what_was_uncertain(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("uncertain", "no_answer")]
    sent.hear(routed())
    sent.drain()
    row = sent.row()
    assert row["state"] == "uncertain"
    sent.hear(reported(row["delivery_id"], channel="email"))
    assert sent.row()["state"] == "delivered"


def test_a_report_on_what_is_unknown_or_not_tried_changes_nothing(captured: Bench) -> None:
    captured.hear(routed())
    captured.hear(reported("nobody"), reported(captured.row()["delivery_id"]))
    assert captured.row()["state"] == "pending"
