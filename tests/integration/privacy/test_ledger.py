"""A backup that is restored brings back what was removed since; the list beside the databases removes it again."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
)
from tests.unit.intake.mail_building import MailWorld


def ledger(small: MailWorld) -> Ledger:
    return small.parts.purge.erasing.ledger


def back_up(small: MailWorld, folder: Path) -> None:
    small.database.close()
    shutil.copy(folder / "intake.db", folder / "backup.db")
    shutil.copytree(folder / "attachments", folder / "backup", dirs_exist_ok=True)


def restore(small: MailWorld, folder: Path) -> None:
    """The old database and files stand in the place of the newer ones."""
    small.database.close()
    for left in folder.glob("intake.db*"):
        left.unlink()
    shutil.copy(folder / "backup.db", folder / "intake.db")
    shutil.copytree(folder / "backup", folder / "attachments", dirs_exist_ok=True)


def delete(small: MailWorld) -> None:
    found, contact = holder(small)
    found.erase(contact, found.find(contact))


def test_what_a_restore_brought_back_is_removed_again(small: MailWorld, tmp_path: Path) -> None:
    whole_complaint(small)
    small.intake.set_aside(f"From: {EMAIL}\n\n{WORD} {PHONE}".encode(), "reader_failed", "ValueError")
    going_on = small.door.accept(submitted(provider_id="open"))
    published(small)
    back_up(small, tmp_path)
    delete(small)
    restore(small, tmp_path)
    assert len(traces(small)) > 10
    assert small.files() == 5
    later = small.door.accept(submitted("Laporan sesudahnya.", provider_id="later"))
    assert remove_again(small.parts.purge.erasing) == Again(complaints=2, contacts=1)
    (left,) = small.rows(tables.contacts)
    assert left["complaint_id"] == later.complaint_id, "what came later is not touched"
    assert small.files() == 0
    assert {one.split(":")[0] for one in traces(small, WORD)} == {"complaints.text", "outbox.body"}, "going on"
    assert remove_again(small.parts.purge.erasing) == Again()
    settle(small, going_on.complaint_id)
    published(small)
    purge(small).run()
    assert traces(small, WORD) == []


def test_the_list_names_nobody_and_is_closed_to_others(small: MailWorld) -> None:
    whole_complaint(small)
    delete(small)
    path = ledger(small).path
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [word for word in (EMAIL, PHONE, "Siti", WORD) if word in text]
    assert [sorted(json.loads(line)) for line in text.splitlines()] == [
        ["at", "complaint_id", "parts", "reason", "wish"],
        ["at", "contact_key", "mails", "quarantined"],
    ]


def test_a_line_that_is_torn_or_newer_is_passed_over(small: MailWorld) -> None:
    whole_complaint(small)
    delete(small)
    with ledger(small).path.open("a") as file:
        file.write('{"later": 1}\nnot json\n["a"]\n{"complaint_id": "c", "parts": [], "rea')
    assert len(list(ledger(small).entries())) == 2


def test_what_was_not_listed_when_the_process_died_is_listed_by_the_next_purge(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    erasing = small.parts.purge.erasing
    dying = replace(erasing, ledger=Ledger(Path("/proc/none/erasures.jsonl")))
    with small.database.write() as tx:
        dying.erase(tx, receipt.complaint_id, PARTS, reason=RETENTION)
    assert list(ledger(small).entries()) == []
    small.parts.purge.run()
    (entry,) = ledger(small).entries()
    assert isinstance(entry, ErasedComplaint)
    assert (entry.complaint_id, sorted(entry.parts)) == (receipt.complaint_id, sorted(PARTS))
    with small.database.read() as connection:
        assert complete_ledger(erasing, connection) == 0


def test_without_a_list_there_is_nothing_to_do(small: MailWorld) -> None:
    small.clock.moment += timedelta(days=1)
    assert remove_again(small.parts.purge.erasing) == Again()
