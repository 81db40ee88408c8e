"""From the event to the mailbox and the telephone: the whole notifier with real ways out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http_sink import HttpSink
from tests.support.mailbox import SmtpSink
from tests.support.ports import free_port
from tests.unit.notifier.samples import bench, received, routed


@pytest.fixture
def mailbox() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def gateway() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        sink.answer(202, "0: Accepted for delivery")
        yield sink


def test_from_the_event_to_the_mailbox_and_the_telephone(tmp_path: Path, mailbox: SmtpSink, gateway: HttpSink) -> None:
    made = bench(tmp_path, mode="live", smtp_url=mailbox.url, sms_gateway_url=f"{gateway.url}/sendsms")
    made.contacts.by_ref["ref-c2"] = {"email": "", "phone": "+6281234567890", "name": ""}
    made.hear(received(), routed(), received("c2"))
    made.drain()
    assert {mail.recipients for mail in mailbox.wait_for(2)} == {("budi@mail.com",), ("dpupr@cimahi.example",)}
    assert gateway.wait_for(1)[0].query["to"] == "+6281234567890"
    assert {state for _, state, _ in made.ends()} == {"sent"}
    made.close()


def test_by_a_gateway_of_another_make(tmp_path: Path, gateway: HttpSink) -> None:
    gateway.answer(201, {"id": "gw-1"})
    made = bench(
        tmp_path, mode="live", sms_gateway_url=f"{gateway.url}/messages", sms_gateway="json", sms_gateway_key="n" * 40,
        sms_report_url="http://intake:8000/",
    )  # fmt: skip
    made.contacts.by_ref["ref-c2"] = {"email": "", "phone": "+6281234567890", "name": ""}
    made.hear(received("c2"))
    made.drain()
    message = gateway.wait_for(1)[0].json()
    assert (message["to"], message["id"]) == ("+6281234567890", made.row()["delivery_id"])
    assert message["report_url"] == "http://intake:8000/sms/generic/report"
    assert {state for _, state, _ in made.ends()} == {"sent"}
    made.close()


def test_a_mail_server_that_comes_back_gets_what_waited(tmp_path: Path) -> None:
    port = free_port()
    made = bench(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}")
    made.hear(*(routed(f"c{number}") for number in range(3)))
    made.drain()
    assert {row["state"] for row in made.rows(recipient="DPUPR")} == {"pending"}
    with SmtpSink(port) as sink:
        made.clock.pass_time(600)
        made.drain()
        assert len(sink.wait_for(3)) == 3
    assert {row["state"] for row in made.rows(recipient="DPUPR")} == {"sent"}
    made.close()
