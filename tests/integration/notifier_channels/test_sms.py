"""Gateways for text messages, Kannel's and others: late, away, talking nonsense."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from services.intake.channels.generic_sms import check_signature
from services.notifier.channels.http_calls import Limits
from services.notifier.channels.kannel import KannelGateway, ReportAddress
from services.notifier.channels.sms_json import JsonGateway
from services.notifier.way_out import Away, Outcome
from shared.errors import Refused
from shared.reply_marks import is_report_signature
from tests.integration.notifier_channels.messages import DELIVERY, DELIVERY_ID, NOW, SMS
from tests.integration.notifier_channels.raw_server import RawServer, reading
from tests.support.http_sink import Answer, HttpSink, answer
from tests.support.ports import free_port

QUICK = Limits(total_seconds=0.8, step_seconds=0.4, connect_seconds=0.4)
"""For gateways that are slow on purpose. The others are waited for, however busy the machine is."""
PATIENT = Limits(total_seconds=20.0, step_seconds=10.0, connect_seconds=10.0)
KEYS = ("n" * 40, "o" * 40)

Gateway = KannelGateway | JsonGateway


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as started:
        started.answer(202, {"id": "gw-1"})
        yield started


def kannel(url: str, limits: Limits = PATIENT) -> Gateway:
    return KannelGateway(f"{url}/cgi-bin/sendsms?username=u1&password=p1", limits=limits)


def by_json(url: str, limits: Limits = PATIENT) -> Gateway:
    return JsonGateway(f"{url}/v1/messages", KEYS[0], limits=limits)


BOTH = pytest.mark.parametrize("make", [kannel, by_json])


def send(gateway: Gateway) -> Outcome:
    try:
        return gateway.send(DELIVERY, SMS, NOW)
    finally:
        gateway.close()


def test_kannel_gets_what_it_wants(sink: HttpSink) -> None:
    sink.answer(202, "0: Accepted for delivery")
    outcome = send(kannel(sink.url))
    assert (outcome.state, outcome.answer) == ("sent", "202 0: Accepted for delivery")
    (request,) = sink.wait_for(1)
    assert (request.method, request.path) == ("GET", "/cgi-bin/sendsms")
    assert request.query == {
        "username": "u1", "password": "p1", "from": "1234", "to": SMS.to, "charset": "UTF-8", "coding": "0",
        "text": SMS.text,
    }  # fmt: skip


def test_kannel_is_told_where_to_report_and_each_message_has_its_own_signed_address(sink: HttpSink) -> None:
    send(KannelGateway(sink.url, ReportAddress("http://intake:8000/", KEYS)))
    query = sink.wait_for(1)[0].query
    assert query["dlr-mask"] == "31"
    parts = urlsplit(query["dlr-url"])
    assert (parts.netloc, parts.path) == ("intake:8000", "/sms/kannel/report")
    assert parts.query.endswith("&type=%d&answer=%A")
    fields = parse_qs(parts.query)
    assert fields["delivery"] == [DELIVERY_ID]
    assert is_report_signature(KEYS, DELIVERY_ID, fields["sign"][0])


def test_another_gateway_gets_signed_json_and_gives_its_own_id(sink: HttpSink) -> None:
    gateway = JsonGateway(f"{sink.url}/v1/messages", KEYS[0], report_url="http://intake:8000/sms/generic/report")
    outcome = send(gateway)
    assert (outcome.state, outcome.reason, outcome.answer) == ("sent", "accepted", '202 {"id": "gw-1"}')
    (request,) = sink.wait_for(1)
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert request.json() == {
        "id": DELIVERY_ID, "to": SMS.to, "from": SMS.sender, "text": SMS.text,
        "report_url": "http://intake:8000/sms/generic/report",
    }  # fmt: skip
    assert request.headers["idempotency-key"] == DELIVERY_ID
    shown = {name.title(): value for name, value in request.headers.items()}
    check_signature(KEYS, shown, request.body, datetime.now(UTC))  # as our own door checks those of gateways
    with pytest.raises(Refused):
        check_signature(KEYS[1:], shown, request.body, datetime.now(UTC))


def test_without_an_address_no_report_is_asked_for(sink: HttpSink) -> None:
    send(by_json(sink.url))
    send(kannel(sink.url))
    assert "report_url" not in sink.requests[0].json()
    assert not {"dlr-url", "dlr-mask"} & set(sink.requests[1].query)


@BOTH
@pytest.mark.parametrize(
    ("status", "state", "reason", "away"),
    [(400, "failed", "refused_400", ""), (403, "failed", "refused_403", ""), (302, "failed", "refused_302", ""),
     (429, "pending", "refused_429", "channel"), (503, "pending", "refused_503", "channel"),
     (500, "uncertain", "answered_500", ""), (502, "uncertain", "answered_502", "")],
)  # fmt: skip
def test_the_answer_decides(
    sink: HttpSink, make: Callable[..., Gateway], status: int, state: str, reason: str, away: str
) -> None:
    sink.answer(status, "no, +6281234567890")
    outcome = send(make(sink.url))
    assert (outcome.state, outcome.reason, outcome.away) == (state, reason, away)
    assert "81234567890" not in outcome.answer


@BOTH
def test_a_gateway_that_is_not_there_has_nothing(make: Callable[..., Gateway]) -> None:
    outcome = send(make(f"http://127.0.0.1:{free_port()}"))
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "gateway_away", Away.CHANNEL)
    unknown = send(make("http://nobody.invalid"))
    assert (unknown.state, unknown.reason) == ("pending", "gateway_away")


@BOTH
def test_one_without_the_certificate_it_should_have_has_nothing_either(make: Callable[..., Gateway]) -> None:
    with RawServer(lambda c: c.sendall(b"220 not TLS\r\n")) as server:
        outcome = send(make(f"https://127.0.0.1:{server.port}"))
    assert (outcome.state, outcome.reason) == ("pending", "gateway_away")


@BOTH
@pytest.mark.parametrize(
    "talk",
    [
        lambda c: time.sleep(4),
        lambda c: None,
        reading(lambda c: None),
        reading(lambda c: c.sendall(b"garbage without end\r\n\r\n")),
        reading(lambda c: c.sendall(b"HTTP/1.1 20")),
    ],
    ids=["hangs", "hangs up at once", "hangs up", "garbage", "half an answer"],
)
def test_whoever_may_have_it_is_not_sent_it_again(
    make: Callable[..., Gateway], talk: Callable[[socket.socket], None]
) -> None:
    with RawServer(talk) as server:
        started = time.monotonic()
        outcome = send(make(f"http://127.0.0.1:{server.port}", QUICK))
        assert (outcome.state, outcome.reason, outcome.away) == ("uncertain", "no_answer", Away.CHANNEL)
        assert time.monotonic() - started < 3.5


@BOTH
def test_one_that_drips_is_cut(make: Callable[..., Gateway]) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 202 Acc")
        for _ in range(100):
            time.sleep(0.05)
            connection.sendall(b"e")

    with RawServer(reading(drip)) as server:
        started = time.monotonic()
        assert send(make(f"http://127.0.0.1:{server.port}", QUICK)).state == "uncertain"
        assert 0.6 < time.monotonic() - started < 4.0


@BOTH
def test_a_late_answer_within_the_limit_counts(sink: HttpSink, make: Callable[..., Gateway]) -> None:
    def late(_request: object) -> Answer:
        time.sleep(0.3)
        return answer(202, {"id": "gw-2"})

    sink.answer_by(late)
    assert send(make(sink.url)).state == "sent"


@BOTH
def test_a_connection_is_used_again_but_not_after_lying_idle(sink: HttpSink, make: Callable[..., Gateway]) -> None:
    """An idle one may be closed in the very moment; then nobody knows whether the message arrived."""
    gateway = make(sink.url)
    for _ in range(3):
        assert gateway.send(DELIVERY, SMS, NOW).state == "sent"
    assert sink.connections == 1
    time.sleep(1.6)
    assert gateway.send(DELIVERY, SMS, NOW).state == "sent"
    assert sink.connections == 2
    gateway.close()


@pytest.mark.parametrize(
    "body", ["", "OK", "[]", "{}", '{"id": null}', '{"id": true}', '{"id": {}}', '{"id": ""}', "[" * 9999]
)
def test_success_without_the_gateways_id_is_uncertain(sink: HttpSink, body: str) -> None:
    sink.answer(200, body)
    outcome = send(by_json(sink.url))
    assert (outcome.state, outcome.reason, outcome.away) == ("uncertain", "unreadable_answer", Away.CHANNEL)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"status": "accepted"}, ("sent", "accepted")),
        (200, {"status": "delivered"}, ("delivered", "delivered")),
        (200, {"status": "failed", "reason": "no_subscriber"}, ("failed", "no_subscriber")),
        (200, {"status": "failed", "reason": "Nomor 0812 3456 7890 salah!"}, ("failed", "undelivered")),
        (200, {"status": "unknown"}, ("pending", "gateway_never_had_it")),
        (404, {"status": "unknown"}, ("pending", "gateway_never_had_it")),
        (404, {"error": "no such page"}, None),
        (404, "Not Found", None),
        (200, {"status": ["delivered"]}, None),
        (200, {"status": "somewhere"}, None),
        (500, {"status": "delivered"}, None),
        (200, "delivered", None),
    ],
)
def test_what_became_of_an_uncertain_message_can_be_asked(
    sink: HttpSink, status: int, body: dict[str, object] | str, expected: tuple[str, str] | None
) -> None:
    sink.answer(status, body)
    gateway = JsonGateway(f"{sink.url}/v1/messages/?tenant=a", KEYS[0], limits=PATIENT)
    outcome = gateway.ask(DELIVERY)
    assert (outcome and (outcome.state, outcome.reason)) == expected
    (request,) = sink.wait_for(1)
    assert (request.method, request.path, request.query) == ("GET", f"/v1/messages/{DELIVERY_ID}", {"tenant": "a"})
    shown = {name.title(): value for name, value in request.headers.items()}
    check_signature(KEYS, shown, DELIVERY_ID.encode(), datetime.now(UTC))
    gateway.close()


def test_a_gateway_that_cannot_be_asked_says_nothing(sink: HttpSink) -> None:
    sink.hang()
    assert by_json(sink.url, QUICK).ask(DELIVERY) is None  # type: ignore[union-attr]
    assert by_json(f"http://127.0.0.1:{free_port()}").ask(DELIVERY) is None  # type: ignore[union-attr]


def test_signs_of_all_kinds_arrive(sink: HttpSink) -> None:
    for gateway in (kannel(sink.url), by_json(sink.url)):
        send(gateway)
    assert sink.requests[0].query["text"] == json.loads(sink.requests[1].body)["text"] == SMS.text
