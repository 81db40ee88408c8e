"""Mail over a real socket: each message gets exactly one answer, and 250 means stored."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.intake import tables
from services.intake.channels.mail import MOST_MAIL_BYTES, MailIntake, MailListener, OwnAddresses
from shared.errors import ConfigError, Transient
from tests.support.eventually import eventually
from tests.unit.intake.building import Intake, intake

HEAD = b"From: Siti <siti@contoh.id>\r\nMessage-ID: <1@contoh.id>\r\nSubject: Lampu\r\n"


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", with_mail=True) as one:
        one.service.listeners[0].start()
        yield one
        one.service.listeners[0].stop()


def send(
    listener: Any, raw: bytes, sender: str = "siti@contoh.id", to: tuple[str, ...] = ("lapor@cimahi.example",)
) -> tuple[int, str]:
    """The answer to the message, or to the first command that was refused."""
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=30) as smtp:
        smtp.ehlo()
        code, said = smtp.mail(sender)
        for address in to:
            code, said = smtp.rcpt(address)
            if code >= 400:
                return code, said.decode()
        code, said = smtp.data(raw)
        assert smtp.noop()[0] == 250  # the session is in step: there was one answer, not two
        return code, said.decode()


def mail(built: Intake, raw: bytes, **more: Any) -> tuple[int, str]:
    return send(built.service.listeners[0], raw, **more)


def one_row(built: Intake) -> dict[str, Any]:
    (row,) = built.rows(tables.complaints)
    return row


def test_a_mail_becomes_a_complaint(built: Intake) -> None:
    code, said = mail(built, HEAD + b"\r\nTERBUKA\r\nPadam tiga malam.\r\n")
    row = one_row(built)
    assert code == 250
    assert row["ticket"] in said
    assert (row["text"], row["identity"], row["channel"]) == ("Lampu\n\nPadam tiga malam.", "open", "email")
    assert built.said()[0].receipt == "wanted"
    assert len(built.rows(tables.contacts)) == 1


def test_the_same_mail_to_two_offices_is_one_complaint(built: Intake) -> None:
    raw = HEAD + b"\r\nPadam.\r\n"
    answers = {mail(built, raw), mail(built, raw, to=("dishub@cimahi.example",)), mail(built, raw)}
    assert len(answers) == 1
    assert one_row(built)["recipients"] == ["lapor@cimahi.example", "dishub@cimahi.example"]


def test_a_reused_message_id_loses_nothing(built: Intake) -> None:
    mail(built, HEAD + b"\r\nSatu\r\n")
    mail(built, HEAD + b"\r\nDua\r\n")
    mail(built, HEAD.replace(b"siti@", b"budi@") + b"\r\nSatu\r\n")
    assert [row["flags"] for row in built.rows(tables.complaints)] == [[], ["id_reused"], ["id_reused"]]


@pytest.mark.parametrize(
    ("raw", "code", "reason"),
    [
        (HEAD + b"\r\n", 554, "no_text"),
        (HEAD + b"\r\n \r\n\r\n", 554, "no_text"),
        (HEAD + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n", 554, "no_text"),
        (HEAD + b"Content-Type: text/html\r\n\r\n<img src=x>\r\n", 554, "no_text"),
        (HEAD + b"\r\nTERBUKA\r\n", 554, "empty_text"),
        (
            HEAD
            + b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nGagal\r\n",
            250,
            "bounce",
        ),
    ],
)
def test_what_is_no_complaint_is_kept_as_a_refusal(built: Intake, raw: bytes, code: int, reason: str) -> None:
    answer = mail(built, raw)
    assert answer[0] == code
    assert answer[1].endswith(".")
    (row,) = built.rows(tables.refusals)
    assert (row["channel"], row["reason"]) == ("email", reason)
    assert row["contact_key"] is not None
    assert built.rows(tables.complaints) == []


def test_too_large_by_announcement_and_by_weight(built: Intake) -> None:
    with smtplib.SMTP("127.0.0.1", built.service.listeners[0].port, timeout=30) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == str(MOST_MAIL_BYTES)
        assert smtp.mail("siti@contoh.id", [f"SIZE={MOST_MAIL_BYTES + 1}"])[0] == 552
    code, said = mail(built, HEAD + b"\r\n" + (b"y" * 76 + b"\r\n") * 260_000)
    assert code == 552
    assert "15 MB" in said
    assert built.rows(tables.complaints) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe\x00 sampah \x80\r\n" * 3,
        b"\r\nTanpa kepala surat\r\n",
        b"Subject: caf\xe9\r\nFrom: \xff\r\n\r\nHalo\r\n",
        HEAD + b"X-Big: " + b"z" * 150_000 + b"\r\n\r\nHalo\r\n",
        HEAD + b"\r\n" + b"a" * 150_000 + b"\r\n",
        HEAD + b"\r\n.titik di depan\r\n",
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(50))
        + b"Content-Type: text/plain\r\n\r\nDalam sekali\r\n",
    ],
)  # fmt: skip
def test_odd_mails_are_accepted_with_what_can_be_read(built: Intake, raw: bytes) -> None:
    assert mail(built, raw)[0] == 250
    assert one_row(built)["text"]


def test_a_line_without_end_is_refused_once(built: Intake) -> None:
    assert mail(built, HEAD + b"X-Big: " + b"z" * 1_000_000 + b"\r\n\r\nHalo\r\n")[0] == 554


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        (b"Auto-Submitted: auto-replied\r\n", "siti@contoh.id"),
        (b"Precedence: bulk\r\n", "siti@contoh.id"),
        (b"Return-Path: <>\r\n", "siti@contoh.id"),
        (b"", ""),
        (b"", "tanggap@cimahi.example"),
    ],
)
def test_machines_are_kept_and_never_answered(built: Intake, head: bytes, sender: str) -> None:
    assert mail(built, head + HEAD + b"\r\nSaya cuti.\r\n", sender=sender)[0] == 250
    assert one_row(built)["flags"] == ["automatic"]
    assert built.said()[0].receipt == "automatic"


def test_a_very_long_mail_is_cut_and_marked(built: Intake) -> None:
    assert mail(built, HEAD + b"\r\n" + b"kata kata kata\r\n" * 20_000)[0] == 250
    assert one_row(built)["flags"] == ["shortened"]
    assert len(one_row(built)["text"]) <= 10_000


def test_only_our_addresses_take_mail(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", with_mail=True, mail_addresses=("lapor@kota.id",)) as built:
        listener = built.service.listeners[0]
        listener.start()
        raw = HEAD + b"\r\nHalo\r\n"
        assert send(listener, raw, to=("orang@kota.id",))[0] == 550
        assert send(listener, raw, to=("LAPOR+x@kota.id",))[0] == 250
        echo = raw.replace(b"siti@contoh.id", b"lapor@kota.id").replace(b"1@contoh", b"2@contoh")
        assert send(listener, echo, to=("lapor@kota.id",))[0] == 250
        assert [fact.receipt for fact in built.said()] == ["wanted", "automatic"]
        listener.stop()


class Away:
    """A database that cannot be reached, or that fails in a way nobody foresaw."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def write(self) -> Any:
        raise self._error


