"""Webhooks against receivers that answer, refuse, hang, drip, redirect, break off and lie."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.notifier.channels.dialling import NoSuchHost, SystemResolver
from services.notifier.channels.guarded_http import GuardedHttp
from services.notifier.channels.http_calls import MOST_BODY_BYTES, Limits
from services.notifier.channels.webhook import Webhook
from services.notifier.way_out import Away, Outcome
from shared.address_guard import Address, AddressGuard
from shared.errors import Rejected
from tests.integration.notifier_channels.certificates import Certificate, certificate
from tests.integration.notifier_channels.messages import DELIVERY, DELIVERY_ID, NOW, document
from tests.integration.notifier_channels.raw_server import RawServer, reading
from tests.support.http_sink import HttpSink
from tests.support.ports import free_port

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOOPBACK = AddressGuard.of(["127.0.0.0/8"])
QUICK = Limits(total_seconds=0.6, step_seconds=0.3, connect_seconds=0.3)
"""For receivers that are slow on purpose. The others are waited for, however busy the machine is."""
PATIENT = Limits(total_seconds=20.0, step_seconds=10.0, connect_seconds=10.0)


@dataclass
class Answers:
    """A name service by hand; each name gives its answers in turn, the last one for ever."""

    given: dict[str, list[tuple[str, ...]]]
    asked: list[str] = field(default_factory=list)

    def addresses(self, host: str) -> Sequence[Address]:
        self.asked.append(host)
        known = self.given.get(host)
        if not known:
            raise NoSuchHost(host)
        found = known.pop(0) if len(known) > 1 else known[0]
        return [ipaddress.ip_address(one) for one in found]


@dataclass
class Held:
    """Secrets that a test gives."""

    secrets: tuple[str, ...] = (SECRET,)
    unreadable: bool = False

    def signing(self, agency: str) -> Sequence[str]:
        if self.unreadable:
            raise Rejected("no key fits", code="unreadable_seal")
        return self.secrets if agency == "DPUPR" else ()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "hook.test")


@pytest.fixture
def receiver(known: Certificate) -> Iterator[HttpSink]:
    with HttpSink(known.server_context()) as sink:
        yield sink


@pytest.fixture
def opened() -> Iterator[list[Webhook]]:
    made: list[Webhook] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def webhook(known: Certificate, opened: list[Webhook]) -> Callable[..., Webhook]:
    def make(
        guard: AddressGuard = LOOPBACK, secrets: Held | None = None, limits: Limits = PATIENT,
        **given: list[tuple[str, ...]],
    ) -> Webhook:  # fmt: skip
        names = {name.replace("_", "."): answers for name, answers in given.items()}
        resolver = Answers({"hook.test": [("127.0.0.1",)], **names})
        http = GuardedHttp(guard, resolver=resolver, authorities=str(known.path), limits=limits)
        opened.append(Webhook(http, secrets or Held()))
        return opened[-1]

    return make


def send(webhook: Webhook, url: str) -> Outcome:
    return webhook.send(DELIVERY, document(url), NOW)


def plain(webhook: Webhook, talk: Callable[[socket.socket], None]) -> Outcome:
    """To a receiver without encryption in a network of the city's own."""
    with RawServer(talk) as server:
        return send(webhook, f"http://hook.test:{server.port}/")


