"""The whole system behind a real Postfix and beside a real Dovecot: in by LMTP or mailbox, out by SMTP, back again."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.dovecot import DovecotServer
from tests.support.eventually import eventually
from tests.support.mailbox import SmtpSink
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.ports import free_port
from tests.support.postfix import PostfixServer
from tests.support.postgres import PostgresServer
from tests.support.system import EmbeddedSystem, System

LAPOR = "lapor@kota.example.org"
BOUNCED = "state = 'failed' AND reason LIKE 'dsn_5%'"
CITY, CITIZENS = "kota.example.org", "warga.example.org"


class Chain:
    """Citizens' server (`sink`) and the city's Postfix, on both sides of Tanggap."""

    def __init__(self, system: System, postfix: PostfixServer, sink: SmtpSink) -> None:
        self.system, self.postfix, self.sink = system, postfix, sink

    def write(self, sender: str, subject: str, body: str, message_id: str, **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, LAPOR, subject, message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        self.postfix.send(mail.as_bytes(), sender, LAPOR)

    def receipt(self, to: str) -> EmailMessage:
        def arrived() -> Any:
            return next((one.message for one in self.sink.received if to in one.recipients), None)

        found: EmailMessage = eventually(arrived, 20, describe=self.describe)
        return found

    def complaints(self) -> int:
        return int(self.system.rows("intake", "SELECT COUNT(*) FROM complaints")[0][0])

    def describe(self) -> str:
        return f"{self.system.describe()}\n--- postfix\n{self.postfix.log()}\n{self.postfix.waiting()}"


def set_up(system: System, **settings: str) -> None:
    env = system.processes["tanggap"].env
    assert env is not None
    env.update(settings)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    system, lmtp = EmbeddedSystem(tmp_path_factory.mktemp("postfix")), free_port()
    with ExitStack() as stack:
        sink = stack.enter_context(SmtpSink())
        hops = {CITY: f"lmtp:inet:127.0.0.1:{lmtp}", CITIZENS: f"smtp:[127.0.0.1]:{sink.port}"}
        try:
            postfix = stack.enter_context(PostfixServer(hops))
        except NotInstalled as problem:
            skip_or_fail(problem)
        set_up(
            system,
            TANGGAP_LMTP_PORT=str(lmtp),
            TANGGAP_SMTP_URL=postfix.url,
            TANGGAP_MAIL_FROM=f"Tanggap <{LAPOR}>",
            TANGGAP_MAIL_ADDRESSES=LAPOR,
        )
        yield Chain(stack.enter_context(system), postfix, sink)


def test_a_complaint_in_a_receipt_out_and_the_answer_finds_its_complaint(chain: Chain) -> None:
    chain.write("siti@warga.example.org", "PJU mati", "PJU mati di Jalan Baros.", "<1@warga.example.org>")
    receipt = chain.receipt("siti@warga.example.org")
    before = chain.complaints()
    chain.write(
        "siti@warga.example.org", f"Re: {receipt['Subject']}", "Sekarang RT 05 juga gelap.\n\n> Laporan diterima\n",
        "<2@warga.example.org>", In_Reply_To=receipt["Message-ID"],
    )  # fmt: skip
    added = eventually(
        lambda: chain.system.rows("intake", "SELECT text, what, by_sender FROM additions"), 20, describe=chain.describe
    )
    assert [(text, what, bool(by)) for text, what, by in added] == [("Sekarang RT 05 juga gelap.", "addition", True)]
    assert chain.complaints() == before


def test_the_same_mail_twice_is_one_complaint(chain: Chain) -> None:
    for _ in range(2):
        chain.write("budi@warga.example.org", "Jalan rusak", "Jalan berlubang di Utama.", "<3@warga.example.org>")
    chain.receipt("budi@warga.example.org")
    eventually(lambda: chain.postfix.waiting() == "", 10, describe=chain.describe)
    sent = [one for one in chain.sink.received if "budi@warga.example.org" in one.recipients]
    rows = chain.system.rows("intake", "SELECT ticket FROM complaints WHERE text LIKE '%berlubang di Utama%'")
    assert (len(rows), len(sent)) == (1, 1)


def test_a_receipt_that_bounces_is_recorded_with_its_delivery(chain: Chain) -> None:
    chain.sink.refuse_recipient("hilang@warga.example.org")
    before = chain.complaints()
    chain.write("hilang@warga.example.org", "Banjir", "Banjir di Cibeber.", "<4@warga.example.org>")
    told = eventually(
        lambda: chain.system.rows("intake", "SELECT reason FROM refusals WHERE reason LIKE 'dsn%'"), 20,
        describe=chain.describe,
    )  # fmt: skip
    assert told[0][0].startswith("dsn_5_")
    assert chain.complaints() == before + 1
    chain.sink.accept()
    eventually(
        lambda: chain.system.rows("notifier", f"SELECT 1 FROM deliveries WHERE {BOUNCED}"), 20, describe=chain.describe
    )


def test_while_the_database_is_away_the_mail_waits_at_the_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> None:
    system, lmtp = EmbeddedSystem(tmp_path_factory.mktemp("away")), free_port()
    url = postgres_server.create_database("mail_away")
    set_up(system, TANGGAP_LMTP_PORT=str(lmtp), TANGGAP_INTAKE_DATABASE_URL=url)
    system.database_url = lambda owner: url if owner == "intake" else f"sqlite:///{system.data / owner}.db"  # type: ignore[method-assign]
    try:
        postfix = PostfixServer({CITY: f"lmtp:inet:127.0.0.1:{lmtp}"})
    except NotInstalled as problem:
        skip_or_fail(problem)
    with postfix, system:
        chain = Chain(system, postfix, SmtpSink())
        postgres_server.kill9()
        chain.write("siti@warga.example.org", "PJU mati", "PJU mati di Jalan Baros.", "<5@warga.example.org>")
        delay = eventually(lambda: refused_for_now(postfix.waiting()), 20, describe=chain.describe)
        assert "sedang tidak dapat menyimpan" in delay
        postgres_server.start()
        # When Postfix tries again is its own affair: a mail that it was just moving can lie for minutes. And its list
        # can miss such a mail, so that an empty one alone tells nothing.
        eventually(lambda: tried_again(postfix) and chain.complaints() == 1, 30, every=0.5, describe=chain.describe)
        eventually(lambda: postfix.waiting() == "", 30, describe=chain.describe)
        assert chain.complaints() == 1
    postgres_server.drop_database("mail_away")


def tried_again(postfix: PostfixServer) -> bool:
    postfix.try_again()
    return True


def refused_for_now(queue: str) -> str:
    """Why the first mail in Postfix's queue waits; empty while none was put off."""
    recipients = [one for line in queue.splitlines() for one in json.loads(line)["recipients"]]
    return next((str(one["delay_reason"]) for one in recipients if "451" in one.get("delay_reason", "")), "")


