"""Text messages out by a real Kannel, one after the other over few connections, while parts of it come and go."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.notifier.channels.kannel import KannelGateway, ReportAddress
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Sms
from shared.ids import new_id
from shared.reply_marks import is_report_signature
from tests.integration.notifier_channels.messages import DELIVERY, NOW
from tests.support import kannel as real
from tests.support.eventually import eventually
from tests.support.http_sink import HttpSink
from tests.support.kannel import Kannel
from tests.support.missing import NotInstalled, skip_or_fail

KEYS = ("n" * 40,)
PHONE = "+6281200001234"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    try:
        real.require()
    except NotInstalled as problem:
        skip_or_fail(problem)
    with Kannel(tmp_path_factory.mktemp("kannel"), "http://127.0.0.1:9") as started:
        yield started


@pytest.fixture
def intake() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


def send(channel: KannelGateway, text: str) -> tuple[str, Outcome]:
    delivery = replace(DELIVERY, delivery_id=new_id())
    return delivery.delivery_id, channel.send(delivery, Sms(PHONE, "1234", text), NOW)


def test_each_message_arrives_and_is_reported_under_its_own_id(gateway: Kannel, intake: HttpSink) -> None:
    channel = KannelGateway(gateway.sendsms_url, ReportAddress(intake.url, KEYS))
    sent = [send(channel, f"Laporan {number} diterima") for number in range(10)]
    assert {outcome.state for _, outcome in sent} == {"sent"}
    for number in range(10):
        gateway.network.wait_for(PHONE, f"Laporan {number} diterima")

    def delivered() -> set[str]:
        return {request.query["delivery"] for request in intake.requests if request.query["type"] == "1"}

    eventually(lambda: delivered() == {delivery_id for delivery_id, _ in sent}, 20, describe=gateway.describe)
    for request in intake.requests:
        assert request.path == "/sms/kannel/report"
        assert is_report_signature(KEYS, request.query["delivery"], request.query["sign"])
    channel.close()


def test_a_wrong_password_is_refused_for_good(gateway: Kannel) -> None:
    channel = KannelGateway(gateway.sendsms_url.replace("sendsms-password", "wrong"))
    _, outcome = send(channel, "tidak")
    assert (outcome.state, outcome.reason) == ("failed", "refused_403")
    channel.close()


def test_a_gateway_that_goes_and_comes_back_leaves_nothing_uncertain(gateway: Kannel) -> None:
    channel = KannelGateway(gateway.sendsms_url)
    assert send(channel, "sebelum")[1].state == "sent"
    gateway.smsbox.kill9()
    outcome = send(channel, "selama")[1]
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "gateway_away", Away.CHANNEL)
    gateway.start_smsbox()
    eventually(lambda: send(channel, "sesudah")[1].state == "sent", 10)
    gateway.network.wait_for(PHONE, "sesudah")
    channel.close()
