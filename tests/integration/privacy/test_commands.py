"""`tanggap privacy` as the data-protection officer types it, beside a running intake."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from services.notifier.tables import deliveries
from shared.storage.database import Database
from tests.integration.answering import settle
from tests.integration.privacy.world import (
    EMAIL,
    NAME,
    PHONE,
    TRACES,
    WORD,
    erased_facts,
    published,
    submitted,
    traces,
    whole_complaint,
)
from tests.unit.intake.mail_building import MailWorld
from tests.unit.operations.shell import Said, Shell


@pytest.fixture
def built(whole: MailWorld) -> MailWorld:
    """In a time that is long past by the clock of the commands."""
    whole.clock.moment = datetime.now(UTC) - timedelta(days=1000)
    return whole


def run(shell: Shell, *args: str) -> Said:
    said = shell.run("privacy", *args)
    assert said.code == 0, said.err
    assert not [one for one in TRACES if one in said.out + said.err], "the terminal's log keeps no contact"
    return said


def test_purging_shows_what_is_due_and_removes_just_that(built: MailWorld, shell: Shell) -> None:
    whole_complaint(built)
    built.door.accept(submitted(provider_id="open"))
    published(built)
    due = {one["kind"]: one["number"] for one in run(shell, "purge", "--dry-run", "--json").json()["kinds"]}
    assert due == dict.fromkeys(("contact", "photos", "mails"), 1) | dict.fromkeys(
        ("text", "quarantine", "unsettled", "sms", "wished"), 0
    )
    shown = run(shell, "purge", "--dry-run").out
    assert "contacts" in shown
    assert "1 complaint older than that still going on: not touched" in shown
    assert len(built.rows(tables.contacts)) == 2, "nothing was changed"
    assert run(shell, "purge", "--limit", "1").out == "removed: contacts 1\n"
    assert run(shell, "purge", "--json").json() == {"dry_run": False, "removed": {"photos": 1}}
    assert run(shell, "purge").out == "nothing was due\n"
    assert [row["act"] for row in built.rows(tables.audit)] == ["privacy.purge"] * 2
    assert built.files() == 0


@pytest.mark.parametrize("spelling", [EMAIL, EMAIL.upper(), PHONE, "0812 0000 1234", "62-812-0000-1234"])
def test_deleting_removes_all_that_is_held_of_a_contact(built: MailWorld, shell: Shell, spelling: str) -> None:
    whole_complaint(built)
    _set_aside(built)
    said = run(shell, "delete", spelling, "--dry-run", "--json").json()
    assert [one["open"] for one in said["complaints"]] == [False]
    assert said["quarantine"] == 1
    assert traces(built) != []
    said = run(shell, "delete", spelling, "--yes", "--reason", "surat 12/2026")
    assert "what is left: backups" in said.out
    assert traces(built) == []
    assert built.files() == 0
    (act,) = built.rows(tables.audit)
    assert (act["act"], act["reason"], act["details"]["number"]) == ("privacy.delete", "surat 12/2026", 1)
    assert "nothing is held of this contact" in run(shell, "delete", spelling).out


def test_a_mail_of_somebody_else_that_names_the_contact_is_not_lost(built: MailWorld, shell: Shell) -> None:
    secret = "-----BEGIN PGP MESSAGE-----\n\nxx\n-----END PGP MESSAGE-----\n"
    for sender, other in (("budi@example.org", EMAIL), (EMAIL, "budi@example.org")):
        head = f"From: {sender}\nTo: lapor@kota.example.org\nCc: {other}\nSubject: Rahasia\n"
        taken = built.take(f"{head}Message-ID: <{sender}>\n\n{secret}".encode(), sender)
        assert taken.kind.value == "quarantine"
    run(shell, "delete", EMAIL, "--yes")
    states = sorted((row["state"], row["outcome"]) for row in built.rows(tables.quarantine))
    assert states == [("discarded", "removed"), ("waiting", None)]
    assert len(built.rows(tables.raw_messages)) == 1


def test_of_a_case_that_is_going_on_only_the_contact_goes_at_once(built: MailWorld, shell: Shell) -> None:
    receipt = built.door.accept(submitted(f"Jalan {WORD}."))
    said = run(shell, "delete", EMAIL, "--yes")
    assert "the contact now, the rest when it has ended" in said.out
    assert "1 complaint still going on: text and photos go by themselves" in said.out
    assert built.rows(tables.contacts) == []
    assert built.rows(tables.complaints)[0]["text"] == f"Jalan {WORD}."
    settle(built, receipt.complaint_id)
    published(built)
    assert run(shell, "purge", "--json").json()["removed"] == {"wished": 1}
    assert traces(built) == []
    assert {fact.reason for fact in erased_facts(built)} == {"request"}


def test_a_blocked_contact_keeps_only_its_key(built: MailWorld, shell: Shell) -> None:
    whole_complaint(built)
    assert shell.run("block", "add", EMAIL, "--reason", "mengganggu").code == 0
    assert "the contact is blocked: its key stays until" in run(shell, "delete", EMAIL, "--yes").out
    assert len(built.rows(tables.blocked_contacts)) == 1
    assert traces(built) == []
    again = run(shell, "delete", EMAIL).out
    assert "but that it is blocked" in again


def test_what_other_services_sent_to_the_contact_is_named_to_them(
    built: MailWorld, shell: Shell, tmp_path: Path
) -> None:
    key = built.parts.vault.email_key(EMAIL)
    notifier = Database(f"sqlite:///{tmp_path}/notifier.db")
    with notifier.write() as tx:
        tx.execute(deliveries.insert(), _delivery(built, key))
    notifier.close()
    assert "notices about 1 other matter" in run(shell, "delete", EMAIL, "--yes").out
    assert [(fact.complaint_id, fact.parts) for fact in erased_facts(built)] == [("check-1", ["contact", "text"])]


def test_a_case_that_is_going_on_keeps_its_text_however_often_it_is_asked_for(
    built: MailWorld, shell: Shell, tmp_path: Path
) -> None:
    """Also while the notifier has not heard of the first time yet."""
    receipt = built.door.accept(submitted())
    notifier = Database(f"sqlite:///{tmp_path}/notifier.db")
    key = built.parts.vault.email_key(EMAIL)
    with notifier.write() as tx:
        tx.execute(deliveries.insert(), {**_delivery(built, key), "complaint_id": receipt.complaint_id})
    notifier.close()
    for _ in range(2):
        run(shell, "delete", EMAIL, "--yes")
    assert {tuple(fact.parts) for fact in erased_facts(built)} == {("contact",)}


def test_nothing_is_removed_without_a_word(built: MailWorld, shell: Shell) -> None:
    whole_complaint(built)
    said = shell.run("privacy", "delete", EMAIL)
    assert said.code != 0
    assert "nothing was changed: without a terminal to ask at, --yes is needed" in said.err
    assert "neither an e-mail address" in shell.run("privacy", "delete", NAME).err
    assert len(shell.run("privacy", "delete", "9" * 100_000).err) < 200
    assert len(built.rows(tables.contacts)) == 1
    assert built.rows(tables.audit) == []


def _set_aside(built: MailWorld) -> None:
    """A mail that nobody could read, and a report of a mail server that belongs to no complaint."""
    built.intake.set_aside(f"From: {EMAIL}\n\n{WORD} {PHONE}".encode(), "reader_failed", "ValueError")
    bounce = f"From: mailer-daemon@x\n\nDelivery to {EMAIL} ({PHONE}) failed.".encode()
    raw = built.intake.raws.keep(bounce)
    with built.database.write() as tx:
        tx.execute(
            tables.raw_messages.insert(),
            {"raw_id": "r1", "channel": "email", "sha256": raw.sha256, "size": raw.size, "sealed": raw.sealed,
             "received_at": built.clock.now()},
        )  # fmt: skip


def _delivery(built: MailWorld, key: Any) -> dict[str, Any]:
    now = built.clock.now()
    return {
        "delivery_id": "d1", "complaint_id": "check-1", "assignment": 0, "recipient": "citizen", "message": "check",
        "ticket": "-", "channel": "email", "lane": "email:x", "language": "", "urgent": True, "gave_up": [],
        "contact_ref": "c", "recipient_key": key, "data": {}, "state": "sent", "reason": "", "last_problem": "",
        "traceparent": "", "attempts": 1, "planned_at": now, "since": now, "due_at": now,
    }  # fmt: skip


def test_json_is_json(built: MailWorld, shell: Shell) -> None:
    assert json.loads(shell.run("privacy", "delete", EMAIL, "--json").out)["complaints"] == []
