"""Encryption and passwords on the way to the mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifier.channels.smtp import SmtpChannel
from services.notifier.way_out import Away
from tests.integration.notifier_channels.certificates import certificate
from tests.integration.notifier_channels.messages import DELIVERY, MAIL, NOW
from tests.integration.notifier_channels.raw_server import RawServer
from tests.integration.notifier_channels.scripted_smtp import Script

ELSEWHERE = "127.0.0.2"
"""This machine, too, but by an address that does not say so."""


@pytest.fixture
def tls(tmp_path: Path) -> Script:
    context = certificate(tmp_path, "relay.test").server_context()
    return Script(extensions=("DSN", "AUTH PLAIN"), tls=context)


@pytest.fixture
def server(tls: Script) -> Iterator[RawServer]:
    with RawServer(tls, ELSEWHERE) as started:
        yield started


def send(url: str) -> tuple[str, str, str]:
    channel = SmtpChannel(url, timeout_seconds=1.0)
    outcome = channel.send(DELIVERY, MAIL, NOW)
    channel.close()
    return outcome.state, outcome.reason, outcome.away


def test_without_a_password_any_encryption_is_better_than_none(tls: Script, server: RawServer) -> None:
    assert send(f"smtp://{ELSEWHERE}:{server.port}") == ("sent", "accepted", "")
    assert tls.verbs()[:3] == ["EHLO", "STARTTLS", "EHLO"]


def test_a_password_goes_to_nobody_whose_certificate_is_not_right(tls: Script, server: RawServer) -> None:
    assert send(f"smtp://user:secret@{ELSEWHERE}:{server.port}") == ("pending", "server_away", Away.CHANNEL)
    tls.at_once = True
    assert send(f"smtps://user:secret@{ELSEWHERE}:{server.port}") == ("pending", "server_away", Away.CHANNEL)
    assert "AUTH" not in tls.verbs()
    assert tls.taken == 0


def test_a_password_goes_to_one_that_is_trusted(
    tls: Script, server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = certificate(tmp_path, ELSEWHERE)
    tls.tls = right.server_context()
    monkeypatch.setenv("SSL_CERT_FILE", str(right.path))
    assert send(f"smtp://user:secret@{ELSEWHERE}:{server.port}") == ("sent", "accepted", "")
    tls.at_once = True
    assert send(f"smtps://user:secret@{ELSEWHERE}:{server.port}") == ("sent", "accepted", "")
    assert tls.verbs().count("AUTH") == 2


def test_a_password_does_not_go_in_clear_over_the_net() -> None:
    script = Script(extensions=("AUTH PLAIN",))
    with RawServer(script, ELSEWHERE) as server:
        assert send(f"smtp://user:secret@{ELSEWHERE}:{server.port}") == ("pending", "no_encryption", Away.CHANNEL)
    assert "AUTH" not in script.verbs()
    with RawServer(script) as server:
        assert send(f"smtp://user:secret@127.0.0.1:{server.port}")[0] == "sent", "but to this machine it may"


def test_a_wrong_password_is_waited_with() -> None:
    script = Script({("AUTH", 1): b"535 5.7.8 no\r\n"}, extensions=("AUTH PLAIN",))
    with RawServer(script) as server:
        assert send(f"smtp://user:wrong@127.0.0.1:{server.port}") == ("pending", "login_refused", Away.CHANNEL)
