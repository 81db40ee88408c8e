"""What gateways send, read: never an error for the Kannel reader, a clear one for the webhook's JSON."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import generic_sms, kannel
from services.intake.sms_talk.message import PartOf
from services.intake.sms_talk.wording import help_reply, not_solved_reply, one_message, status_reply, which_ticket
from shared.errors import Refused
from shared.gsm import SINGLE, septets

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEY = "k" * 40


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_kannel_reader_never_fails(query: bytes, form: bytes) -> None:
    read = kannel.read_request(query, form)
    assert read.message.size == len(query) + len(form)
    kannel.read_report(query, form)


@given(
    st.dictionaries(
        st.sampled_from(["from", "text", "udh", "coding", "charset", "unix", "type"]), st.binary(max_size=60)
    )
)
def test_the_kannel_reader_never_fails_on_its_own_fields(fields: dict[str, bytes]) -> None:
    query = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()
    kannel.read_request(query)
    kannel.read_report(query)


@given(st.binary(max_size=40))
def test_no_header_makes_the_reader_fail(header: bytes) -> None:
    part = kannel.read_header(header)
    assert part is None or 1 <= part.number <= part.total


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (b"\x05\x00\x03\x2a\x03\x01", PartOf("42", 1, 3)),
        (b"\x06\x08\x04\x01\x02\x02\x02", PartOf("258", 2, 2)),
        (b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01", PartOf("7", 1, 2)),  # behind a port address
        (b"0500032A0301", PartOf("42", 1, 3)),
        (b"\x05\x00\x03\x2a\x01\x01", None),  # one of one
        (b"\x05\x00\x03\x2a\x03\x04", None),
        (b"\x05\x00\x03\x2a", None),
        (b"", None),
        (b"0500zz", None),
    ],
)
def test_the_header_of_a_part(header: bytes, part: PartOf | None) -> None:
    assert kannel.read_header(header) == part


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("text=caf%C3%A9&charset=UTF-8&coding=0", "café"),
        ("text=caf%E9&charset=windows-1252", "café"),
        ("text=caf%E9", "café"),
        ("text=" + quote_from_bytes("Привет 😀".encode("utf-16-be")) + "&charset=UTF-16BE&coding=2", "Привет 😀"),
        ("text=" + quote_from_bytes("lampu".encode("utf-16-be")) + "&coding=2", "lampu"),
        ("text=" + quote("Привет") + "&charset=UTF-8&coding=2", "Привет"),
        ("text=abc&charset=UTF-16BE", "abc"),  # an odd number of bytes is none of it
        ("text=abc&charset=no-such", "abc"),
        ("text=abc&charset=8-BIT&coding=1", "abc"),
    ],
)
def test_encodings(query: str, text: str) -> None:
    assert kannel.read_request(query.encode()).message.text == text


def test_when_it_was_sent() -> None:
    assert kannel.read_request(b"unix=1764000000").message.sent_at == datetime.fromtimestamp(1764000000, UTC)
    for wrong in (b"unix=0", b"unix=-5", b"unix=99999999999999999999", b"unix=now", b""):
        assert kannel.read_request(wrong).message.sent_at is None


def signed(body: bytes, *, key: str = KEY, at: float | None = None) -> dict[str, str]:
    stamp = str(int(NOW.timestamp() if at is None else at))
    return {"X-Tanggap-Timestamp": stamp, "X-Tanggap-Signature": generic_sms.signature(key, stamp, body)}


def test_a_signature_by_any_of_the_keys_is_good_for_five_minutes() -> None:
    keys = ("n" * 40, KEY)
    generic_sms.check_signature(keys, signed(b"{}"), b"{}", NOW)
    for seconds in (-300, 300):
        generic_sms.check_signature(keys, signed(b"{}", at=NOW.timestamp() + seconds), b"{}", NOW)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "stale_signature"),
        ({"X-Tanggap-Timestamp": "soon"}, "stale_signature"),
        (signed(b"{}", at=NOW.timestamp() - 301), "stale_signature"),
        (signed(b"{}", at=NOW.timestamp() + 301), "stale_signature"),
        ({**signed(b"{}"), "X-Tanggap-Signature": "sha256=00"}, "wrong_signature"),
        ({**signed(b"{}"), "X-Tanggap-Signature": "é"}, "wrong_signature"),
        (signed(b"other"), "wrong_signature"),
        (signed(b"{}", key="z" * 40), "wrong_signature"),
    ],
)
def test_other_signatures_are_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        generic_sms.check_signature([KEY], headers, b"{}", NOW)
    assert (refused.value.code, refused.value.status) == (code, 403)


def test_without_a_key_the_webhook_is_closed() -> None:
    with pytest.raises(Refused, match="no key"):
        generic_sms.check_signature((), signed(b"{}"), b"{}", NOW)


GOOD = {"id": "1", "from": "+6281200001234", "to": "1234", "text": "lampu", "sent_at": "2026-11-24T10:00:00+07:00"}


def test_a_message_of_the_webhook() -> None:
    body = json.dumps({**GOOD, "part": {"reference": 7, "number": 1, "total": 2}}).encode()
    message = generic_sms.read_message(body)
    assert (message.account, message.sender, message.text) == ("generic", "+6281200001234", "lampu")
    assert (message.part, message.sent_at) == (PartOf("7", 1, 2), NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"from": None}, "from"),
        ({"text": ["a"]}, "text"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"sent_at": "2026-11-24T10:00:00"}, "sent_at"),
        ({"part": 3}, "part"),
        ({"part": {"reference": 7, "number": 3, "total": 2}}, "part"),
        ({"part": {"reference": True, "number": 1, "total": 2}}, "part"),
    ],
)
def test_a_message_of_another_shape_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        generic_sms.read_message(json.dumps({**GOOD, **changes}).encode())
    assert (refused.value.code, set(refused.value.fields)) == ("invalid_fields", {field})


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_body_makes_the_webhook_fail_otherwise(body: bytes) -> None:
    for read in (generic_sms.read_message, generic_sms.read_report):
        with pytest.raises(Refused):
            read(body)


@given(st.text(max_size=400), st.text(max_size=400))
def test_every_reply_fits_into_one_message(first: str, second: str) -> None:
    assert septets(one_message(first, second)) <= SINGLE


def test_the_replies_are_not_cut() -> None:
    long_name = "Dinas Pemberdayaan Perempuan, Perlindungan Anak, Pengendalian Penduduk dan KB"
    for reply, end in (
        (help_reply(["112", "113", "110", "119"]), "SMS."),
        (status_reply("CMH-4K7M-92RX", "routed", long_name), "."),
        (not_solved_reply("CMH-4K7M-92RX"), "."),
        (which_ticket("add", "CMH"), "."),
    ):
        assert reply.endswith(end), reply
        assert septets(reply) <= SINGLE
