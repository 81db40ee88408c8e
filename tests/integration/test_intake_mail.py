"""Mail over a real socket: each message gets exactly one answer, and 250 means stored."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.intake import tables
from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.intake import Taken
from services.intake.mail.listener import LARGE_BYTES, MOST_IN_HAND, MOST_MAIL_BYTES, MailListener
from services.intake.mail.sorting import MailKind
from shared.errors import ConfigError, Transient
from tests.support.eventually import eventually
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world

HEAD = b"From: Siti <siti@example.org>\r\nMessage-ID: <1@example.org>\r\nSubject: Lampu\r\n"


@pytest.fixture
def world(tmp_path: Any) -> Iterator[MailWorld]:
    with mail_world(tmp_path) as built:
        yield built


@pytest.fixture
def listener(world: MailWorld) -> Iterator[MailListener]:
    one = world.listener()
    one.start()
    yield one
    one.stop()


def send(
    listener: MailListener,
    raw: bytes,
    sender: str = "siti@example.org",
    to: tuple[str, ...] = ("lapor@example.org",),
    options: tuple[str, ...] = (),
) -> tuple[int, str]:
    """The answer to the message, or to the first command that was refused."""
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=30) as smtp:
        smtp.ehlo()
        code, said = smtp.mail(sender, options)
        for address in to:
            code, said = smtp.rcpt(address)
            if code >= 400:
                return code, said.decode()
        code, said = smtp.data(raw)
        assert smtp.noop()[0] == 250  # the session is in step: there was one answer, not two
        return code, said.decode()


def one_row(world: MailWorld) -> dict[str, Any]:
    (row,) = world.rows(tables.complaints)
    return row


def test_a_mail_becomes_a_complaint(world: MailWorld, listener: MailListener) -> None:
    code, said = send(listener, HEAD + b"\r\nTERBUKA\r\nPadam tiga malam.\r\n")
    row = one_row(world)
    assert code == 250
    assert row["ticket"] in said
    assert (row["text"], row["identity"], row["channel"]) == ("Lampu\n\nPadam tiga malam.", "open", "email")
    assert world.said()[0].receipt == "wanted"
    assert len(world.rows(tables.contacts)) == 1


def test_the_same_mail_to_two_offices_is_one_complaint(world: MailWorld, listener: MailListener) -> None:
    raw = HEAD + b"\r\nPadam.\r\n"
    answers = {send(listener, raw), send(listener, raw, to=("dishub@example.org",)), send(listener, raw)}
    assert len(answers) == 1
    assert one_row(world)["recipients"] == ["lapor@example.org", "dishub@example.org"]


def test_a_reused_message_id_loses_nothing(world: MailWorld, listener: MailListener) -> None:
    send(listener, HEAD + b"\r\nSatu\r\n")
    send(listener, HEAD + b"\r\nDua\r\n")
    send(listener, HEAD.replace(b"siti@", b"budi@") + b"\r\nSatu\r\n")
    assert [row["flags"] for row in world.rows(tables.complaints)] == [[], ["id_reused"], ["id_reused"]]


@pytest.mark.parametrize(
    ("raw", "code", "reason"),
    [
        (HEAD + b"\r\n", 554, "no_text"),
        (HEAD + b"\r\n \r\n\r\n", 554, "no_text"),
        (HEAD + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n", 554, "no_text"),
        (HEAD + b"Content-Type: text/html\r\n\r\n<img src=x>\r\n", 554, "no_text"),
        (HEAD + b"\r\nTERBUKA\r\n", 554, "empty_text"),
        (b"Received: x\r\n" * 60 + HEAD + b"\r\nHalo\r\n", 554, "loop"),
    ],
)
def test_what_is_no_complaint_is_kept_as_a_refusal(
    world: MailWorld, listener: MailListener, raw: bytes, code: int, reason: str
) -> None:
    answer = send(listener, raw)
    assert answer[0] == code
    assert answer[1].endswith(".")
    (row,) = world.rows(tables.refusals)
    assert (row["channel"], row["reason"]) == ("email", reason)
    assert row["contact_key"] is not None
    assert world.rows(tables.complaints) == []
    assert world.files() == 0


def test_too_large_by_announcement_and_by_weight(world: MailWorld, listener: MailListener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=30) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == str(MOST_MAIL_BYTES)
        assert smtp.mail("siti@example.org", [f"SIZE={MOST_MAIL_BYTES + 1}"])[0] == 552
    code, said = send(listener, HEAD + b"\r\n" + (b"y" * 7800 + b"\r\n") * 4_500)
    assert code == 552
    assert "35 MB" in said
    assert world.rows(tables.complaints) == []


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"X-Big: " + b"z" * 150_000 + b"\r\n\r\nHalo\r\n",
        HEAD + b"\r\n" + b"a" * 150_000 + b"\r\n",
        HEAD + b"\r\n.titik di depan\r\n",
    ],
)
def test_odd_lines_are_accepted(world: MailWorld, listener: MailListener, raw: bytes) -> None:
    assert send(listener, raw)[0] == 250
    assert one_row(world)["text"]


def test_a_line_without_end_is_refused_once(listener: MailListener) -> None:
    assert send(listener, HEAD + b"X-Big: " + b"z" * 1_000_000 + b"\r\n\r\nHalo\r\n")[0] == 554


def test_a_very_long_mail_is_cut_and_marked(world: MailWorld, listener: MailListener) -> None:
    assert send(listener, HEAD + b"\r\n" + b"kata kata kata\r\n" * 20_000)[0] == 250
    assert one_row(world)["flags"] == ["shortened"]
    assert len(one_row(world)["text"]) <= 10_000


def test_only_our_addresses_take_mail(tmp_path: Any) -> None:
    with mail_world(tmp_path, **OURS) as world:
        listener = world.listener()
        listener.start()
        raw = HEAD + b"\r\nHalo semua\r\n"
        assert send(listener, raw, to=("orang@kota.example.org",))[0] == 550
        assert send(listener, raw, to=("LAPOR+x@kota.example.org",))[0] == 250
        assert send(listener, raw, to=("tanggap@kota.example.org",))[0] == 250
        echo = raw.replace(b"siti@", b"lapor@kota.").replace(b"1@", b"2@")
        assert send(listener, echo, to=("lapor@kota.example.org",))[0] == 250
        assert [fact.receipt for fact in world.said()] == ["wanted", "automatic"]
        listener.stop()


class Away:
    """A database that cannot be reached, or that fails in a way nobody foresaw."""

    def __init__(self, world: MailWorld, error: Exception) -> None:
        self.read = world.database.read
        self._error = error

    def write(self) -> Any:
        raise self._error


@pytest.mark.parametrize("error", [Transient("away", code="database"), ZeroDivisionError("a bug")])
@pytest.mark.parametrize("lmtp", [False, True])
def test_while_we_cannot_store_the_sender_is_to_come_again(world: MailWorld, error: Exception, lmtp: bool) -> None:
    spine = replace(world.parts.spine, database=Away(world, error))  # type: ignore[arg-type]
    listener = world.listener(replace(world.intake, door=replace(world.parts.door, spine=spine)), lmtp=lmtp)
    listener.start()
    kind = smtplib.LMTP if lmtp else smtplib.SMTP
    with kind("127.0.0.1", listener.port, timeout=40) as smtp:  # an error is logged at length here
        smtp.ehlo_or_helo_if_needed()
        smtp.mail("siti@example.org")
        smtp.rcpt("lapor@example.org")
        code, said = smtp.data(HEAD + b"\r\nHalo\r\n")
        assert smtp.noop()[0] == 250
    listener.stop()
    assert code == 451
    assert b"ZeroDivision" not in said


def lmtp_talk(port: int, recipients: list[str], raw: bytes) -> list[str]:
    """The answers to LHLO … QUIT after the content, as they stand on the line."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        talk = line.makefile("rwb")
        talk.readline()
        for command in ("LHLO test", "MAIL FROM:<siti@example.org>", *(f"RCPT TO:<{one}>" for one in recipients)):
            talk.write(f"{command}\r\n".encode())
            talk.flush()
            while talk.readline()[3:4] == b"-":
                pass
        talk.write(b"DATA\r\n")
        talk.flush()
        assert talk.readline().startswith(b"354")
        talk.write(raw + b".\r\nQUIT\r\n")
        talk.flush()
        return [answer.decode().strip() for answer in talk.readlines()]