def test_a_poller_killed_amid_200_mails_makes_200_complaints(tmp_path: Path) -> None:
    try:
        dovecot = DovecotServer("lapor")
    except NotInstalled as problem:
        skip_or_fail(problem)
    system = EmbeddedSystem(tmp_path)
    with dovecot:
        set_up(system, TANGGAP_IMAP_URL=dovecot.url(), TANGGAP_IMAP_SECONDS="1")
        dovecot.put(*(_numbered(n) for n in range(200)))
        count = "SELECT COUNT(*) FROM complaints"
        with system:
            for part in (40, 120):

                def so_many(part: int = part) -> bool:
                    return int(system.rows("intake", count)[0][0]) >= part

                eventually(so_many, 30, describe=system.describe)
                system.processes["tanggap"].kill9()
                system.start()
            eventually(lambda: dovecot.counts()["INBOX"] == 0, 60, every=0.2, describe=system.describe)
            assert system.rows("intake", count)[0][0] == 200
            distinct = system.rows("intake", "SELECT COUNT(DISTINCT text) FROM complaints")
            assert distinct[0][0] == 200
            # Not a count: a server whose client dies amid a move may have copied and not yet removed.
            assert dovecot.message_ids("Tanggap.Diterima") == {f"<{n}@mail.example.org>" for n in range(200)}


def test_a_mailbox_that_cannot_be_opened_is_a_warning_not_an_end(tmp_path: Path) -> None:
    system = EmbeddedSystem(tmp_path)
    set_up(system, TANGGAP_IMAP_URL=f"imap://u:p@127.0.0.1:{free_port()}/INBOX")
    with system:

        def page() -> requests.Response:
            return requests.get(f"{system.intake_url}/readyz", timeout=5)

        eventually(lambda: "mailbox" in page().text, describe=system.describe)
        assert page().status_code == 200
        assert system.submit("PJU mati di Jalan Baros").status_code == 201


def _numbered(number: int) -> bytes:
    return (
        f"From: Warga {number} <warga{number}@example.org>\r\nTo: {LAPOR}\r\nSubject: Lampu {number}\r\n"
        f"Message-ID: <{number}@mail.example.org>\r\n\r\nLampu nomor {number} padam di Utama.\r\n"
    ).encode()
