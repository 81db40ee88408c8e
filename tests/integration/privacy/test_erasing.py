"""Parts of a complaint are removed for good, in one transaction, and nothing else is."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import tables
from services.intake.privacy.erasing import PARTS, REQUEST, RETENTION
from services.intake.submission import Addition, Contact
from services.intake.tracking import Tracking
from shared.blobs import BlobFolder
from shared.erasing import AGAIN
from shared.erasing import KIND as AGAIN_TIMER
from shared.errors import Refused
from tests.integration.answering import answered, hear
from tests.integration.privacy.world import (
    EMAIL,
    NAME,
    PHONE,
    WORD,
    erased_facts,
    photo,
    published,
    submitted,
    traces,
    whole_complaint,
)
from tests.unit.intake.mail_building import MailWorld

COUNTED = ("status", "agency", "channel", "kind", "identity", "kecamatan", "kelurahan", "receipt", "received_at")


def erase(built: MailWorld, complaint_id: str, *parts: Any, reason: Any = RETENTION) -> None:
    with built.database.write() as tx:
        assert built.parts.purge.erasing.erase(tx, complaint_id, parts or PARTS, reason=reason)


def tracked(built: MailWorld, receipt: Any) -> Any:
    tracking = Tracking(built.database, built.clock, built.parts.vault.sealer, "CMH")
    return tracking.look_up(receipt.ticket, receipt.tracking_code)


def test_nothing_is_left_of_it_but_what_is_counted(built: MailWorld) -> None:
    receipt = whole_complaint(built)
    assert len(traces(built)) > 10
    assert built.files() == 5, "two photos, two previews, a mail"
    (before,) = built.rows(tables.complaints)
    erase(built, receipt.complaint_id)
    assert traces(built) == []
    assert built.files() == 0
    (after,) = built.rows(tables.complaints)
    assert [after[name] for name in COUNTED] == [before[name] for name in COUNTED]
    assert (after["text"], after["contact_ref"], after["latitude"], after["detail"]) == ("", None, None, None)
    assert built.rows(tables.ratings)[0]["score"] == 4
    (fact,) = erased_facts(built)
    assert (fact.ticket, fact.parts, fact.reason) == (receipt.ticket, list(PARTS), "retention")
    (mark,) = built.rows(tables.messaging.erasures)
    assert (mark["parts"], mark["reason"]) == (sorted(PARTS), "retention")


@pytest.mark.parametrize(
    ("part", "gone", "stays"),
    [
        ("contact", (EMAIL, PHONE), ("complaints.text", "answers.text")),
        ("text", (WORD, NAME), ("contacts.name_sealed",)),
        ("photos", (), ("complaints.text", "contacts.email_sealed")),
    ],
)
def test_one_part_leaves_the_others(small: MailWorld, part: str, gone: tuple[str, ...], stays: tuple[str, ...]) -> None:
    receipt = whole_complaint(small, text=f"Jalan {WORD}.")
    erase(small, receipt.complaint_id, part)
    left = traces(small)
    assert [one for one in left for wanted in gone if wanted in one and not one.startswith("contacts.name")] == []
    assert {one.split(":")[0] for one in left} >= set(stays)
    assert (small.files() == 1) == (part == "photos"), "a mail stays as long as contact and text do"


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)))
def test_parts_in_any_order_and_twice_end_alike(small: MailWorld, order: tuple[str, ...]) -> None:
    receipt = whole_complaint(small)
    for part in (*order, *order):
        erase(small, receipt.complaint_id, part)
    assert traces(small) == []
    assert small.files() == 0
    notes = [row["event"] for row in small.rows(tables.timeline) if row["event"].startswith("erased")]
    assert sorted(notes) == ["erased.contact", "erased.photos", "erased.text"]


def test_a_file_stays_as_long_as_another_complaint_has_it(small: MailWorld) -> None:
    first = whole_complaint(small, raw=None)
    other = small.door.accept(
        submitted(photos=small.parts.photos.keep([photo()]).kept, provider_id="another", text="Lain lagi.")
    )
    assert small.files() == 4
    erase(small, first.complaint_id)
    assert small.files() == 2
    erase(small, other.complaint_id)
    assert small.files() == 0


def test_a_process_that_dies_before_its_files_are_gone_leaves_them_to_the_next(built: MailWorld) -> None:
    receipt = whole_complaint(built)
    dying = replace(built.parts.purge.erasing.files, blobs=_Dying(built.parts.attachments.root))
    with pytest.raises(KeyboardInterrupt), built.database.write() as tx:
        replace(built.parts.purge.erasing, files=dying).erase(tx, receipt.complaint_id, PARTS, reason=RETENTION)
    assert built.rows(tables.complaints)[0]["text"] == "", "committed"
    assert built.files() == 5
    assert len(built.rows(tables.unwanted_files)) == 5
    built.parts.purge.run()
    assert built.files() == 0
    assert built.rows(tables.unwanted_files) == []


def test_a_disk_that_refuses_keeps_the_file_for_later(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    refusing = replace(small.parts.purge.erasing.files, blobs=_Refusing(small.parts.attachments.root))
    with small.database.write() as tx:
        replace(small.parts.purge.erasing, files=refusing).erase(tx, receipt.complaint_id, PARTS, reason=RETENTION)
    assert len(small.rows(tables.unwanted_files)) == 5
    small.parts.purge.erasing.files.remove()
    assert (small.files(), small.rows(tables.unwanted_files)) == (0, [])


def test_what_comes_in_between_is_removed_by_the_timer(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    late = answered(small, receipt.complaint_id, number=2, revision=9, answer=f"Lagi {WORD}")
    erase(small, receipt.complaint_id)
    hear(small, late)
    assert traces(small) != []
    published(small)
    small.clock.moment += AGAIN + timedelta(seconds=1)
    spine = small.parts.spine
    assert spine.timers.run_due(small.database, {AGAIN_TIMER: small.parts.purge.erasing.again})
    assert traces(small) == []
    assert not [row for row in small.rows(spine.tables.timers) if row["kind"] == AGAIN_TIMER]
    assert len(erased_facts(small)) == 1, "said once"


def test_words_that_wait_for_the_broker_go_when_they_were_published(small: MailWorld) -> None:
    receipt = small.door.accept(submitted())
    erase(small, receipt.complaint_id)
    assert {one.split(":")[0] for one in traces(small)} == {"outbox.body"}
    small.clock.moment += AGAIN + timedelta(seconds=1)
    spine = small.parts.spine
    handlers = {AGAIN_TIMER: small.parts.purge.erasing.again}
    assert spine.timers.run_due(small.database, handlers)
    published(small)
    small.clock.moment += AGAIN + timedelta(seconds=1)
    assert spine.timers.run_due(small.database, handlers)
    assert traces(small) == []


def test_the_same_message_again_does_not_bring_it_back(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    erase(small, receipt.complaint_id)
    again = small.door.accept(submitted(photos=small.parts.photos.keep([photo()]).kept))
    assert (again.complaint_id, again.new) == (receipt.complaint_id, False)
    assert [one for one in traces(small, WORD, NAME, PHONE)] == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [(RETENTION, "dihapus karena masa simpannya habis"), (REQUEST, "dihapus atas permintaan pelapor")],
)
def test_the_sender_reads_that_and_why_it_was_removed(small: MailWorld, reason: str, told: str) -> None:
    receipt = whole_complaint(small)
    erase(small, receipt.complaint_id, reason=reason)
    page = tracked(small, receipt)
    assert page.is_erased
    assert (page.may_rate, page.may_object) == (False, False)
    notes = [entry.note for entry in page.timeline if entry.event == "erased"]
    assert len(notes) == 3
    assert all(told in note for note in notes)
    assert page.timeline[-1].at == small.clock.now()
    assert not any(entry.words for entry in page.timeline)


def test_of_what_was_never_there_nothing_is_told(small: MailWorld) -> None:
    receipt = small.door.accept(submitted(contact=Contact(), sender=""))
    erase(small, receipt.complaint_id)
    assert [row["event"] for row in small.rows(tables.timeline)] == ["received", "erased.text"]


def test_nothing_is_added_to_what_nobody_would_read(small: MailWorld) -> None:
    receipt = whole_complaint(small)
    erase(small, receipt.complaint_id)
    with pytest.raises(Refused) as told:
        small.parts.additions.add(Addition(receipt.complaint_id, "addition", "web", "form", "Masih ada.", "x9", EMAIL))
    assert (told.value.code, told.value.status) == ("already_removed", 410)
    reply = f"From: {EMAIL}\nTo: lapor@kota.example.org\nSubject: Re: {receipt.ticket}\n\nMasih berlubang di Cibeber."
    taken = small.take(reply.encode())
    assert taken.kind.value == "complaint", "an answer to it begins anew, and is not lost"
    assert taken.ticket != receipt.ticket


class _Dying(BlobFolder):
    def remove(self, name: str) -> None:
        raise KeyboardInterrupt


class _Refusing(BlobFolder):
    def remove(self, name: str) -> None:
        raise PermissionError(13, "not allowed")
