import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.mail.parts import undecoded
from services.intake.mail.text import html_to_text, message_of, parse_mail

HEAD = b"From: Siti <siti@contoh.id>\r\nSubject: Lampu\r\n"


def nested(depth: int, leaf: bytes) -> bytes:
    layers = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(depth))
    return HEAD + layers + b"Content-Type: text/plain\r\n\r\n" + leaf


def test_an_ordinary_mail() -> None:
    mail = parse_mail(
        b"From: =?utf-8?q?Bu_S=C3=ADti?= <siti@contoh.id>\r\nReply-To: lain@contoh.id\r\nMessage-ID: <1@contoh.id>\r\n"
        b"Date: Tue, 24 Nov 2026 10:00:00 +0700\r\nSubject: =?utf-8?b?TGFtcHUg4piA?=\r\n\r\nPadam.\r\n"
    )
    assert (mail.from_name, mail.from_address, mail.reply_to) == ("Bu Síti", "siti@contoh.id", "lain@contoh.id")
    assert (mail.subject, mail.body, mail.message_id) == ("Lampu ☀", "Padam.", "1@contoh.id")
    assert mail.sent_at is not None
    assert mail.sent_at.hour == 3
    assert not mail.automatic


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"\r\ncaf\xe9", "café"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\ncaf\xc3\xa9", "café"),
        (b"Content-Type: text/plain; charset=no-such\r\n\r\ncaf\xc3\xa9", "café"),
        (b"Content-Type: text/plain; charset=us-ascii\r\n\r\ncaf\xc3\xa9", "café"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nUGFkYW0=", "Padam"),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\nPadam=21", "Padam!"),
        (b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>Satu</p><p>Dua &amp; tiga</p>", "Satu\n\nDua & tiga"),
        (b"Content-Type: text/html\r\n\r\n<img src=x>", ""),
        (b"Content-Type: application/pdf\r\n\r\nxxxx", ""),
        (b"Content-Type: multipart/mixed\r\n\r\nTanpa batas", "Tanpa batas"),
        (
            b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nPolos\r\n--x\r\n"
            b"Content-Type: text/html\r\n\r\n<p>Hias</p>\r\n--x--\r\n",
            "Polos",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
            b"Content-Type: text/html\r\n\r\n<p>Isi</p>\r\n--x\r\n"
            b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nlampiran\r\n--x--\r\n",
            "Isi",
        ),
        (b"Content-Type: text/plain; charset*=''%%%\r\n\r\nHalo", "Halo"),
    ],
)
def test_the_text_is_found_however_it_is_wrapped(raw: bytes, body: str) -> None:
    assert parse_mail(HEAD + raw).body == body


def test_a_malformed_charset_over_8_bit_bytes() -> None:
    """Asking such a part for its payload raises in the library."""
    head = b"Content-Type: text/plain; charset*=x''%\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    assert parse_mail(head + b"caf\xe9").body == "café"
    part = message_of(head + b"caf\xe9")
    assert part is not None
    assert undecoded(part) == ""


def test_fifty_parts_deep_and_beyond_measure() -> None:
    assert parse_mail(nested(50, b"Dalam")).body == "Dalam"
    assert parse_mail(nested(5000, b"Dalam")).body == ""


def test_headers_with_8_bit_and_without_end() -> None:
    mail = parse_mail(
        b"From: S\xedti <siti@contoh.id>\r\nSubject: caf\xc3\xa9\r\nX: " + b"z" * 500_000 + b"\r\n\r\nHalo"
    )
    assert (mail.from_name, mail.from_address, mail.subject, mail.body) == ("Síti", "siti@contoh.id", "café", "Halo")
    assert parse_mail(b"Subject: =?utf-8?b?!!!?= =?x-none?q?a?=\r\n\r\nHalo").body == "Halo"
    assert parse_mail(b"Date: kemarin\r\nFrom: ;;;<<>>\r\n\r\nHalo").sent_at is None


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: auto-generated; x=y", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: Bulk", True),
        (b"Precedence: list", True),
        (b"Precedence: first-class", False),
        (b"Return-Path: <>", True),
        (b"Return-Path: <siti@contoh.id>", False),
    ],
)
def test_what_machines_write(header: bytes, automatic: bool) -> None:
    assert parse_mail(HEAD + header + b"\r\n\r\nHalo").automatic is automatic


def test_a_bounce() -> None:
    report = b'Content-Type: multipart/report; report-type="delivery-status"; boundary=x\r\n\r\n'
    assert parse_mail(HEAD + report + b"--x\r\n\r\nGagal\r\n--x--\r\n").report is not None
    assert parse_mail(HEAD + b"\r\nHalo").report is None


@given(st.binary(max_size=2000))
@settings(max_examples=200)
def test_whatever_bytes_come(raw: bytes) -> None:
    assert "\x00" not in parse_mail(raw).body
    parse_mail(HEAD + b"Content-Type: text/html\r\n" + raw)
    parse_mail(b"From: " + raw)


@given(st.text(max_size=500))
def test_whatever_html_comes(html: str) -> None:
    assert isinstance(html_to_text("<p>" + html), str)


def test_html_nested_beyond_measure() -> None:
    assert "dalam" in html_to_text("<div>" * 20_000 + "dalam")
