"""A Kannel that is set up wrongly shows what the operator's table of symptoms says, and loses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import kannel as real
from tests.support.eventually import eventually
from tests.support.http_sink import HttpSink
from tests.support.kannel import Kannel, settle
from tests.support.missing import NotInstalled, skip_or_fail

PHONE, WORDS = "+628125550001", "pju mati di baros"


@pytest.fixture(autouse=True)
def _installed() -> None:
    try:
        real.require()
    except NotInstalled as problem:
        skip_or_fail(problem)


@pytest.fixture
def intake() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


def misled(folder: Path, intake_url: str, more: str = "") -> Kannel:
    """With further lines for its smsbox."""
    gateway = Kannel(folder, intake_url)
    text = gateway.conf.read_text()
    assert text.count("group = smsbox\n") == 1
    gateway.conf.write_text(text.replace("group = smsbox\n", f"group = smsbox\n{more}"))
    return gateway


def test_a_named_box_without_a_route_gets_no_sms(tmp_path: Path, intake: HttpSink) -> None:
    with misled(tmp_path, intake.url, "smsbox-id = aside\n") as gateway:
        gateway.network.send(PHONE, WORDS)
        eventually(lambda: "SMS: received 1 (1 queued)" in gateway.status(), 10, describe=gateway.describe)
        assert "smsbox:aside" in gateway.status()
        settle(1.5)
        assert "SMS: received 1 (1 queued)" in gateway.status()
        assert (gateway.waiting(), intake.requests) == (0, [])


def test_a_global_sender_takes_the_place_of_the_number_that_was_dialled(tmp_path: Path, intake: HttpSink) -> None:
    with misled(tmp_path, intake.url, "global-sender = 9999\n") as gateway:
        gateway.network.send(PHONE, WORDS, to="1234")
        eventually(lambda: intake.requests, 15, describe=gateway.describe)
        assert intake.requests[0].query["to"] == "9999"


def test_where_intake_wants_another_token_the_keeper_says_so_and_keeps_the_sms(
    tmp_path: Path, intake: HttpSink
) -> None:
    intake.answer(403)
    with misled(tmp_path, intake.url) as gateway:
        gateway.network.send(PHONE, WORDS)
        eventually(lambda: "answered 403" in gateway.keeper.output(), 15, describe=gateway.describe)
        assert gateway.waiting() == 1
        intake.answer(200)
        eventually(lambda: gateway.waiting() == 0, 15, describe=gateway.describe)
    assert {one.query["text"] for one in intake.requests} == {WORDS}