@pytest.mark.parametrize("error", [Transient("away", code="database"), ZeroDivisionError("a bug")])
def test_while_we_cannot_store_the_sender_is_to_come_again(built: Intake, error: Exception) -> None:
    door = built.door
    broken = replace(door, spine=replace(door.spine, database=Away(error)))
    listener = MailListener(MailIntake(broken, OwnAddresses.of((), demo=True)), "127.0.0.1", 0)
    listener.start()
    code, said = send(listener, HEAD + b"\r\nHalo\r\n")
    listener.stop()
    assert code == 451
    assert "ZeroDivision" not in said


class Held:
    """Hands every mail on when it is let go."""

    def __init__(self, take: Callable[..., str]) -> None:
        self.own = OwnAddresses.of((), demo=True)
        self.took, self.go = threading.Event(), threading.Event()
        self._take = take

    def take(self, raw: bytes, mail_from: str, recipients: Any) -> str:
        self.took.set()
        self.go.wait(10)
        return self._take(raw, mail_from, recipients)


def test_stopping_finishes_the_mail_in_hand(built: Intake) -> None:
    held = Held(MailIntake(built.door, OwnAddresses.of((), demo=True)).take)
    listener = MailListener(held, "127.0.0.1", 0)  # type: ignore[arg-type]
    listener.start()
    answers: list[bytes] = []
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as smtp:
        smtp.ehlo()
        smtp.mail("siti@contoh.id")
        smtp.rcpt("lapor@cimahi.example")
        sender = threading.Thread(target=lambda: answers.append(smtp.data(HEAD + b"\r\nHalo\r\n")[1]))
        sender.start()
        assert held.took.wait(5)
        stopper = threading.Thread(target=listener.stop)
        stopper.start()
        eventually(lambda: not _listens(listener.port))
        held.go.set()
        sender.join(10)
        stopper.join(10)
        smtp.close()
    assert one_row(built)["ticket"] in answers[0].decode()


def test_a_taken_port_is_told(built: Intake) -> None:
    port = built.service.listeners[0].port  # type: ignore[attr-defined]
    second = MailListener(MailIntake(built.door, OwnAddresses.of((), demo=True)), "127.0.0.1", port)
    with pytest.raises(ConfigError, match=str(port)):
        second.start()
    second.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
