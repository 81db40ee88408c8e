"""Mail to servers that refuse, freeze, hang up and answer nonsense, each at a moment of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from services.notifier.channels.smtp import SmtpChannel
from services.notifier.channels.smtp_connections import SmtpConnections
from services.notifier.delivery import Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Mail
from tests.integration.notifier_channels.messages import DELIVERY, DELIVERY_ID, MAIL, NOW
from tests.integration.notifier_channels.raw_server import RawServer
from tests.integration.notifier_channels.scripted_smtp import DROP, FREEZE, Script
from tests.support.eventually import eventually
from tests.support.mailbox import SmtpSink
from tests.support.ports import free_port


@pytest.fixture
def channel() -> Iterator[Callable[..., SmtpChannel]]:
    made: list[SmtpChannel] = []

    def make(port: int, *, patient: bool = True, **limits: float) -> SmtpChannel:
        """Impatient is for servers that are silent on purpose."""
        url = f"smtp://127.0.0.1:{port}"
        connections = SmtpConnections(url, **limits)  # type: ignore[arg-type]
        step, answer = (10.0, 20.0) if patient else (0.4, 0.6)
        made.append(SmtpChannel(url, timeout_seconds=step, answer_timeout_seconds=answer, connections=connections))
        return made[-1]

    yield make
    for one in made:
        one.close()


def send(channel: SmtpChannel, letter: Mail = MAIL, delivery: Delivery = DELIVERY) -> Outcome:
    return channel.send(delivery, letter, NOW)


def ends(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.state, outcome.reason, outcome.away


def test_a_mail_arrives_as_it_was_written(channel: Callable[..., SmtpChannel]) -> None:
    """Also a line that is only a dot, which would end it, and a last line without an end."""
    dots = replace(MAIL, content=MAIL.content + b"first\r\n.\r\n..\r\nlast")
    with SmtpSink() as sink:
        assert send(channel(sink.port), dots).state == "sent"
        (arrived,) = sink.wait_for(1)
    assert (arrived.sender, arrived.recipients) == (MAIL.sender, (MAIL.recipient,))
    assert arrived.content == dots.content + b"\r\n"


def test_an_unknown_recipient_fails_and_the_answer_is_masked(channel: Callable[..., SmtpChannel]) -> None:
    with SmtpSink() as sink:
        sink.refuse_recipient(MAIL.recipient, 550, f"<{MAIL.recipient}>: no such user")
        outcome = send(channel(sink.port))
    assert ends(outcome) == ("failed", "refused_550", "")
    assert outcome.answer == "550 <[e-mail]>: no such user"


def test_several_threads_have_a_connection_each(channel: Callable[..., SmtpChannel]) -> None:
    script = Script()
    outcomes: list[Outcome] = []
    with RawServer(script) as server:
        one = channel(server.port)

        def work() -> None:
            outcomes.extend(send(one) for _ in range(25))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert {outcome.state for outcome in outcomes} == {"sent"}
        assert script.taken == 100
        assert server.connections <= 4


def test_reports_about_failures_and_delays_are_asked_for(channel: Callable[..., SmtpChannel]) -> None:
    script = Script()
    with RawServer(script) as server:
        assert ends(send(channel(server.port))) == ("sent", "accepted", "")
    assert script.heard[1:4] == [
        f"MAIL FROM:<{MAIL.sender}> RET=HDRS ENVID={DELIVERY_ID}",
        f"RCPT TO:<{MAIL.recipient}> NOTIFY=FAILURE,DELAY",
        "DATA",
    ]


def test_a_server_that_cannot_report_is_not_asked_to(channel: Callable[..., SmtpChannel]) -> None:
    script = Script(extensions=("PIPELINING",))
    with RawServer(script) as server:
        assert send(channel(server.port)).state == "sent"
    assert script.heard[1:3] == [f"MAIL FROM:<{MAIL.sender}>", f"RCPT TO:<{MAIL.recipient}>"]


def test_a_connection_carries_many_mails(channel: Callable[..., SmtpChannel]) -> None:
    script = Script()
    with RawServer(script) as server:
        one = channel(server.port)
        assert [send(one).state for _ in range(5)] == ["sent"] * 5
        assert (server.connections, script.taken) == (1, 5)
    assert "RSET" not in script.verbs()


def test_a_connection_that_lay_a_while_or_carried_a_refusal_is_tried_first(channel: Callable[..., SmtpChannel]) -> None:
    script = Script({("RCPT", 2): b"450 greylisted\r\n"})
    with RawServer(script) as server:
        one = channel(server.port)
        assert [send(one).state for _ in range(4)] == ["sent", "pending", "sent", "sent"]
        assert (server.connections, script.verbs().count("RSET")) == (1, 1)
        lain = channel(server.port, fresh_seconds=0.0)
        assert [send(lain).state for _ in range(3)] == ["sent"] * 3
        assert (server.connections, script.verbs().count("RSET")) == (2, 3)


def test_a_connection_is_left_after_so_many_mails_or_when_it_lay_idle(channel: Callable[..., SmtpChannel]) -> None:
    script = Script()
    with RawServer(script) as server:
        one = channel(server.port, most_mails=2)
        assert [send(one).state for _ in range(5)] == ["sent"] * 5
        assert server.connections == 3
        idle = channel(server.port, most_idle_seconds=0.0)
        assert [send(idle).state for _ in range(3)] == ["sent"] * 3
        assert server.connections == 6


@pytest.mark.parametrize(
    "dead",
    [{("RSET", 1): DROP}, {("RSET", 1): b"421 too long idle\r\n"}, {("RSET", 1): FREEZE}, {("MAIL", 2): DROP},
     {("RCPT", 2): DROP}, {("MAIL", 2): b"421 enough of you\r\n"}, {("DATA", 2): DROP}],
)  # fmt: skip
def test_a_connection_that_died_meanwhile_is_replaced_in_the_same_attempt(
    channel: Callable[..., SmtpChannel], dead: dict[tuple[str, int], bytes]
) -> None:
    script = Script(dead)
    with RawServer(script) as server:
        one = channel(server.port, fresh_seconds=0.0, patient=FREEZE not in dead.values())
        assert [send(one).state for _ in range(3)] == ["sent"] * 3
        assert (server.connections, script.taken) == (2, 3)


@pytest.mark.parametrize(
    "dead",
    [{("MAIL", 2): DROP}, {("RCPT", 2): DROP}, {("MAIL", 2): b"421 enough of you\r\n"}, {("DATA", 2): DROP}],
)
def test_so_is_one_that_was_used_a_moment_ago(
    channel: Callable[..., SmtpChannel], dead: dict[tuple[str, int], bytes]
) -> None:
    script = Script(dead)
    with RawServer(script) as server:
        one = channel(server.port)
        assert [send(one).state for _ in range(3)] == ["sent"] * 3
        assert (server.connections, script.taken) == (2, 3)


def test_a_server_that_was_started_anew_between_two_mails(channel: Callable[..., SmtpChannel]) -> None:
    port = free_port()
    one = channel(port)
    for _ in range(2):
        with SmtpSink(port) as sink:
            assert send(one).state == "sent"
            assert len(sink.wait_for(1)) == 1
    assert ends(send(one)) == ("pending", "server_away", Away.CHANNEL)


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ({("CONNECT", 1): FREEZE}, ("pending", "server_away", "channel")),
        ({("CONNECT", 1): DROP}, ("pending", "server_away", "channel")),
        ({("CONNECT", 1): b"554 go away\r\n"}, ("pending", "server_away", "channel")),
        ({("CONNECT", 1): b"SSH-2.0-OpenSSH\r\n"}, ("pending", "server_away", "channel")),
        ({("EHLO", 1): FREEZE}, ("pending", "server_away", "channel")),
        ({("EHLO", 1): b"421 busy\r\n", ("HELO", 1): b"421 busy\r\n"}, ("pending", "server_away", "channel")),
        ({("MAIL", 1): b"451 later\r\n"}, ("pending", "refused_451", "")),
        ({("MAIL", 1): b"550 spam\r\n"}, ("failed", "refused_550", "")),
        ({("MAIL", 1): b"421 closing\r\n"}, ("pending", "refused_421", "channel")),
        ({("MAIL", 1): FREEZE}, ("pending", "no_answer", "lane")),
        ({("MAIL", 1): b"nonsense\r\n"}, ("pending", "unreadable_answer", "channel")),
        ({("RCPT", 1): FREEZE}, ("pending", "no_answer", "lane")),
        ({("RCPT", 1): DROP}, ("pending", "broken_off", "lane")),
        ({("RCPT", 1): b"450 greylisted\r\n"}, ("pending", "refused_450", "")),
        ({("RCPT", 1): b"550 5.1.1 no such user\r\n"}, ("failed", "refused_550", "")),
        ({("DATA", 1): b"451 later\r\n"}, ("pending", "refused_451", "")),
        ({("DATA", 1): FREEZE}, ("pending", "no_answer", "lane")),
        ({("CONTENT", 1): DROP}, ("pending", "broken_off", "lane")),
        ({("END", 1): b"554 no\r\n"}, ("failed", "refused_554", "")),
        ({("END", 1): b"452 disk full\r\n"}, ("pending", "refused_452", "")),
        ({("END", 1): b"421 closing\r\n"}, ("pending", "refused_421", "channel")),
        ({("END", 1): FREEZE}, ("uncertain", "no_answer_after_data", "channel")),
        ({("END", 1): DROP}, ("uncertain", "no_answer_after_data", "channel")),
        ({("END", 1): b"\xff\x00\r\n"}, ("uncertain", "unreadable_answer", "channel")),
        ({("END", 1): b"354 more\r\n"}, ("uncertain", "unreadable_answer", "channel")),
    ],
)  # fmt: skip
def test_each_trouble_at_its_moment(
    channel: Callable[..., SmtpChannel], exceptions: dict[tuple[str, int], bytes], expected: tuple[str, str, str]
) -> None:
    letter = MAIL
    if ("CONTENT", 1) in exceptions:  # more than lies in the buffers between, so that the break is seen in the middle
        letter = replace(MAIL, content=MAIL.content + b"x" * 70 + b"\r\n" + b"y" * 30_000_000)
    started = time.monotonic()
    with RawServer(Script(exceptions)) as server:
        silent = FREEZE in exceptions.values()
        one = channel(server.port, patient=not silent)
        assert ends(send(one, letter)) == expected
        assert not silent or time.monotonic() - started < 3.5
        assert send(one).state == "sent", "and the next one is not touched by it"


def test_after_an_uncertain_end_the_connection_is_thrown_away(channel: Callable[..., SmtpChannel]) -> None:
    script = Script({("END", 1): FREEZE})
    with RawServer(script) as server:
        one = channel(server.port, patient=False)
        assert send(one).state == "uncertain"
        assert send(one).state == "sent"
        assert server.connections == 2


def test_a_refusal_leaves_the_connection_usable(channel: Callable[..., SmtpChannel]) -> None:
    script = Script({("RCPT", 1): b"550 no such user\r\n", ("END", 1): b"554 no\r\n"})
    with RawServer(script) as server:
        one = channel(server.port)
        assert [send(one).state for _ in range(3)] == ["failed", "failed", "sent"]
        assert (server.connections, script.taken) == (1, 2)


def test_a_server_that_drips_is_cut_by_the_conversations_own_end() -> None:
    """A greeting that never ends keeps each wait short; only the sum is too long."""

    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"220-wait\r\n")
            time.sleep(0.05)

    with RawServer(drip) as server:
        started = time.monotonic()
        one = SmtpChannel(f"smtp://127.0.0.1:{server.port}", timeout_seconds=0.3, conversation_seconds=0.8)
        assert ends(send(one)) == ("pending", "server_away", Away.CHANNEL)
        assert 0.6 < time.monotonic() - started < 4.0


def test_closing_gives_connections_back_and_later_mails_still_go(channel: Callable[..., SmtpChannel]) -> None:
    script = Script()
    with RawServer(script) as server:
        one = channel(server.port)
        assert send(one).state == "sent"
        one.close()
        one.close()
        assert send(one).state == "sent"
        assert server.connections == 2
        eventually(lambda: script.verbs().count("QUIT") == 2, describe=script.verbs)
