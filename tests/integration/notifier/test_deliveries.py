"""From what is heard to how it ended: the notifier on a real database, stepped by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.notifier.delivery import NEXT_STATES
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Mail
from shared.contracts.agency import AgencyChanged
from tests.integration.notifier.databases import files, on_both
from tests.unit.notifier.samples import NOW, Bench, FakeChannel, assigned, bench, known, received, routed

DAY = 24 * 3600


@on_both
def test_receipt_and_notices_are_captured_and_said(captured: Bench) -> None:
    captured.hear(received(), routed(decision={"also": ["DISHUB", "BPBD"]}))
    captured.drain()
    assert captured.ends() == [
        ("BPBD", "skipped", "no_endpoint"),
        ("DISHUB", "captured", "captured"),
        ("DPUPR", "captured", "captured"),
        ("citizen", "captured", "captured"),
    ]
    assert sorted((said.recipient, said.outcome, said.channel) for said in captured.said()) == [
        ("BPBD", "skipped", "none"),
        ("DISHUB", "captured", "email"),
        ("DPUPR", "captured", "email"),
        ("citizen", "captured", "email"),
    ]
    assert len(files(captured)) == 3
    assert all(row["finished_at"] == NOW and row["lease_owner"] is None for row in captured.rows())


@on_both
def test_hearing_a_fact_twice_plans_and_says_once(captured: Bench) -> None:
    captured.hear(received(), routed(), received(receipt="capped"))
    captured.drain()
    captured.hear(received(), routed(), received())
    captured.drain()
    assert len(captured.rows()) == 2
    assert len(captured.said()) == 2
    assert len(files(captured)) == 2


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [("capped", "daily_cap"), ("no_contact", "no_contact"), ("automatic", "automatic_mail")],
)
def test_a_receipt_that_is_not_sent_is_a_row_and_a_fact(captured: Bench, receipt: str, reason: str) -> None:
    captured.hear(received(receipt=receipt))
    captured.drain()
    assert captured.ends() == [("citizen", "skipped", reason)]
    assert [(said.outcome, said.reason) for said in captured.said()] == [("skipped", reason)]
    assert captured.contacts.asked == []


def test_a_citizen_with_a_telephone_only_gets_a_text_message(captured: Bench) -> None:
    captured.contacts.contact = {"email": "", "phone": "+6281234567890", "name": ""}
    captured.hear(received())
    captured.drain()
    row = captured.row()
    assert (row["channel"], row["state"]) == ("sms", "captured")
    (name,) = files(captured)
    document = json.loads((captured.folder / "captured" / name).read_text())
    assert document["to"] == "+6281234567890"
    assert document["delivery_id"] == row["delivery_id"]
    assert row["ticket"] in document["text"]


def test_no_contact_is_ever_stored(captured: Bench) -> None:
    captured.contacts.by_ref["ref-c2"] = {"email": "", "phone": "+6281234567890", "name": "Siti"}
    captured.hear(received(), received("c2"), routed())
    captured.drain()
    kept = repr(captured.rows()) + repr(captured.attempts()) + repr(captured.said())
    for secret in ("budi@mail.com", "Budi", "+6281234567890", "Siti", "A199R-0169R"):
        assert secret not in kept


@on_both
def test_contacts_are_asked_for_in_one_call_a_batch(captured: Bench) -> None:
    captured.hear(*(received(f"c{number}") for number in range(20)))
    captured.drain()
    assert [len(wanted) for wanted in captured.contacts.asked] == [20]
    assert {state for _, state, _ in captured.ends()} == {"captured"}


def test_while_intake_is_away_receipts_wait_and_notices_go_out(sent: Bench, mail: FakeChannel) -> None:
    sent.contacts.away = True
    sent.hear(received(), routed())
    sent.drain()
    assert [delivery.recipient for delivery, _ in mail.sent] == ["DPUPR"]
    row = sent.row(recipient="citizen")
    assert (row["state"], row["last_problem"], row["channel"]) == ("pending", "contacts_away", "any")
    assert row["due_at"] > sent.clock.now()
    sent.contacts.away = False
    sent.clock.pass_time(120)
    sent.drain()
    assert ("citizen", "sent", "accepted") in sent.ends()


def test_what_nobody_could_resolve_for_a_day_is_given_up(sent: Bench) -> None:
    sent.contacts.away = True
    sent.hear(received())
    for _ in range(3):
        sent.drain()
        sent.clock.pass_time(DAY / 2 + 60)
    assert sent.ends() == [("citizen", "failed", "contacts_away")]
    assert [said.reason for said in sent.said()] == ["contacts_away"]


def test_a_deleted_contact_ends_as_skipped(sent: Bench, mail: FakeChannel) -> None:
    sent.contacts.gone.add("ref-c1")
    sent.hear(received())
    sent.drain()
    assert sent.ends() == [("citizen", "skipped", "contact_gone")]
    assert mail.sent == []


@on_both
def test_a_passing_failure_is_tried_again_later_and_each_attempt_is_kept(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("pending", "refused_451"), Outcome("pending", "server_away", away=Away.CHANNEL)]
    sent.hear(routed())
    waits = []
    for _ in range(3):
        sent.drain()
        if sent.row()["state"] == "pending":
            waits.append((sent.row()["due_at"] - sent.clock.now()).total_seconds())
        sent.clock.pass_time(10)
    assert sent.ends() == [("DPUPR", "sent", "accepted")]
    assert [(row["number"], row["outcome"], row["reason"]) for row in sent.attempts()] == [
        (1, "retry", "refused_451"), (2, "retry", "server_away"), (3, "sent", "accepted"),
    ]  # fmt: skip
    assert 0 < waits[0] < waits[1]
    assert all(row["finished_at"] is not None for row in sent.attempts())
    assert [said.outcome for said in sent.said()] == ["sent"]


def test_after_a_day_of_failures_it_is_given_up_and_said(sent: Bench, mail: FakeChannel) -> None:
    mail.usual = Outcome("pending", "server_away", away=Away.CHANNEL)
    sent.hear(routed())
    while sent.row()["state"] == "pending":
        sent.drain()
        sent.clock.pass_time(3600)
    assert sent.ends() == [("DPUPR", "failed", "server_away")]
    assert DAY <= (sent.row()["finished_at"] - NOW).total_seconds() < DAY + 4000
    assert [said.reason for said in sent.said()] == ["server_away"]


def test_what_lay_for_days_is_tried_once_before_it_is_given_up(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed())
    sent.clock.pass_time(3 * DAY)
    sent.drain()
    assert sent.ends() == [("DPUPR", "sent", "accepted")]


def test_when_the_way_out_is_away_the_rest_of_the_batch_is_not_tried(sent: Bench, mail: FakeChannel) -> None:
    mail.usual = Outcome("pending", "server_away", away=Away.CHANNEL)
    sent.hear(*(routed(f"c{number}") for number in range(5)))
    sent.step()
    assert len(mail.sent) == 1
    assert sorted(row["attempts"] for row in sent.rows()) == [0, 0, 0, 0, 1]
    assert all(row["state"] == "pending" and row["lease_owner"] is None for row in sent.rows())


@pytest.mark.parametrize("outcome", [Outcome("failed", "refused_550"), Outcome("uncertain", "no_answer_after_data")])
def test_a_final_outcome_is_never_tried_again(sent: Bench, mail: FakeChannel, outcome: Outcome) -> None:
    mail.outcomes = [outcome]
    sent.hear(routed())
    sent.drain()
    sent.clock.pass_time(DAY)
    sent.drain()
    assert len(mail.sent) == 1
    assert sent.ends() == [("DPUPR", outcome.state, outcome.reason)]
    assert sent.row()["data"]["text"]  # kept: a person may want to send it


def test_what_cannot_be_composed_does_not_hold_up_its_neighbours(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed("c1"))
    sent.change(data={})
    sent.hear(routed("c2"))
    sent.drain()
    assert sent.row(complaint_id="c2")["state"] == "sent"
    assert sent.row(complaint_id="c1")["last_problem"] == "not_composed"


def test_a_bad_address_fails_and_says_so(sent: Bench, mail: FakeChannel) -> None:
    sent.contacts.contact = {"email": "budi@mail.com\nBcc: x@y.z", "phone": "", "name": ""}
    sent.hear(received())
    sent.drain()
    assert sent.ends() == [("citizen", "failed", "bad_address")]


@on_both
def test_a_later_assignment_supersedes_a_notice_that_did_not_go_out_yet(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(assigned(), routed(decision={"also": ["BPBD"]}))
    sent.drain()
    assert sent.ends() == [
        ("BPBD", "skipped", "no_endpoint"), ("DISHUB", "sent", "accepted"), ("DPUPR", "skipped", "superseded"),
    ]  # fmt: skip


def test_back_to_the_first_agency_is_a_new_notice(sent: Bench, mail: FakeChannel) -> None:
    for event in (routed(), assigned(), assigned(agency="DPUPR", assignment=3)):
        sent.hear(event)
        sent.drain()
    assert [(delivery.recipient, delivery.assignment) for delivery, _ in mail.sent] == [
        ("DPUPR", 1), ("DISHUB", 2), ("DPUPR", 3),
    ]  # fmt: skip


def test_live_without_configuration_fails_and_the_readiness_page_warns(tmp_path: Path) -> None:
    made = bench(tmp_path, mode="live")
    made.contacts.by_ref["ref-c2"] = {"email": "", "phone": "+6281234567890", "name": ""}
    made.hear(received(), received("c2"), routed())
    made.drain()
    assert {(state, reason) for _, state, reason in made.ends()} == {("failed", "not_configured")}
    assert sorted(row["channel"] for row in made.rows()) == ["email", "email", "sms"]
    assert files(made) == []
    warnings = made.service.web.test_client().get("/readyz").get_json()["warnings"]
    assert len(warnings) == 2
    assert "TANGGAP_SMTP_URL" in warnings[0]
    made.close()


@on_both
def test_the_newest_revision_of_an_agency_wins_in_any_order(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(_moved(2, "new@cimahi.example"), _moved(1, "old@cimahi.example"))
    sent.seed()
    assert known(sent.database)["DPUPR"].endpoints["email"] == "new@cimahi.example"
    sent.hear(routed())
    sent.drain()
    letter = mail.sent[0][1]
    assert isinstance(letter, Mail)
    assert b"\r\nTo: Dinas PU <new@cimahi.example>\r\n" in letter.content


def test_an_address_that_changed_while_a_notice_waited_is_the_one_used(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("pending", "server_away", away=Away.CHANNEL)]
    sent.hear(routed())
    sent.drain()
    sent.hear(_moved(1, "new@cimahi.example"))
    sent.clock.pass_time(60)
    sent.drain()
    letter = mail.sent[1][1]
    assert isinstance(letter, Mail)
    assert letter.recipient == "new@cimahi.example"


def test_every_step_of_every_delivery_is_one_that_the_states_allow(sent: Bench, mail: FakeChannel) -> None:
    """Watches the database: whatever is written comes from a state that may lead there."""
    seen: dict[str, str] = {}
    steps: set[tuple[str, str]] = set()

    def watch(*_: Any) -> None:
        for row in sent.rows():
            before = seen.get(row["delivery_id"])
            if before is not None and before != row["state"]:
                steps.add((before, row["state"]))
            seen[row["delivery_id"]] = row["state"]

    mail.during = watch
    mail.outcomes = [Outcome("pending", "refused_450"), Outcome("failed", "refused_550"), Outcome("uncertain", "x")]
    sent.contacts.gone.add("ref-c9")
    sent.hear(received("c9"), *(routed(f"c{number}") for number in range(4)))
    watch()
    for _ in range(3):
        while sent.step():
            watch()
        sent.clock.pass_time(20)
    assert all(after in NEXT_STATES[before] for before, after in steps)
    assert {("pending", "sending"), ("sending", "pending"), ("sending", "failed"), ("pending", "skipped")} <= steps


def _moved(revision: int, email: str) -> AgencyChanged:
    return AgencyChanged(
        code="DPUPR", revision=revision, name="Dinas PU", kind="internal", changed_at=NOW, endpoints={"email": email}
    )
