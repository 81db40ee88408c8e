"""The poller against a mailbox that misbehaves: nothing is lost, nothing blocks, and somebody is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from services.intake.mail.intake import Taken
from services.intake.mail.listener import MOST_MAIL_BYTES
from services.intake.mail.mailbox import MOST_ATTEMPTS, MailboxPoller
from services.intake.mail.mailbox_rows import MailboxRows
from services.intake.mail.sorting import MailKind
from shared.errors import Refused, Transient
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import raw_mail


class FakeMailbox:
    """Mails by number; `full` lets nothing be moved, `gone` ends the connection."""

    def __init__(self, *mails: bytes) -> None:
        self.validity = 1
        self.inbox = dict(enumerate(mails, start=1))
        self.moved: dict[int, str] = {}
        self.sizes: dict[int, int] = {}
        self.full = self.gone = False
        self.opened = 0

    def open(self) -> None:
        self.opened += 1
        self._check()

    def close(self) -> None: ...

    def uids(self) -> list[int]:
        self._check()
        return sorted(self.inbox)

    def size(self, uid: int) -> int | None:
        self._check()
        return self.sizes.get(uid, len(self.inbox[uid])) if uid in self.inbox else None

    def fetch(self, uid: int) -> bytes | None:
        self._check()
        return self.inbox.get(uid)

    def move(self, uid: int, folder: tuple[str, ...]) -> None:
        if self.full:
            raise Refused("the mail server does not move it: over quota", code="mailbox_no_move")
        if self.inbox.pop(uid, None) is not None:
            self.moved[uid] = folder[-1]

    def wait(self, seconds: float) -> bool:
        self._check()
        return False

    def _check(self) -> None:
        if self.gone:
            raise Transient("the mail server does not answer", code="mailbox_away")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with mail_world(tmp_path, **OURS) as built:
        yield built


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailWorld]:
    url = request.getfixturevalue("postgres_database") if request.param == "postgres" else None
    with mail_world(tmp_path, url, **OURS) as built:
        yield built


def poller(world: MailWorld, box: FakeMailbox, intake: Any = None) -> MailboxPoller:
    rows = MailboxRows(world.database, world.clock, "uji@mail.example.org")
    return MailboxPoller(lambda: box, rows, intake or world.intake, world.clock, 60)


def later(world: MailWorld, one: MailboxPoller, seconds: float = 61) -> None:
    world.clock.pass_by(seconds=seconds)
    world.clock.seconds += seconds
    one.step()


def test_each_outcome_has_its_folder(world: MailWorld) -> None:
    names = ["plain_ascii", "encrypted_by_pgp", "empty", "auto_reply_to_nothing_of_ours"]
    box = FakeMailbox(*(raw_mail(name) for name in names))
    poller(world, box).step()
    assert box.moved == {1: "Diterima", 2: "Karantina", 3: "Ditolak", 4: "Diterima"}


def test_what_cannot_be_moved_is_stored_once_and_told(world: MailWorld) -> None:
    box = FakeMailbox(raw_mail("plain_ascii"))
    box.full = True
    one = poller(world, box)
    one.step()
    assert one.warning is not None
    assert "over quota" in one.warning
    later(world, one)
    assert len(world.rows(tables.complaints)) == 1
    box.full = False
    later(world, one)
    assert box.moved == {1: "Diterima"}
    later(world, one)
    assert one.warning is None


class Bombs:
    """An intake with a mistake in it. It holds nothing large: what fails is logged with what it held."""

    records: Any = None

    def take(self, raw: bytes, *_more: Any, **_options: Any) -> Taken:
        if raw == b"bom":
            raise ZeroDivisionError("a bug")
        return Taken(MailKind.COMPLAINT, "text", "250 OK")

    def set_aside(self, _whole: bytes, reason: str, _detail: str) -> Taken:
        return Taken(MailKind.QUARANTINE, reason, "250 OK")


def test_a_mail_that_cannot_be_stored_blocks_none_behind_it(world: MailWorld) -> None:
    box = FakeMailbox(b"bom", b"bom", b"bom", b"Lampu padam.")
    rows = MailboxRows(world.database, world.clock, "uji@mail.example.org")
    one = MailboxPoller(lambda: box, rows, Bombs(), world.clock, 60, at_once=2)
    one.step()
    one.step()
    assert box.moved == {4: "Diterima"}
    assert one.warning is not None
    for _ in range(2 * MOST_ATTEMPTS + 2):
        later(world, one)
    assert box.moved == {4: "Diterima", 1: "Karantina", 2: "Karantina", 3: "Karantina"}


def test_an_outage_is_not_the_mails_fault(world: MailWorld) -> None:
    class Away:
        records = world.intake.records
        set_aside = world.intake.set_aside
        away = True

        def take(self, raw: bytes, *more: Any, **options: Any) -> Any:
            if self.away:
                raise Transient("the disk is full", code="files_away")
            return world.intake.take(raw, *more, **options)

    intake, box = Away(), FakeMailbox(raw_mail("plain_ascii"))
    one = poller(world, box, intake)
    for _ in range(3 * MOST_ATTEMPTS):
        with pytest.raises(Transient):
            one.step()
    intake.away = False
    one.step()
    assert box.moved == {1: "Diterima"}


def test_a_mail_beyond_measure_is_not_fetched(world: MailWorld) -> None:
    box = FakeMailbox(raw_mail("plain_ascii"))
    box.sizes[1] = MOST_MAIL_BYTES + 1
    poller(world, box).step()
    assert box.moved == {1: "Ditolak"}
    assert [row["reason"] for row in world.rows(tables.refusals)] == ["too_large"]


def test_new_numbers_are_new_mails_and_the_door_knows_what_it_has(either: MailWorld) -> None:
    world = either
    raw = raw_mail("plain_ascii")
    poller(world, FakeMailbox(raw)).step()
    renumbered = FakeMailbox(raw, raw_mail("html_only"))
    renumbered.validity = 2
    poller(world, renumbered).step()
    assert len(world.rows(tables.complaints)) == 2
    assert renumbered.moved == {1: "Diterima", 2: "Diterima"}


def test_mails_without_sender_and_id_are_told_apart_by_where_they_lay(world: MailWorld) -> None:
    raw = b"Subject: Lampu\r\n\r\nLampu padam di Utama.\r\n"
    box = FakeMailbox(raw, raw)
    poller(world, box).step()
    killed = FakeMailbox(raw, raw)  # as if nothing had been written down after the door had accepted
    with world.database.write() as tx:
        tx.execute(tables.mailbox_mails.delete())
    poller(world, killed).step()
    assert len(world.rows(tables.complaints)) == 2


def test_the_connection_is_opened_again_after_a_loss(world: MailWorld) -> None:
    box = FakeMailbox()
    one = poller(world, box)
    one.step()
    box.gone = True
    world.clock.seconds += 61
    with pytest.raises(Transient) as lost:
        one.step()
    assert lost.value.retry_after_seconds
    assert one.warning == "the mailbox cannot be read: the mail server does not answer"
    box.gone = False
    box.inbox[7] = raw_mail("plain_ascii")
    one.step()
    assert (box.opened, box.moved) == (2, {7: "Diterima"})
    assert not one.warning


def test_a_mail_that_kills_its_reader_is_set_aside_unread(either: MailWorld) -> None:
    world = either
    rows = MailboxRows(world.database, world.clock, "uji@mail.example.org")
    for _ in range(MOST_ATTEMPTS):
        assert rows.begin(1, 1) is not None  # and then the process was killed
        world.clock.pass_by(seconds=31)

    def never(raw: bytes) -> Any:
        raise AssertionError("it must not be read")

    box = FakeMailbox(raw_mail("plain_ascii"))
    poller(world, box, replace(world.intake, parse=never)).step()
    assert box.moved == {1: "Karantina"}
    assert world.rows(tables.quarantine)[0]["detail"] == f"{MOST_ATTEMPTS} attempts"