def test_a_message_arrives_signed_and_named(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    receiver.answer(204)
    outcome = send(webhook(), f"https://hook.test:{receiver.port}/cases?kota=cimahi")
    assert (outcome.state, outcome.reason, outcome.answer) == ("sent", "accepted", "204")
    (request,) = receiver.wait_for(1)
    assert (request.method, request.path, request.query) == ("POST", "/cases", {"kota": "cimahi"})
    assert request.json()["id"] == DELIVERY_ID
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == request.headers["idempotency-key"] == DELIVERY_ID
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["webhook-signature"].startswith("v1,")
    assert request.headers["host"] == f"hook.test:{receiver.port}"


def test_connections_are_used_again(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    one = webhook()
    receiver.answer(200, "x" * 1000, set_cookie="a=b")
    for _ in range(5):
        assert send(one, f"https://hook.test:{receiver.port}/").state == "sent"
    assert (len(receiver.requests), receiver.connections) == (5, 1)
    assert "cookie" not in receiver.requests[-1].headers


@pytest.mark.parametrize(
    ("status", "state", "reason", "away"),
    [
        (200, "sent", "accepted", ""), (202, "sent", "accepted", ""),
        (301, "failed", "redirected", ""), (304, "failed", "redirected", ""), (308, "failed", "redirected", ""),
        (400, "failed", "refused_400", ""), (401, "failed", "refused_401", ""), (404, "failed", "refused_404", ""),
        (410, "failed", "gone", ""), (422, "failed", "refused_422", ""),
        (408, "pending", "answered_408", ""), (409, "pending", "answered_409", ""),
        (425, "pending", "answered_425", ""), (429, "pending", "answered_429", "lane"),
        (500, "pending", "answered_500", ""), (502, "pending", "answered_502", ""),
        (503, "pending", "answered_503", "lane"), (599, "pending", "answered_599", ""),
    ],
)  # fmt: skip
def test_the_answer_decides(
    webhook: Callable[..., Webhook], receiver: HttpSink, status: int, state: str, reason: str, away: str
) -> None:
    receiver.answer(status, "tidak, hubungi 0812-3456-7890")
    outcome = send(webhook(), f"https://hook.test:{receiver.port}/")
    assert (outcome.state, outcome.reason, outcome.away) == (state, reason, away)
    assert "3456" not in outcome.answer


def test_the_receiver_says_when_to_come_again(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    one, url = webhook(), f"https://hook.test:{receiver.port}/"
    for written, wish in (
        ("120", 120.0), ("Tue, 24 Nov 2026 07:06:30 GMT", 90.0), ("Tue, 24 Nov 2026 07:00:00 GMT", 0.0),
        ("99999999", 86_400.0), ("-5", None), ("soon", None), ("", None),
    ):  # fmt: skip
        receiver.answer(429, retry_after=written)
        assert send(one, url).retry_after_seconds == wish, written
    receiver.answer(503)
    assert send(one, url).retry_after_seconds is None


def test_a_redirect_is_not_followed(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    with HttpSink() as inner:
        receiver.answer(307, location=f"{inner.url}/latest/meta-data")
        outcome = send(webhook(), f"https://hook.test:{receiver.port}/")
        assert (outcome.state, outcome.reason, len(inner.requests)) == ("failed", "redirected", 0)


@pytest.mark.parametrize(
    ("talk", "state", "reason"),
    [
        (lambda c: time.sleep(2), "pending", "timeout"),
        (reading(lambda c: c.sendall(b"\x00\xff garbage\r\n\r\n")), "pending", "broken_connection"),
        (reading(lambda c: None), "pending", "broken_connection"),
        (reading(lambda c: c.sendall(b"HTTP/1.1 20")), "pending", "broken_connection"),
        (lambda c: None, "pending", "broken_connection"),
        (reading(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhalf")), "sent", "accepted"),
        (reading(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n\x00\xff")), "sent", "accepted"),
        (reading(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot")), "sent", "accepted"),
    ],
    ids=["hangs", "garbage", "hangs up", "half a status", "at once", "half a body", "odd length", "no gzip"],
)
def test_receivers_that_misbehave(
    webhook: Callable[..., Webhook], talk: Callable[[socket.socket], None], state: str, reason: str
) -> None:
    outcome = plain(webhook(limits=QUICK), talk)
    assert (outcome.state, outcome.reason) == (state, reason)
    assert outcome.away == ("" if state == "sent" else Away.LANE)


@pytest.mark.parametrize(
    ("head", "state"), [(b"HTTP/1.1 200 OK\r\nX-Slow: ", "pending"), (b"HTTP/1.1 200 OK\r\n\r\n", "sent")]
)
def test_one_that_drips_is_cut(webhook: Callable[..., Webhook], head: bytes, state: str) -> None:
    """Each byte comes in time; only the call as a whole takes too long. With the status all that counts is there."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(b"x")

    started = time.monotonic()
    outcome = plain(webhook(limits=QUICK), reading(drip))
    assert outcome.state == state
    assert 0.4 < time.monotonic() - started < 5.0


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    http = GuardedHttp(LOOPBACK, limits=Limits(total_seconds=8.0))
    started = time.monotonic()
    with RawServer(reading(flood)) as server:
        outcome = send(Webhook(http, Held()), f"http://127.0.0.1:{server.port}/")
        assert (outcome.state, len(outcome.answer)) == ("sent", 300)
        assert time.monotonic() - started < 4.0
        assert len(http.post(f"http://127.0.0.1:{server.port}/", b"", {}).body) == MOST_BODY_BYTES
    http.close()


def test_a_receiver_that_is_not_there(webhook: Callable[..., Webhook]) -> None:
    refused = send(webhook(), f"https://hook.test:{free_port()}/")
    unknown = send(webhook(), "https://nobody.test/")
    assert (refused.state, refused.reason, refused.away) == ("pending", "not_connected", Away.LANE)
    assert (unknown.state, unknown.reason, unknown.away) == ("pending", "no_such_host", Away.LANE)


def test_a_wrong_certificate_ends_it_before_anything_is_said(webhook: Callable[..., Webhook], tmp_path: Path) -> None:
    run_out = certificate(tmp_path, "hook.test", valid_days=-1)
    for other in (certificate(tmp_path, "other.test"), run_out):
        with HttpSink(other.server_context()) as sink:
            outcome = send(webhook(), f"https://hook.test:{sink.port}/")
            assert (outcome.state, outcome.reason, outcome.away) == ("pending", "certificate", Away.LANE)
            assert sink.requests == []


def test_one_that_speaks_no_tls(webhook: Callable[..., Webhook]) -> None:
    with RawServer(lambda c: c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        outcome = send(webhook(), f"https://hook.test:{server.port}/")
        assert (outcome.state, outcome.reason) == ("pending", "tls")
    with RawServer(lambda c: time.sleep(4)) as server:
        started = time.monotonic()
        assert send(webhook(limits=QUICK), f"https://hook.test:{server.port}/").reason == "timeout"
        assert time.monotonic() - started < 3.5


def test_a_valid_certificate_of_another_name_is_not_ours(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    outcome = send(webhook(other_test=[("127.0.0.1",)]), f"https://other.test:{receiver.port}/")
    assert (outcome.reason, receiver.requests) == ("certificate", [])


@pytest.mark.parametrize(
    "answers",
    [("127.0.0.1",), ("::1",), ("10.0.0.1", "8.8.8.8"), ("8.8.8.8", "::ffff:127.0.0.1"), ("169.254.169.254",)],
)
def test_a_name_that_leads_inside_is_refused(
    webhook: Callable[..., Webhook], receiver: HttpSink, answers: tuple[str, ...]
) -> None:
    outcome = send(webhook(AddressGuard(), hook_test=[answers]), f"https://hook.test:{receiver.port}/")
    assert (outcome.state, outcome.reason, outcome.answer) == ("failed", "refused_address", "not_public")
    assert receiver.connections == 0


def test_a_name_that_changes_its_answer_gets_nowhere(known: Certificate, receiver: HttpSink) -> None:
    """Looked up once for each connection, and what was judged is what is connected to."""
    resolver = Answers({"hook.test": [("198.41.0.4",), ("127.0.0.1",)]})
    http = GuardedHttp(AddressGuard(), resolver=resolver, authorities=str(known.path), limits=QUICK)
    one = Webhook(http, Held())
    first, second = (send(one, f"https://hook.test:{receiver.port}/") for _ in range(2))
    assert first.state == "pending"
    assert first.reason in ("timeout", "not_connected"), "it went where the first answer led"
    assert (second.state, second.reason) == ("failed", "refused_address")
    assert (resolver.asked, receiver.connections) == (["hook.test"] * 2, 0)
    one.close()


def test_proxies_and_passwords_of_the_surroundings_are_not_used(
    webhook: Callable[..., Webhook], receiver: HttpSink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine hook.test login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with HttpSink() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        assert send(webhook(), f"https://hook.test:{receiver.port}/").state == "sent"
        assert proxy.connections == 0
        assert "authorization" not in receiver.requests[0].headers


def test_without_a_secret_nothing_is_sent(webhook: Callable[..., Webhook], receiver: HttpSink) -> None:
    url = f"https://hook.test:{receiver.port}/"
    assert webhook().send(DELIVERY, document(url, "DISHUB"), NOW) == Outcome("failed", "no_secret")
    unreadable = webhook(secrets=Held(unreadable=True)).send(DELIVERY, document(url), NOW)
    assert (unreadable.state, unreadable.reason, unreadable.away) == ("pending", "secret_unreadable", Away.LANE)
    assert receiver.connections == 0


def test_the_systems_own_look_up() -> None:
    resolver = SystemResolver()
    assert "127.0.0.1" in {str(one) for one in resolver.addresses("localhost")}
    for unknown in ("nobody.invalid", "x" * 70, "", "a..b"):
        with pytest.raises(NoSuchHost):
            resolver.addresses(unknown)
