"""The table of bad input, row by row, at the running system: answered as it says, and nothing of it is stored."""

from collections.abc import Iterator

import pytest
import requests

from tests.support.bad_input import BAD_INPUT, MARK, Bad
from tests.support.bad_sending import SMS_TOKEN, WEBHOOK_KEY, Proof, send
from tests.support.system import EmbeddedSystem


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSystem]:
    settings = {"TANGGAP_SMS_TOKEN": SMS_TOKEN, "TANGGAP_SMS_WEBHOOK_KEYS": WEBHOOK_KEY}
    with EmbeddedSystem(tmp_path_factory.mktemp("bad"), **settings) as started:
        yield started
        assert started.rows("intake", "SELECT text FROM complaints UNION SELECT text FROM additions") == []
        assert requests.get(f"{started.intake_url}/readyz", timeout=10).status_code == 200


@pytest.mark.parametrize("bad", BAD_INPUT, ids=lambda bad: bad.name)
def test_each_is_answered_as_the_table_says(system: EmbeddedSystem, bad: Bad) -> None:
    got = send(system, bad, Proof())
    assert (got.status in bad.right, got.right) == (True, True), got
    assert "Traceback" not in got.words
    assert MARK not in got.words or bad.channel == "form", "an answer repeats what was sent"


def test_names_are_unique_and_every_channel_is_there() -> None:
    assert len({bad.name for bad in BAD_INPUT}) == len(BAD_INPUT)
    channels = {"api", "form", "sms", "generic_sms", "open311", "mail", "desk", "agency_api"}
    assert {bad.channel for bad in BAD_INPUT} == channels
