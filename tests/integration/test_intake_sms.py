"""SMS from the gateway: answered so that it neither repeats in vain nor gives up too early."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from services.intake import tables
from tests.unit.intake.building import Intake, intake

FROM = "from=%2B6281234567890&to=1234"
REMOTE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def kannel(built: Intake, query: str, **more: Any) -> Any:
    return built.client.get(f"/sms/kannel?{query}", **more)


def texts(built: Intake) -> list[str]:
    return [row["text"] for row in built.rows(tables.complaints)]


def test_an_sms_becomes_a_complaint(built: Intake) -> None:
    answer = kannel(built, f"{FROM}&id=1&text=TERBUKA+lampu+padam")
    (row,) = built.rows(tables.complaints)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert row["ticket"] in answer.text
    assert (row["text"], row["identity"], row["channel"], row["receipt"]) == ("lampu padam", "open", "sms", "wanted")
    assert row["recipients"] == ["1234"]


def test_a_gateway_that_repeats_gets_the_same_answer(built: Intake) -> None:
    answers = {kannel(built, f"{FROM}&id=1&text=lampu").text for _ in range(3)}
    posted = built.client.post(
        "/sms/kannel", data=f"{FROM}&id=1&text=lampu", content_type="application/x-www-form-urlencoded"
    )
    assert answers == {posted.text}
    assert len(texts(built)) == 1
    kannel(built, f"{FROM.replace('%2B', '')}&id=1&text=lampu")
    assert len(texts(built)) == 1
    kannel(built, f"{FROM}&id=1&text=yang+lain")
    assert len(texts(built)) == 2


@pytest.mark.parametrize(
    ("raw", "text"),
    [("caf%C3%A9", "café"), ("caf%e9", "café"), ("a%00b", "ab"), ("%81%8d", "\ufffd\ufffd"), (quote("💥 %"), "💥 %")],
)
def test_bytes_of_any_kind(built: Intake, raw: str, text: str) -> None:
    assert kannel(built, f"{FROM}&text={raw}").status_code == 200
    assert texts(built) == [text]


@pytest.mark.parametrize(
    ("query", "reason", "known"),
    [
        (f"{FROM}&text=", "empty_text", True),
        (FROM, "empty_text", True),
        (f"{FROM}&text=TERBUKA", "empty_text", True),
        (f"{FROM}&text=" + "a" * 10_001, "text_too_long", True),
        ("text=halo", "bad_sender", False),
        ("from=TELKOMSEL&text=halo", "bad_sender", False),
        ("from=1708&text=halo", "bad_sender", False),
        ("from=%00&text=halo", "bad_sender", False),
        ("&".join(f"x{n}=1" for n in range(100)), "bad_sender", False),
    ],
)
def test_what_will_never_be_accepted_is_kept_as_a_refusal(built: Intake, query: str, reason: str, known: bool) -> None:
    answer = kannel(built, query)
    assert answer.status_code == 200  # anything else would be sent again and again
    assert answer.text.strip().endswith(".")
    (row,) = built.rows(tables.refusals)
    assert (row["channel"], row["reason"], row["size"]) == ("sms", reason, len(query))
    assert (row["contact_key"] is not None) is known
    assert "6281234567890" not in str(row)
    assert texts(built) == []


def test_without_a_token_only_this_machine_is_heard(built: Intake) -> None:
    assert kannel(built, f"{FROM}&text=a", environ_base=REMOTE).status_code == 403
    assert kannel(built, f"{FROM}&text=a", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert kannel(built, f"{FROM}&text=a", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_with_a_token_only_the_gateway_is_heard(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", sms_token="gateway-token") as built:
        for token in ("", "&token=wrong", "&token=%ff%00"):
            answer = kannel(built, f"{FROM}&text=a{token}")
            assert answer.status_code == 403
            assert answer.get_json()["code"] == "wrong_token"
        assert kannel(built, f"{FROM}&text=a&token=gateway-token", environ_base=REMOTE).status_code == 200
        assert built.rows(tables.refusals) == []


def test_what_is_answered_to_a_gateway_that_sends_it_on(built: Intake) -> None:
    """With `reply=1` the answer is an SMS to the sender; nothing in it means that none is sent."""
    accepted = kannel(built, f"{FROM}&id=1&text=lampu&reply=1")
    (row,) = built.rows(tables.complaints)
    assert (accepted.status_code, accepted.text) == (200, "")
    assert accepted.headers["X-Tanggap-Ticket"] == row["ticket"]
    assert kannel(built, f"{FROM}&id=2&text=STATUS&reply=1").text.startswith(row["ticket"])
    assert kannel(built, f"{FROM}&id=3&text=&reply=1").text.strip().endswith(".")
    assert kannel(built, "from=TELKOMSEL&text=halo&reply=1").text == "", "nobody reads it there"
