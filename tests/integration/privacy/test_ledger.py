"""A backup that is restored brings back what was removed since; the list beside the databases removes it again."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.intake import tables
from services.intake.privacy.again import Again, complete_ledger, remove_again
from services.intake.privacy.erasing import PARTS, RETENTION
from services.intake.privacy.ledger import ErasedComplaint, Ledger
from tests.integration.answering import settle
from tests.integration.privacy.world import (
    EMAIL,
    PHONE,
    WORD,
    holder,
    published,
    purge,
    submitted,
    traces,
    whole_complaint,
    world,
)
from tests.unit.intake.mail_building import MailWorld


@pytest.fixture
def built(tmp_path: Path) -> Iterator[MailWorld]:
    with world(tmp_path) as one:
        yield one


def ledger(built: MailWorld) -> Ledger:
    return built.parts.purge.erasing.ledger


def back_up(built: MailWorld, folder: Path) -> None:
    built.database.close()
    shutil.copy(folder / "intake.db", folder / "backup.db")
    shutil.copytree(folder / "attachments", folder / "backup", dirs_exist_ok=True)


def restore(built: MailWorld, folder: Path) -> None:
    """The old database and files stand in the place of the newer ones."""
    built.database.close()
    for left in folder.glob("intake.db*"):
        left.unlink()
    shutil.copy(folder / "backup.db", folder / "intake.db")
    shutil.copytree(folder / "backup", folder / "attachments", dirs_exist_ok=True)


def delete(built: MailWorld) -> None:
    found, contact = holder(built)
    found.erase(contact, found.find(contact))


def test_what_a_restore_brought_back_is_removed_again(built: MailWorld, tmp_path: Path) -> None:
    whole_complaint(built)
    built.intake.set_aside(f"From: {EMAIL}\n\n{WORD} {PHONE}".encode(), "reader_failed", "ValueError")
    going_on = built.door.accept(submitted(provider_id="open"))
    published(built)
    back_up(built, tmp_path)
    delete(built)
    restore(built, tmp_path)
    assert len(traces(built)) > 10
    assert built.files() == 5
    later = built.door.accept(submitted("Laporan sesudahnya.", provider_id="later"))
    assert remove_again(built.parts.purge.erasing) == Again(complaints=2, contacts=1)
    (left,) = built.rows(tables.contacts)
    assert left["complaint_id"] == later.complaint_id, "what came later is not touched"
    assert built.files() == 0
    assert {one.split(":")[0] for one in traces(built, WORD)} == {"complaints.text", "outbox.body"}, "going on"
    assert remove_again(built.parts.purge.erasing) == Again()
    settle(built, going_on.complaint_id)
    published(built)
    purge(built).run()
    assert traces(built, WORD) == []


def test_the_list_names_nobody_and_is_closed_to_others(built: MailWorld) -> None:
    whole_complaint(built)
    delete(built)
    path = ledger(built).path
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [word for word in (EMAIL, PHONE, "Siti", WORD) if word in text]
    assert [sorted(json.loads(line)) for line in text.splitlines()] == [
        ["at", "complaint_id", "parts", "reason", "wish"],
        ["at", "contact_key", "mails", "quarantined"],
    ]


def test_a_line_that_is_torn_or_newer_is_passed_over(built: MailWorld) -> None:
    whole_complaint(built)
    delete(built)
    with ledger(built).path.open("a") as file:
        file.write('{"later": 1}\nnot json\n["a"]\n{"complaint_id": "c", "parts": [], "rea')
    assert len(list(ledger(built).entries())) == 2


def test_what_was_not_listed_when_the_process_died_is_listed_by_the_next_purge(built: MailWorld) -> None:
    receipt = whole_complaint(built)
    erasing = built.parts.purge.erasing
    dying = replace(erasing, ledger=Ledger(Path("/proc/none/erasures.jsonl")))
    with built.database.write() as tx:
        dying.erase(tx, receipt.complaint_id, PARTS, reason=RETENTION)
    assert list(ledger(built).entries()) == []
    built.parts.purge.run()
    (entry,) = ledger(built).entries()
    assert isinstance(entry, ErasedComplaint)
    assert (entry.complaint_id, sorted(entry.parts)) == (receipt.complaint_id, sorted(PARTS))
    with built.database.read() as connection:
        assert complete_ledger(erasing, connection) == 0


def test_without_a_list_there_is_nothing_to_do(built: MailWorld) -> None:
    built.clock.moment += timedelta(days=1)
    assert remove_again(built.parts.purge.erasing) == Again()