def test_lmtp_answers_once_for_each_recipient(world: MailWorld) -> None:
    listener = world.listener(lmtp=True)
    listener.start()
    two = ["lapor@example.org", "dishub@example.org"]
    *answers, bye = lmtp_talk(listener.port, two, HEAD + b"\r\nPadam.\r\n")
    row = one_row(world)
    assert [answer[:3] for answer in (*answers, bye)] == ["250", "250", "221"]
    assert all(row["ticket"] in answer for answer in answers)
    assert row["recipients"] == sorted(two)
    *answers, bye = lmtp_talk(listener.port, two, HEAD + b"\r\n" + b"z" * 300_000 + b"\r\n")
    assert [answer[:3] for answer in (*answers, bye)] == ["554", "554", "221"]
    listener.stop()


def test_a_plain_smtp_greeting_is_no_lmtp(world: MailWorld) -> None:
    listener = world.listener(lmtp=True)
    listener.start()
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as smtp:
        assert smtp.ehlo()[0] == 500
    listener.stop()


class Held:
    """Hands every mail on when it is let go, and counts those it has at one time."""

    def __init__(self, take: Callable[..., Taken]) -> None:
        self.own = OwnAddresses.of((), demo=True)
        self.took, self.go = threading.Event(), threading.Event()
        self.now = self.most = 0
        self._take = take
        self._lock = threading.Lock()

    def take(self, raw: bytes, mail_from: str, recipients: Any) -> Taken:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.took.set()
        self.go.wait(10)
        with self._lock:
            self.now -= 1
        return self._take(raw, mail_from, recipients)


