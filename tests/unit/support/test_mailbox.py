import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.support.mailbox import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


def send(sink: SmtpSink, *to: str, text: str = "Jalan rusak", timeout: float = 5) -> dict:
    message = EmailMessage()
    message["Subject"] = "Aduan"
    message.set_content(text)
    with smtplib.SMTP(sink.host, sink.port, timeout=timeout) as client:
        return client.send_message(message, "warga@example.test", list(to) or ["dinas@example.test"])


def test_keeps_envelope_and_message(sink):
    send(sink, "a@example.test", "b@example.test", text="Lampu mati – gelap")
    (mail,) = sink.wait_for(1)
    assert (mail.sender, mail.recipients) == ("warga@example.test", ("a@example.test", "b@example.test"))
    assert mail.message["Subject"] == "Aduan"
    assert "Lampu mati – gelap" in mail.message.get_content()


@pytest.mark.parametrize(("at", "error"), [("mail", smtplib.SMTPSenderRefused), ("data", smtplib.SMTPDataError)])
def test_refuses_and_accepts_again(sink, at, error):
    sink.refuse(451, "later", at=at)
    with pytest.raises(error) as raised:
        send(sink)
    assert (raised.value.smtp_code, sink.received) == (451, [])
    sink.accept()
    send(sink)
    assert len(sink.received) == 1


def test_refuses_one_recipient_and_takes_the_other(sink):
    sink.refuse_recipient("gone@example.test", 550)
    refused = send(sink, "Gone@example.test", "here@example.test")
    assert [code for code, _ in refused.values()] == [550]
    assert sink.received[0].recipients == ("here@example.test",)


def test_hangs_without_taking_the_mail(sink):
    sink.hang()
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(sink, timeout=0.2)
    assert sink.received == []


def test_loses_only_the_answer(sink):
    sink.hang_after_data()
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(sink, timeout=0.2)
    sink.drop_after_data()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(sink)
    assert len(sink.received) == 2
