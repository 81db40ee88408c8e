"""A mail as bytes: headers in their order, a text and an HTML part. Pure.

Written line by line: the standard library's message objects parse each header they are given, which for two mails a
complaint cost more than everything else that happens to it. What is hard about headers is left to the library.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address

from services.notifier.writing.letters import Mail

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_LINE_SIGNS = 76
_NEVER_FOLDED = ("Message-ID", "Reply-To")  # one long word each: to fold it would begin it with a blank


class Unaddressable(ValueError):
    """The address is none that a mail or a text message can be sent to."""


def write_mail(
    *,
    sender: tuple[str, str],
    recipient: tuple[str, str],
    headers: Sequence[tuple[str, str]],
    text: str,
    html: str,
    boundary: str,
) -> Mail:
    """`sender` and `recipient` are pairs of name and address, `headers` what stands beside From, To and the MIME ones.

    The same arguments give the same bytes. Raises `Unaddressable`.
    """
    from_address, to_address = _checked(sender[1]), _checked(recipient[1])
    named = [("From", _mailbox(sender[0], from_address)), ("To", _mailbox(recipient[0], to_address))]
    lines = [f"{name}: {value}" for name, value in named]
    lines += [f"{name}: {_value(name, value)}" for name, value in headers]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for subtype, body in (("plain", text), ("html", html)):
        lines += [
            f"--{boundary}",
            f'Content-Type: text/{subtype}; charset="utf-8"',
            "Content-Transfer-Encoding: quoted-printable",
            "",
            _quoted_printable(body),
        ]
    lines += [f"--{boundary}--", ""]
    return Mail(from_address, to_address, "\r\n".join(lines).encode("ascii"))


def _quoted_printable(body: str) -> str:
    lines = "\r\n".join(body.splitlines()) + "\r\n"
    return binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True).decode("ascii")


def _value(name: str, value: str) -> str:
    """Folded where it is long, in encoded words where it is more than ASCII. No value can begin another header."""
    plain = _one_line(value)
    if plain.isascii() and (len(name) + 2 + len(plain) <= _LINE_SIGNS or name in _NEVER_FOLDED):
        return plain
    charset = "us-ascii" if plain.isascii() else "utf-8"
    coded = Header(plain.encode("utf-8", "replace").decode(), charset, header_name=name, maxlinelen=_LINE_SIGNS)
    return coded.encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    plain = _one_line(name)
    if not plain:
        return address
    if not plain.isascii():
        return f"{_value('To', plain)} <{address}>"
    if not _PLAIN_WORDS.fullmatch(plain):
        plain = '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{plain} <{address}>"


def _one_line(text: str) -> str:
    printable = text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())


def _checked(address: str) -> str:
    """The address, if a mail can go there."""
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or any(sign.isspace() for sign in address):
        raise Unaddressable("not a mail address")
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    try:
        found = Address(addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise Unaddressable("not a mail address") from error
    if not found.username or not found.domain:
        raise Unaddressable("not a mail address")
    return found.addr_spec
