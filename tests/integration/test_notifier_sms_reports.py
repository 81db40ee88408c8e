"""The gateway is told where to report what became of a message."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from services.notifier.channels.sms_gateway import ReportAddress, SmsGateway
from services.notifier.delivery import Addressee
from services.notifier.plan import plan_receipt
from shared.reply_marks import is_report_signature
from tests.support.http_sink import HttpSink
from tests.unit.notifier.samples import CODE, NOW, as_delivery, composer, received

RECEIPT = as_delivery(plan_receipt(received(), NOW))
KEYS = ("n" * 40, "o" * 40)


@pytest.fixture
def gateway() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        sink.answer(202, "0: Accepted for delivery")
        yield sink


def send(gateway: HttpSink, reports: ReportAddress | None) -> dict[str, str]:
    sms = composer().sms(RECEIPT, Addressee(phone="+6281200001234", tracking_code=CODE))
    assert SmsGateway(f"{gateway.url}/sendsms?username=u", reports).send(RECEIPT, sms, NOW).state == "sent"
    (request,) = gateway.wait_for(1)
    return dict(request.query)


def test_each_message_names_its_own_signed_address(gateway: HttpSink) -> None:
    query = send(gateway, ReportAddress("http://intake:8000/", KEYS))
    assert query["dlr-mask"] == "31"
    parts = urlsplit(query["dlr-url"])
    assert (parts.netloc, parts.path) == ("intake:8000", "/sms/kannel/report")
    assert parts.query.endswith("&type=%d&answer=%A")
    fields = parse_qs(parts.query)
    assert fields["delivery"] == [RECEIPT.delivery_id]
    assert is_report_signature(KEYS, RECEIPT.delivery_id, fields["sign"][0])


def test_without_an_address_nothing_is_asked(gateway: HttpSink) -> None:
    assert not {"dlr-url", "dlr-mask"} & set(send(gateway, None))
