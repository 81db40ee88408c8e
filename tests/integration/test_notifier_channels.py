"""The ways out against real servers on loopback, which also misbehave."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.channels.sms_gateway import SmsGateway
from services.notifier.channels.smtp import SmtpChannel, Unprotected
from services.notifier.delivery import Addressee, Outcome
from services.notifier.mail import Mail
from services.notifier.plan import plan_receipt
from tests.support.http_sink import HttpSink
from tests.support.mailbox import SmtpSink
from tests.support.ports import free_port
from tests.unit.notifier.samples import CODE, NOW, as_delivery, bench, composer, received, routed

RECEIPT = as_delivery(plan_receipt(received(), NOW))
BUDI = Addressee("budi@mail.com", "+6281234567890", "Budi", CODE)


@pytest.fixture
def mailbox() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def gateway() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        sink.answer(202, "0: Accepted for delivery")
        yield sink


def mail(url: str, **changes: float) -> Outcome:
    channel = SmtpChannel(url, timeout_seconds=1.0, answer_timeout_seconds=0.5)
    return dataclasses.replace(channel, **changes).send(RECEIPT, composer().mail(RECEIPT, BUDI, NOW), NOW)


def text(url: str) -> Outcome:
    channel = SmsGateway(url, connect_timeout_seconds=1.0, answer_timeout_seconds=0.5)
    return channel.send(RECEIPT, composer().sms(RECEIPT, BUDI), NOW)


def test_a_mail_arrives_as_it_was_composed(mailbox: SmtpSink) -> None:
    assert mail(mailbox.url).state == "sent"
    (arrived,) = mailbox.wait_for(1)
    assert arrived.sender == "tanggap@cimahi.example"
    assert arrived.recipients == ("budi@mail.com",)
    assert arrived.message["Message-ID"].startswith(f"<{RECEIPT.delivery_id}.")
    body = arrived.message.get_body(("plain",))
    assert body is not None
    assert CODE in body.get_content()


def test_a_line_that_is_only_a_dot_does_not_end_the_mail(mailbox: SmtpSink) -> None:
    content = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: dots\r\n\r\nfirst\r\n.\r\n..\r\nlast\r\n"
    channel = SmtpChannel(mailbox.url)
    assert channel.send(RECEIPT, Mail("a@b.example", "c@d.example", content), NOW).state == "sent"
    (arrived,) = mailbox.wait_for(1)
    assert arrived.message.get_content().split() == ["first", ".", "..", "last"]


@pytest.mark.parametrize("at", ["mail", "data"])
@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [(451, "pending", "refused_451"), (550, "failed", "refused_550"), (552, "failed", "refused_552")],
)
def test_a_refusal_is_for_now_or_for_good(mailbox: SmtpSink, at: str, code: int, state: str, reason: str) -> None:
    mailbox.refuse(code, at=at)
    outcome = mail(mailbox.url)
    assert (outcome.state, outcome.reason, outcome.away) == (state, reason, False)
    assert mailbox.received == []


def test_an_unknown_recipient_fails_and_the_answer_is_masked(mailbox: SmtpSink) -> None:
    mailbox.refuse_recipient("budi@mail.com", 550, "<budi@mail.com>: no such user")
    outcome = mail(mailbox.url)
    assert (outcome.state, outcome.reason) == ("failed", "refused_550")
    assert "budi" not in outcome.answer
    assert "no such user" in outcome.answer


def test_a_server_that_is_not_there_is_tried_again() -> None:
    outcome = mail(f"smtp://127.0.0.1:{free_port()}")
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "server_away", True)


def test_silence_before_the_content_is_tried_again(mailbox: SmtpSink) -> None:
    mailbox.hang()
    outcome = mail(mailbox.url, timeout_seconds=0.3)
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "server_away", True)


def test_silence_after_the_content_is_uncertain(mailbox: SmtpSink) -> None:
    mailbox.hang_after_data()
    outcome = mail(mailbox.url)
    assert (outcome.state, outcome.reason) == ("uncertain", "no_answer_after_data")
    assert len(mailbox.received) == 1


def test_a_connection_cut_after_the_content_is_uncertain(mailbox: SmtpSink) -> None:
    mailbox.drop_after_data()
    assert mail(mailbox.url).state == "uncertain"


def test_a_password_does_not_go_in_clear_over_the_net() -> None:
    channel = SmtpChannel("smtp://user:secret@mail.example:25")
    connection = _Unencrypted()
    with pytest.raises(Unprotected):
        channel._introduce(connection, None, secure=False)  # type: ignore[arg-type]
    assert not connection.logged_in.is_set()


class _Unencrypted:
    """As much of a connection as the introduction asks for, to a server that offers no encryption."""

    def __init__(self) -> None:
        self.logged_in = Event()

    def ehlo_or_helo_if_needed(self) -> None: ...

    def has_extn(self, _name: str) -> bool:
        return False

    def login(self, _user: str, _password: str) -> None:
        self.logged_in.set()


def test_a_text_message_goes_to_the_gateway_as_kannel_wants_it(gateway: HttpSink) -> None:
    outcome = text(f"{gateway.url}/cgi-bin/sendsms?username=u1&password=p1")
    assert (outcome.state, outcome.answer) == ("sent", "202 0: Accepted for delivery")
    (request,) = gateway.wait_for(1)
    assert (request.method, request.path) == ("GET", "/cgi-bin/sendsms")
    assert request.query == {
        "username": "u1", "password": "p1", "from": "1234", "to": "+6281234567890", "charset": "UTF-8",
        "coding": "0", "text": composer().sms(RECEIPT, BUDI).text,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [(400, "failed", "refused_400"), (403, "failed", "refused_403"), (302, "failed", "refused_302"),
     (429, "pending", "refused_429"), (503, "pending", "refused_503"), (500, "uncertain", "answered_500"),
     (502, "uncertain", "answered_502")],
)  # fmt: skip
def test_what_the_gateway_answers_decides(gateway: HttpSink, status: int, state: str, reason: str) -> None:
    gateway.answer(status, "no, +6281234567890")
    outcome = text(gateway.url)
    assert (outcome.state, outcome.reason) == (state, reason)
    assert "81234567890" not in outcome.answer


def test_a_gateway_that_is_not_there_is_tried_again() -> None:
    outcome = text(f"http://127.0.0.1:{free_port()}/")
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "gateway_away", True)


def test_a_gateway_that_falls_silent_or_hangs_up_leaves_it_uncertain(gateway: HttpSink) -> None:
    gateway.hang()
    assert text(gateway.url).state == "uncertain"
    gateway.release()
    gateway.drop()
    assert text(gateway.url).state == "uncertain"
    assert len(gateway.requests) == 2


def test_capturing_again_gives_the_same_file_and_no_leftovers(tmp_path: Path) -> None:
    folder = CaptureFolder(tmp_path / "captured")
    message = composer().mail(RECEIPT, BUDI, NOW)
    for _ in range(2):
        assert Capture(folder).send(RECEIPT, message, NOW).state == "captured"
    (path,) = (tmp_path / "captured").iterdir()
    assert path.name == "CMH-743K-JZ16-receipt-citizen-0123456789ab.eml"
    assert path.read_bytes() == message.content
    kept = folder.read(dataclasses.replace(RECEIPT, channel="email"))
    assert kept is not None
    assert kept["to"] == "Budi <budi@mail.com>"
    assert CODE in kept["text"]
    assert "<html" in kept["html"]


def test_names_from_outside_stay_in_the_folder(tmp_path: Path) -> None:
    evil = dataclasses.replace(RECEIPT, ticket="../../etc/x", recipient="a/b")
    Capture(CaptureFolder(tmp_path / "captured")).send(evil, composer().sms(RECEIPT, BUDI), NOW)
    (path,) = (tmp_path / "captured").iterdir()
    assert path.name == "______etc_x-receipt-a_b-0123456789ab.json"


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "captured").write_text("a file in the way")
    outcome = Capture(CaptureFolder(tmp_path / "captured")).send(RECEIPT, composer().sms(RECEIPT, BUDI), NOW)
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "capture_failed", True)


def test_from_the_event_to_the_mailbox_and_the_telephone(tmp_path: Path, mailbox: SmtpSink, gateway: HttpSink) -> None:
    made = bench(tmp_path, mode="live", smtp_url=mailbox.url, sms_gateway_url=f"{gateway.url}/sendsms")
    made.contacts.by_ref["ref-c2"] = {"email": "", "phone": "+6281234567890", "name": ""}
    made.hear(received(), routed(), received("c2"))
    made.drain()
    assert {mail.recipients for mail in mailbox.wait_for(2)} == {("budi@mail.com",), ("dpupr@cimahi.example",)}
    assert gateway.wait_for(1)[0].query["to"] == "+6281234567890"
    assert {state for _, state, _ in made.ends()} == {"sent"}
    mailbox.hang_after_data()
    made.close()


def test_a_mail_server_that_comes_back_gets_what_waited(tmp_path: Path) -> None:
    port = free_port()
    made = bench(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}")
    made.hear(*(routed(f"c{number}") for number in range(3)))
    made.drain()
    assert {row["state"] for row in made.rows()} == {"pending"}
    with SmtpSink(port) as sink:
        made.clock.pass_time(60)
        made.drain()
        assert len(sink.wait_for(3)) == 3
    assert {row["state"] for row in made.rows()} == {"sent"}
    made.close()
