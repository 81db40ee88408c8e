"""Mail out through a real Postfix: what it is asked to report comes back, and names the delivery."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from email.message import EmailMessage, Message

import pytest

from services.intake.mail.headers import Headers
from services.intake.mail.report import Report, read_report
from services.notifier.channels.smtp import SmtpChannel
from services.notifier.delivery import Delivery
from services.notifier.way_out import Outcome
from services.notifier.writing.letters import Mail
from shared.ids import new_id
from shared.reply_marks import AGENCY, Mark, ReplyMarks
from tests.integration.notifier_channels.messages import DELIVERY, NOW
from tests.support.eventually import eventually
from tests.support.mailbox import SmtpSink
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.ports import free_port
from tests.support.postfix import PostfixServer

OURS = "tanggap@kota.example.org"
CITY, AGENCIES, NOWHERE, AWAY = "kota.example.org", "dinas.example.org", "nowhere.example.org", "away.example.org"
MARKS = ReplyMarks(["k" * 40])


class Out:
    """Our channel, a Postfix, the agencies' server behind it, and our own mailbox for what comes back."""

    def __init__(self, postfix: PostfixServer, channel: SmtpChannel, agencies: SmtpSink, mailbox: SmtpSink) -> None:
        self.postfix, self.channel, self.agencies, self.mailbox = postfix, channel, agencies, mailbox

    def send(self, recipient: str) -> tuple[Delivery, Outcome]:
        delivery = replace(DELIVERY, delivery_id=new_id())
        message_id = MARKS.message_id(Mark(delivery.ticket, AGENCY, delivery.delivery_id), CITY)
        content = (
            f"From: {OURS}\r\nTo: {recipient}\r\nSubject: Laporan baru\r\nMessage-ID: {message_id}\r\n\r\n"
            "Jalan berlubang di depan pasar.\r\n"
        )
        return delivery, self.channel.send(delivery, Mail(OURS, recipient, content.encode()), NOW)

    def report_about(self, delivery: Delivery) -> tuple[EmailMessage, Report]:
        """The mail that came back, and what intake reads out of it."""

        def came() -> EmailMessage | None:
            return next(
                (one.message for one in self.mailbox.received if delivery.delivery_id.encode() in one.content), None
            )

        mail = eventually(came, 20, describe=lambda: f"{self.postfix.log()}\n{self.postfix.waiting()}")
        assert mail is not None
        report = read_as_intake(mail.as_bytes())
        assert report is not None
        return mail, report


def read_as_intake(raw: bytes) -> Report | None:
    message: Message = email.message_from_bytes(raw)
    return read_report(message, Headers(message), "", raw)


@pytest.fixture(scope="module")
def out() -> Iterator[Out]:
    with ExitStack() as stack:
        agencies, mailbox = stack.enter_context(SmtpSink()), stack.enter_context(SmtpSink())
        hops = {
            CITY: f"smtp:[127.0.0.1]:{mailbox.port}",
            AGENCIES: f"smtp:[127.0.0.1]:{agencies.port}",
            AWAY: f"smtp:[127.0.0.1]:{free_port()}",
            NOWHERE: "error:5.1.1 there is no such user",
        }
        try:
            postfix = stack.enter_context(PostfixServer(hops, delay_warning_time="1s"))
        except NotInstalled as problem:
            skip_or_fail(problem)
        channel = SmtpChannel(postfix.url)
        stack.callback(channel.close)
        yield Out(postfix, channel, agencies, mailbox)


def part(mail: EmailMessage, kind: str) -> str:
    return next((str(one) for one in mail.walk() if one.get_content_type() == kind), "")


@pytest.mark.parametrize(("code", "status"), [(550, "5.1.1"), (552, "5.2.2")])
def test_a_bounce_names_the_delivery_and_brings_no_text_back(out: Out, code: int, status: str) -> None:
    out.agencies.refuse_recipient(f"hilang@{AGENCIES}", code, f"{status} not today")
    delivery, outcome = out.send(f"hilang@{AGENCIES}")
    assert outcome.state == "sent", "Postfix took it"
    mail, report = out.report_about(delivery)
    assert (report.kind, report.action, report.reason) == ("bounce", "failed", f"dsn_{status.replace('.', '_')}")
    assert [MARKS.read_message_id(one) for one in report.message_ids] == [
        Mark(delivery.ticket, AGENCY, delivery.delivery_id)
    ]
    assert re.search(rf"Original-Envelope-Id: {delivery.delivery_id}", part(mail, "message/delivery-status"))
    assert part(mail, "text/rfc822-headers"), "the headers came back"
    assert "berlubang" not in mail.as_string(), "and nothing else"
    out.agencies.accept()


def test_a_delay_is_reported_and_the_arrival_is_not(out: Out) -> None:
    delayed, outcome = out.send(f"dpupr@{AWAY}")
    assert outcome.state == "sent"
    _, report = out.report_about(delayed)
    assert (report.action, report.status[:1]) == ("delayed", "4")
    before = len(out.mailbox.received)
    arrived, outcome = out.send(f"dpupr@{AGENCIES}")
    assert outcome.state == "sent"
    eventually(lambda: any(arrived.delivery_id.encode() in one.content for one in out.agencies.received), 10)
    assert not [one for one in out.mailbox.received[before:] if arrived.delivery_id.encode() in one.content]


def test_many_mails_go_over_one_connection_and_a_restart_between_costs_none(out: Out) -> None:
    def arrived() -> int:
        return len({one.message["Message-ID"] for one in out.agencies.received})

    before = arrived()
    for _ in range(15):
        assert out.send(f"dpupr@{AGENCIES}")[1].state == "sent"
    out.postfix.server.kill9()
    assert out.send(f"dpupr@{AGENCIES}")[1].state == "pending"
    out.postfix.start()
    for _ in range(15):
        assert out.send(f"dpupr@{AGENCIES}")[1].state == "sent"
    eventually(lambda: arrived() == before + 30, 30, describe=out.postfix.log)


@pytest.mark.parametrize(("recipient", "code"), [(f"siapa@{NOWHERE}", 550), ("siapa@gmail.example", 554)])
def test_what_postfix_refuses_at_once_has_failed_at_once(out: Out, recipient: str, code: int) -> None:
    _, outcome = out.send(recipient)
    assert (outcome.state, outcome.reason) == ("failed", f"refused_{code}")