def test_stopping_finishes_the_mail_in_hand(world: MailWorld) -> None:
    held = Held(world.intake.take)
    listener = world.listener(held)
    listener.start()
    answers: list[bytes] = []
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as smtp:
        smtp.ehlo()
        smtp.mail("siti@example.org")
        smtp.rcpt("lapor@example.org")
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
    assert one_row(world)["ticket"] in answers[0].decode()


@pytest.mark.parametrize(
    ("size", "at_once"), [(f"SIZE={LARGE_BYTES}", MOST_IN_HAND), (f"SIZE={LARGE_BYTES + 1}", 1), ("BODY=8BITMIME", 1)]
)
def test_only_a_few_mails_are_in_hand_and_the_others_wait(world: MailWorld, size: str, at_once: int) -> None:
    held = Held(lambda *_: Taken(MailKind.COMPLAINT, "text", "250 OK"))
    listener = world.listener(held)
    listener.start()
    codes: list[int] = []

    def one() -> None:
        codes.append(send(listener, HEAD + b"\r\nHalo\r\n", options=(size,))[0])

    senders = [threading.Thread(target=one) for _ in range(2 * MOST_IN_HAND)]
    for sender in senders:
        sender.start()
    eventually(lambda: held.now == at_once)
    held.go.set()
    for sender in senders:
        sender.join(10)
    listener.stop()
    assert codes == [250] * len(senders)
    assert held.most == at_once


def test_a_taken_port_is_told(world: MailWorld, listener: MailListener) -> None:
    second = MailListener(world.intake, "127.0.0.1", listener.port)
    with pytest.raises(ConfigError, match=str(listener.port)):
        second.start()
    second.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
