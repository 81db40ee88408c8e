"""Mails as they arrive: every mail is parsed again from its bytes by the standard library."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.writing.letters import Mail
from services.notifier.writing.mail import Unaddressable, write_mail

ANY = st.text(max_size=300)


def written(*, name: str = "Budi", address: str = "budi@mail.com", subject: str = "Laporan", body: str = "Isi") -> Mail:
    return write_mail(
        sender=("Tanggap", "tanggap@cimahi.example"),
        recipient=(name, address),
        headers=(("Subject", subject), ("X-Other", "value")),
        text=body,
        html=f"<p>{body}</p>",
        boundary="=_0123",
    )


def arrived(mail: Mail) -> EmailMessage:
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@settings(deadline=None)
@given(subject=ANY, name=ANY, body=ANY)
def test_it_is_seven_bit_in_short_lines_and_nothing_adds_a_header(subject: str, name: str, body: str) -> None:
    mail = written(subject=subject, name=name, body=body)
    assert mail.content.isascii()
    lines = mail.content.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line and len(line) <= 998 for line in lines)
    message = arrived(mail)
    assert message.keys() == ["From", "To", "Subject", "X-Other", "MIME-Version", "Content-Type"]
    assert [one.addr_spec for one in message["To"].addresses] == ["budi@mail.com"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_subject_arrives_as_it_was(subject: str) -> None:
    assert " ".join(str(arrived(written(subject=subject))["Subject"]).split()) == one_line(subject)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0x2000), max_size=60))
def test_a_name_arrives_as_it_was(name: str) -> None:
    (address,) = arrived(written(name=name))["To"].addresses
    # Long names take several encoded words, between which Python's parser, unlike mail programs, sees a space.
    assert "".join(address.display_name.split()) == "".join(one_line(name).split())


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_a_body_arrives_as_it_was(body: str) -> None:
    text = arrived(written(body=body)).get_body(("plain",))
    assert text is not None
    assert str(text.get_content()).splitlines() == (body.splitlines() or [""])


@pytest.mark.parametrize("address", ["a@b", "a.b+c@x-y.example", "o'neil@x.example", '"a b"@x.example'])
def test_unusual_addresses(address: str) -> None:
    if " " in address:
        with pytest.raises(Unaddressable):
            written(address=address)
        return
    mail = written(address=address)
    assert mail.recipient == address
    assert arrived(mail)["To"].addresses[0].addr_spec == address
