"""From what is heard to how it ended: the notifier on a real database, stepped by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from services.notifier import repository
from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.delivery import NEXT_STATES, Outcome
from services.notifier.tables import attempts, deliveries
from shared.contracts.agency import AgencyChanged
from shared.errors import Transient
from shared.storage.leases import Lease
from tests.unit.notifier.samples import NOW, Bench, FakeChannel, assigned, bench, known, received, routed

DAY = 24 * 3600


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test is marked to run on both."""
    kind = getattr(request, "param", "sqlite")
    return "" if kind == "sqlite" else str(request.getfixturevalue("postgres_database"))


on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def captured(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    made = bench(tmp_path, database_url=database_url)
    yield made
    made.close()


@pytest.fixture
def mail() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def sms() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def sent(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    made = bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url)
    yield made
    made.close()


def files(made: Bench) -> list[str]:
    folder = made.folder / "captured"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


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
    assert all(row["data"] == {} for row in captured.rows())
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
    assert sent.ends() == [("citizen", "failed", "gave_up")]
    assert [said.reason for said in sent.said()] == ["gave_up"]


def test_a_deleted_contact_ends_as_skipped(sent: Bench, mail: FakeChannel) -> None:
    sent.contacts.gone.add("ref-c1")
    sent.hear(received())
    sent.drain()
    assert sent.ends() == [("citizen", "skipped", "contact_gone")]
    assert mail.sent == []


@on_both
def test_a_passing_failure_is_tried_again_later_and_each_attempt_is_kept(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("pending", "refused_451"), Outcome("pending", "server_away", away=True)]
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
    mail.usual = Outcome("pending", "server_away", away=True)
    sent.hear(routed())
    while sent.row()["state"] == "pending":
        sent.drain()
        sent.clock.pass_time(3600)
    assert sent.ends() == [("DPUPR", "failed", "gave_up")]
    assert sent.row()["last_problem"] == "server_away"
    assert DAY <= (sent.row()["finished_at"] - NOW).total_seconds() < DAY + 4000
    assert [said.reason for said in sent.said()] == ["gave_up"]


def test_what_lay_for_days_is_tried_once_before_it_is_given_up(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed())
    sent.clock.pass_time(3 * DAY)
    sent.drain()
    assert sent.ends() == [("DPUPR", "sent", "accepted")]


def test_when_the_way_out_is_away_the_rest_of_the_batch_is_not_tried(sent: Bench, mail: FakeChannel) -> None:
    mail.usual = Outcome("pending", "server_away", away=True)
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


def test_sending_is_committed_before_the_call(sent: Bench, mail: FakeChannel) -> None:
    seen: list[tuple[str, str]] = []

    def look(_delivery: Any) -> None:
        seen.append((sent.row()["state"], sent.attempts()[-1]["outcome"]))

    mail.during = look
    sent.hear(routed())
    sent.drain()
    assert seen == [("sending", "sending")]


class Died(BaseException):
    """The process ends in the middle of a call."""


@on_both
@pytest.mark.parametrize("number", [0, 2])
def test_a_crash_while_sending_leaves_one_uncertain_and_never_sends_it_twice(
    sent: Bench, mail: FakeChannel, number: int
) -> None:
    def die(_delivery: Any) -> None:
        if len(mail.sent) == number + 1:
            raise Died

    mail.during = die
    sent.hear(*(routed(f"c{each}") for each in range(3)))
    with pytest.raises(Died):
        sent.step()
    mail.during = None
    assert sent.step() is (False)  # the others are still held by the dead one
    sent.clock.pass_time(200)
    sent.drain()
    times = [delivery.complaint_id for delivery, _ in mail.sent]
    assert sorted(times) == ["c0", "c1", "c2"]
    assert sorted(state for _, state, _ in sent.ends()) == ["sent", "sent", "uncertain"]
    (uncertain,) = sent.rows(state="uncertain")
    assert uncertain["reason"] == "crashed_while_sending"
    assert sorted(said.outcome for said in sent.said()) == ["sent", "sent", "uncertain"]
    assert {row["outcome"] for row in sent.attempts()} == {"sent", "uncertain"}


@on_both
def test_a_crash_while_capturing_is_repeated_and_gives_the_same_file(tmp_path: Path, database_url: str) -> None:
    way = Capture(CaptureFolder(tmp_path / "captured"))

    class DyingOnce:
        via, repeatable, died = way.via, way.repeatable, False

        def send(self, *arguments: Any) -> Outcome:
            outcome = way.send(*arguments)
            if not self.died:
                self.died = True
                raise Died
            return outcome

    made = bench(tmp_path, channels={"email": DyingOnce(), "sms": None}, database_url=database_url)
    made.hear(received(), routed())
    with pytest.raises(Died):
        made.step()
    assert {row["state"] for row in made.rows()} == {"sending"}
    made.clock.pass_time(60)
    made.drain()
    assert {row["state"] for row in made.rows()} == {"captured"}
    assert len(files(made)) == 2
    assert sorted(said.outcome for said in made.said()) == ["captured", "captured"]
    assert sorted(row["outcome"] for row in made.attempts()) == ["captured", "captured", "retry", "retry"]
    made.close()


def test_a_row_in_sending_is_left_alone_while_its_lease_runs(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(routed())
    lease = Lease.take(sent.clock.now(), 60)
    sent.change(state="sending", channel="email", lease_owner=lease.owner, lease_until=lease.until)
    assert not sent.step()
    sent.clock.pass_time(61)
    assert sent.step()
    assert sent.ends() == [("DPUPR", "uncertain", "crashed_while_sending")]
    assert mail.sent == []


@on_both
def test_whoever_lost_the_lease_changes_nothing(sent: Bench, mail: FakeChannel) -> None:
    """Its process was stopped while it sent; meanwhile another one called the delivery uncertain."""

    def overtaken(_delivery: Any) -> None:
        mail.during = None
        sent.clock.pass_time(300)
        sent.drain()

    mail.during = overtaken
    sent.hear(routed())
    sent.step()
    assert sent.ends() == [("DPUPR", "uncertain", "crashed_while_sending")]
    assert [said.outcome for said in sent.said()] == ["uncertain"]


@on_both
def test_a_lapsed_lease_is_good_for_nothing_once_another_worker_holds_the_delivery(sent: Bench) -> None:
    sent.hear(routed())
    late = Lease.take(sent.clock.now(), 30)
    (held,) = repository.claim_due(sent.database, "email", late, sent.clock.now(), 20)
    sent.clock.pass_time(31)
    now = sent.clock.now()
    lease = Lease.take(now, 30)
    (mine,) = repository.claim_due(sent.database, "email", lease, now, 20)
    with sent.database.write() as tx:
        assert not repository.begin_attempts(tx, [held], late, channel="email", via="fake", now=now)
        assert repository.begin_attempts(tx, [mine], lease, channel="email", via="fake", now=now)
    with sent.database.write() as tx:
        assert not repository.postpone(tx, held, late, due_at=now, problem="x")
        assert not repository.hand_over(tx, held, late, "sms")
        assert not repository.finish(tx, held, late, state="failed", reason="x", channel="email", now=now)
    assert (sent.row()["state"], sent.row()["lease_owner"]) == ("sending", lease.owner)


@on_both
def test_two_workers_share_no_delivery(sent: Bench, mail: FakeChannel) -> None:
    first, second = sent.sending("email"), sent.sending("email")

    def other(_delivery: Any) -> None:
        mail.during = None
        second.run_due()

    mail.during = other
    sent.hear(*(routed(f"c{number:02}") for number in range(30)))
    while first.run_due():
        pass
    ids = [delivery.delivery_id for delivery, _ in mail.sent]
    assert len(ids) == len(set(ids)) == 30


def test_one_who_is_asked_to_leave_finishes_the_message_and_gives_back_the_rest(sent: Bench, mail: FakeChannel) -> None:
    sent.hear(*(routed(f"c{number}") for number in range(5)))
    sent.sending("email").run_due(lambda: len(mail.sent) == 2)
    assert sorted(row["state"] for row in sent.rows()) == ["pending"] * 3 + ["sent"] * 2
    assert all(row["lease_owner"] is None for row in sent.rows())
    sent.drain()
    assert len(mail.sent) == 5


def test_a_known_outcome_survives_a_database_that_is_away_for_a_moment(sent: Bench, mail: FakeChannel) -> None:
    engine = sent.database.engine
    refusals = 2

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal refusals
        if statement.startswith("UPDATE attempts") and refusals:
            refusals -= 1
            raise Transient("in the way", code="database")

    sqlalchemy_event.listen(engine, "before_cursor_execute", refuse)
    sent.hear(routed())
    sent.drain()
    assert refusals == 0
    assert sent.ends() == [("DPUPR", "sent", "accepted")]
    assert len(mail.sent) == 1


def test_a_bug_in_a_way_out_is_uncertain_not_a_second_mail(sent: Bench, mail: FakeChannel) -> None:
    def break_(_delivery: Any) -> None:
        raise RuntimeError("a bug")

    mail.during = break_
    sent.hear(routed())
    sent.drain()
    assert sent.ends() == [("DPUPR", "uncertain", "unexpected_error")]


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
    def changed(revision: int, email: str) -> AgencyChanged:
        return AgencyChanged("DPUPR", revision, "Dinas PU", "internal", NOW, {"email": email})

    sent.hear(changed(2, "new@cimahi.example"), changed(1, "old@cimahi.example"))
    sent.seed()
    assert known(sent.database)["DPUPR"].email == "new@cimahi.example"
    sent.hear(routed())
    sent.drain()
    assert str(mail.sent[0][1]["To"]) == "Dinas PU <new@cimahi.example>"  # type: ignore[index]


def test_an_address_that_changed_while_a_notice_waited_is_the_one_used(sent: Bench, mail: FakeChannel) -> None:
    mail.outcomes = [Outcome("pending", "server_away", away=True)]
    sent.hear(routed())
    sent.drain()
    sent.hear(AgencyChanged("DPUPR", 1, "Dinas PU", "internal", NOW, {"email": "new@cimahi.example"}))
    sent.clock.pass_time(60)
    sent.drain()
    assert "new@cimahi.example" in str(mail.sent[1][1]["To"])  # type: ignore[index]


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


def test_a_file_of_one_process_frees_what_a_dead_one_held(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.hear(routed())
    lease = Lease.take(made.clock.now(), 1000)
    made.change(lease_owner=lease.owner, lease_until=lease.until)
    assert not made.step()
    made.seed()
    assert made.step()
    made.close()


def test_nothing_is_written_while_nothing_is_due(sent: Bench) -> None:
    with sent.database.write() as tx:
        assert not tx.execute(deliveries.select()).all()
        assert not tx.execute(attempts.select()).all()
    assert not sent.step()
