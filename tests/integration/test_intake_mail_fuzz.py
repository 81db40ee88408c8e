"""Mails that nobody would write: whatever comes, nothing raises, and each becomes exactly one thing that is stored."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.mail.sorting import MailKind
from shared.reply_marks import Mark
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import DELIVERY, FOLDER, MARKS, TICKET

EXAMPLES = 5_000 if os.environ.get("TANGGAP_PROOF") == "long" else 300
OUR_ID = MARKS.message_id(Mark(TICKET, "c", DELIVERY), "kota.example.org")
TYPES = [
    "text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related", "multipart/signed",
    "multipart/encrypted", "multipart/report; report-type=delivery-status", "message/rfc822", "message/delivery-status",
    "message/disposition-notification", "image/jpeg", "image/png", "application/pdf", "application/pkcs7-mime",
    "application/octet-stream", "text/calendar", "text", "/", "multipart/mixed; boundary=", "text/plain; charset*=x''%",
]  # fmt: skip
ENCODINGS = ["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "BASE64 ", "binary", "none-at-all", ""]
CHARSETS = ["utf-8", "us-ascii", "iso-8859-1", "utf-16", "utf-7", "gb2312", "x-unknown", "idna", "hex", "\x00", "'"]
HEADERS = [
    f"In-Reply-To: {OUR_ID}", f"References: {OUR_ID}", "Auto-Submitted: auto-replied", "Precedence: bulk",
    "List-Id: <x.example.org>", "X-Failed-Recipients: a@example.org", "Return-Path: <>", "Action: failed",
    "Final-Recipient: rfc822; a@example.org", "Status: 5.1.1", "Content-Disposition: attachment; filename*0*=x''%",
    f"Message-ID: {OUR_ID}", "From: =?utf-8?b?!!?= <siti@example.org>", "From: ;;<<>>,@", "Date: -",
    "To: undisclosed:;",
    "Authentication-Results: mx.kota.example.org; dmarc=", "Subject: =?utf-8?q?=ZZ?=", f"Subject: Re: {TICKET}",
]  # fmt: skip


@st.composite
def parts(draw: st.DrawFn, depth: int = 0) -> bytes:
    type_ = draw(st.sampled_from(TYPES))
    boundary = f"b{draw(st.integers(0, 3))}"
    line = f"Content-Type: {type_}"
    if type_.startswith("multipart") and draw(st.booleans()):
        line += f"; boundary={boundary}"
    elif draw(st.booleans()):
        line += f"; charset={draw(st.sampled_from(CHARSETS))}"
    head = [line.encode("latin-1"), f"Content-Transfer-Encoding: {draw(st.sampled_from(ENCODINGS))}".encode()]
    head += [one.encode() for one in draw(st.lists(st.sampled_from(HEADERS), max_size=2))]
    body = draw(
        st.one_of(st.binary(max_size=200), st.text(max_size=120).map(lambda text: text.encode("utf-8", "ignore")))
    )
    if depth < 4 and (type_.startswith(("multipart", "message"))):
        inner = draw(st.lists(parts(depth + 1), max_size=3))
        ends = draw(st.sampled_from([b"--", b"", b"--\r\n--" + boundary.encode()]))
        mark = b"\r\n--" + boundary.encode()
        body += b"".join(mark + b"\r\n" + one for one in inner) + mark + ends
    return b"\r\n".join(draw(st.permutations(head))) + b"\r\n\r\n" + body + b"\r\n"


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    chosen = draw(st.lists(st.one_of(st.sampled_from(HEADERS).map(str.encode), st.binary(max_size=60)), max_size=6))
    whole = b"\r\n".join([*chosen, b""]) + draw(parts())
    if draw(st.booleans()):  # a line lost on the way
        lines = whole.split(b"\n")
        del lines[draw(st.integers(0, len(lines) - 1))]
        whole = b"\n".join(lines)
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailWorld]:
    with mail_world(tmp_path_factory.mktemp("fuzz"), **OURS) as built:
        built.know_two_complaints()
        yield built


def one_thing(world: MailWorld, raw: bytes, mail_from: str | None) -> None:
    before = sum(count for name, count in world.totals().items() if name != "raw_messages")
    taken = world.take(raw, mail_from)
    after = sum(count for name, count in world.totals().items() if name != "raw_messages")
    assert isinstance(taken.kind, MailKind)
    assert taken.reason != "reader_failed"
    assert taken.answer[:3] in ("250", "554")
    assert after - before in (0, 1)
    if after == before:  # the same mail as an example before
        assert taken.kind is not MailKind.REFUSED


@given(mails(), st.sampled_from(["siti@example.org", "", None, "bukan alamat", "x" * 400]))
@settings(
    max_examples=EXAMPLES, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_whatever_comes_becomes_one_thing(world: MailWorld, raw: bytes, mail_from: str | None) -> None:
    one_thing(world, raw, mail_from)


@given(st.sampled_from(sorted(FOLDER.glob("*.eml"))), st.data())
@settings(
    max_examples=EXAMPLES // 5, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_real_mails_damaged_on_the_way_become_one_thing(world: MailWorld, path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes()[:20_000])
    for _ in range(data.draw(st.integers(1, 8))):
        if raw:
            place = data.draw(st.integers(0, len(raw) - 1))
            raw[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=6))
    one_thing(world, bytes(raw), "siti@example.org")
