"""The poller on a real Dovecot: what it fetches, where it moves it, and what it does when the server is away."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from services.intake.mail.mailbox import MailboxPoller
from services.intake.mail.mailbox_account import read_account
from services.intake.mail.mailbox_imap import ImapMailbox
from services.intake.mail.mailbox_rows import MailboxRows
from shared.errors import Transient
from shared.workers import Worker
from tests.support.dovecot import DovecotServer
from tests.support.eventually import eventually
from tests.support.missing import NotInstalled, skip_or_fail
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import raw_mail


class RealClock:
    """Time that passes, on the clock of a test that otherwise stands still."""

    def __init__(self, held: Any) -> None:
        self.now = held.now

    def monotonic_seconds(self) -> float:
        return time.monotonic()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with mail_world(tmp_path, **OURS) as built:
        yield built


@pytest.fixture(scope="module")
def server() -> Iterator[DovecotServer]:
    try:
        made = DovecotServer(*(f"kotak{n}" for n in range(8)))
    except NotInstalled as problem:
        skip_or_fail(problem)
    with made:
        yield made


def poller(world: MailWorld, url: str, seconds: float = 60) -> MailboxPoller:
    account = read_account(url)
    rows = MailboxRows(world.database, world.clock, account.name)
    return MailboxPoller(lambda: ImapMailbox(account), rows, world.intake, RealClock(world.clock), seconds)


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [
        f"From: Warga {n} <warga{n}@example.org>\r\nTo: lapor@kota.example.org\r\nSubject: Lampu {n}\r\n"
        f"Message-ID: <{n}@mail.example.org>\r\n\r\nLampu nomor {n} padam di Utama.\r\n".encode()
        for n in range(start, start + count)
    ]


def test_each_mail_is_moved_to_where_its_outcome_belongs(world: MailWorld, server: DovecotServer) -> None:
    names = ["plain_ascii", "photo_attached", "encrypted_by_smime", "empty", "auto_reply_by_the_standard"]
    server.put(*(raw_mail(name).replace(b"\x00", b"") for name in names), user="kotak0")
    one = poller(world, server.url("kotak0"))
    one.step()
    one.close()
    counts = server.counts("kotak0")
    assert (counts["INBOX"], counts["Tanggap.Diterima"], counts["Tanggap.Karantina"], counts["Tanggap.Ditolak"]) == (
        0, 3, 1, 1,
    )  # fmt: skip
    assert len(world.rows(tables.complaints)) == 2
    assert {row["state"] for row in world.rows(tables.mailbox_mails)} == {"done"}
    assert one.warning is None


def test_a_mail_that_comes_while_it_waits_is_told_by_the_server(world: MailWorld, server: DovecotServer) -> None:
    one = poller(world, server.url("kotak1"), seconds=3600)
    worker = Worker("mailbox", one, RealClock(world.clock))
    worker.start()
    eventually(lambda: one._look_at > 0)
    server.put(*numbered(2), user="kotak1")
    eventually(lambda: len(world.rows(tables.complaints)) == 2, 15, describe=server.describe)
    eventually(lambda: server.counts("kotak1")["INBOX"] == 0)
    worker.stop()
    assert worker.join(5)


def test_two_pollers_on_one_mailbox_do_no_harm(world: MailWorld, server: DovecotServer) -> None:
    server.put(*numbered(60), user="kotak2")
    pollers = [poller(world, server.url("kotak2")) for _ in range(2)]
    workers = [Worker(f"mailbox{n}", one, RealClock(world.clock)) for n, one in enumerate(pollers)]
    for worker in workers:
        worker.start()
    eventually(lambda: server.counts("kotak2")["INBOX"] == 0, 30, every=0.2, describe=server.describe)
    for worker in workers:
        worker.stop()
        assert worker.join(10)
    assert len(world.rows(tables.complaints)) == 60
    assert server.counts("kotak2")["Tanggap.Diterima"] == 60


def test_a_wrong_password_is_a_warning_and_a_growing_pause(world: MailWorld, server: DovecotServer) -> None:
    one = poller(world, server.url("kotak3", "salah"))
    pauses = []
    for _ in range(3):
        with pytest.raises(Transient) as error:
            one.step()
        pauses.append(error.value.retry_after_seconds or 0)
    assert error.value.code == "mailbox_login"
    assert one.warning == "the mailbox cannot be read: the mail server refuses name or password"
    assert pauses[2] > pauses[1] > pauses[0] > 0


def test_a_server_that_goes_and_comes_back(world: MailWorld) -> None:
    try:
        own = DovecotServer("lapor")
    except NotInstalled as problem:
        skip_or_fail(problem)
    with own:
        one = poller(world, own.url(), seconds=0)
        one.step()
        own.kill9()
        with pytest.raises(Transient):
            one.step()
        assert one.warning is not None
        own.start()
        own.put(*numbered(1))

        def stored() -> bool:
            one.step()
            return len(world.rows(tables.complaints)) == 1

        eventually(stored, describe=own.describe)
        assert one.warning is None


def test_an_encrypted_connection_asks_for_a_certificate_it_can_trust(world: MailWorld, server: DovecotServer) -> None:
    server.put(*numbered(1), user="kotak4")
    with pytest.raises(Transient) as refused:
        poller(world, server.url("kotak4", tls=True)).step()
    assert "SSLCertVerificationError" in refused.value.message
    account = read_account(server.url("kotak4", tls=True))
    box = ImapMailbox(account, server.trusting())
    box.open()
    assert len(box.uids()) == 1
    assert not box.wait(0.2)
    server.put(*numbered(1, 1), user="kotak4")
    assert eventually(lambda: box.wait(0.5))
    assert len(box.uids()) == 2
    box.close()


def test_folders_below_the_inbox_where_the_server_wants_it(world: MailWorld) -> None:
    try:
        own = DovecotServer("lapor", separator="/", prefix="INBOX/")
    except NotInstalled as problem:
        skip_or_fail(problem)
    with own:
        own.put(*numbered(1))
        one = poller(world, own.url())
        one.step()
        counts = own.counts()
        assert (counts["INBOX"], counts["INBOX/Tanggap/Diterima"]) == (0, 1)


def test_stopping_in_the_middle_leaves_the_rest_for_later(world: MailWorld, server: DovecotServer) -> None:
    server.put(*numbered(5), user="kotak5")
    one = poller(world, server.url("kotak5"))
    one.wake()
    one.step()
    assert world.rows(tables.complaints) == []
    again = poller(world, server.url("kotak5"))
    again.step()
    assert len(world.rows(tables.complaints)) == 5
