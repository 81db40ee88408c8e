"""Reading a mail: bytes in, what a complaint needs out. Pure, and never fails on what a mail looks like.

Python's modern header parser raises on malformed headers, so headers are read in the old, lenient way and decoded
here, each step falling back to what can still be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape

from inscriptis import get_text

from services.intake.text import clean_line, clean_text, decode_bytes

_MOST_HEADER_CHARACTERS = 2_000
_MOST_PARTS = 200
_MOST_MULTIPARTS = 100
_MOST_BOUNDARIES = 5_000
_MOST_HEAD_BYTES = 1_000_000
_BEGINNING_BYTES = 200_000
_MOST_PART_BYTES = 1_000_000
_MOST_HTML_CHARACTERS = 400_000
_AUTOMATIC_PRECEDENCES = {"bulk", "list", "junk", "auto_reply"}
_UNSEEN = ("script", "style", "title")


@dataclass(frozen=True)
class ParsedMail:
    """`body` is plain text (from HTML when there is nothing else), whole: quotes and signatures are still in it."""

    subject: str = ""
    body: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    message_id: str = ""
    sent_at: datetime | None = None
    automatic: bool = False
    bounce: bool = False
    """A report about a mail that could not be delivered: it says nothing about the city."""


def parse_mail(raw: bytes) -> ParsedMail:
    """Never raises. What cannot be read is left empty."""
    try:
        message = message_from_bytes(_manageable(raw), policy=policy.compat32)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return ParsedMail()  # thousands of nested parts: nobody wrote that by hand
    headers = _Headers(message)
    from_name, from_address = headers.address("from")
    return ParsedMail(
        subject=headers.text("subject"),
        body=_body(message),
        from_name=from_name,
        from_address=from_address,
        reply_to=headers.address("reply-to")[1],
        message_id=headers.text("message-id").strip("<> "),
        sent_at=_moment(headers.text("date")),
        automatic=_is_automatic(headers),
        bounce=_is_bounce(message, headers),
    )


def _manageable(raw: bytes) -> bytes:
    """The mail, or only its beginning when its make-up would keep Python's parser busy for minutes."""
    head_ends = raw.find(b"\n\r\n") if b"\n\r\n" in raw else raw.find(b"\n\n")
    hostile = (
        raw.count(b"multipart/") > _MOST_MULTIPARTS
        or raw.count(b"\n--") > _MOST_BOUNDARIES
        or max(head_ends, 0) > _MOST_HEAD_BYTES
    )
    return raw[:_BEGINNING_BYTES] if hostile else raw


class _Headers:
    """The first header of each name, as raw text in which unknown bytes are surrogates."""

    def __init__(self, message: Message) -> None:
        self._raw: dict[str, str] = {}
        for name, value in message.raw_items():
            self._raw.setdefault(name.lower(), str(value)[:_MOST_HEADER_CHARACTERS])

    def has(self, name: str) -> bool:
        return name in self._raw

    def text(self, name: str) -> str:
        return clean_line(_decoded(self._raw.get(name, "")))

    def address(self, name: str) -> tuple[str, str]:
        """(display name, address) of the first address that looks like one."""
        raw = self._raw.get(name, "").replace("\r", " ").replace("\n", " ")
        try:
            pairs = getaddresses([_printable(raw)])
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
            pairs = []
        name_, address = next(((name_, address) for name_, address in pairs if "@" in address), ("", ""))
        return clean_line(_decoded(name_)), clean_line(address)


def _printable(raw: str) -> str:
    """Header text with its 8-bit bytes decoded."""
    return decode_bytes(raw.encode("utf-8", "surrogateescape"))


def _decoded(raw: str) -> str:
    """A header's value with its encoded words decoded; as it stands when they are malformed."""
    try:
        chunks = decode_header(_printable(raw))
        return "".join(
            chunk if isinstance(chunk, str) else decode_bytes(chunk, charset if charset else None)
            for chunk, charset in chunks
        )
    except Exception:  # noqa: BLE001 - the parser of encoded words is known to raise whatever it likes
        return _printable(raw)


def _is_automatic(headers: _Headers) -> bool:
    """Written by a machine, by RFC 3834 and by older habits."""
    auto_submitted = headers.text("auto-submitted").lower().split(";")[0].strip()
    if auto_submitted not in ("", "no"):
        return True
    if headers.text("precedence").lower() in _AUTOMATIC_PRECEDENCES:
        return True
    return headers.has("return-path") and headers.text("return-path").replace(" ", "") in ("", "<>")


def _is_bounce(message: Message, headers: _Headers) -> bool:
    declared = headers.text("content-type").lower().replace(" ", "")
    return message.get_content_type() == "multipart/report" and "report-type=delivery-status" in declared.replace(
        '"', ""
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _body(message: Message) -> str:
    """All plain text that is no attachment; the text of the HTML when there is none."""
    plain: list[str] = []
    html: list[str] = []
    for part in _text_parts(message):
        (html if part.get_content_type() == "text/html" else plain).append(_content(part))
    text = clean_text("\n\n".join(piece for piece in plain if piece.strip()))
    return text or clean_text("\n\n".join(html_to_text(piece) for piece in html if piece.strip()))


def _text_parts(message: Message) -> Iterator[Message]:
    """In order, without recursion, not into attached mails, and not without end."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart":
            children = part.get_payload()
            if isinstance(children, list):
                waiting[:0] = [child for child in children if isinstance(child, Message)]
                continue
        readable = part.get_content_type() in ("text/plain", "text/html") or part.get_content_maintype() == "multipart"
        if readable and not _is_attachment(part):
            yield part


def _is_attachment(part: Message) -> bool:
    return str(part.get("content-disposition", "")).lower().strip().startswith("attachment")


def _content(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else str(part.get_payload()).encode("utf-8", "surrogateescape")
    except Exception:  # noqa: BLE001 - a broken transfer encoding: what the part holds undecoded is better than nothing
        data = str(part.get_payload()).encode("utf-8", "replace")
    return decode_bytes(data[:_MOST_PART_BYTES], _charset(part))


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - malformed parameters raise several kinds of errors
        return None


def html_to_text(html: str) -> str:
    """The words of an HTML text, in lines as a reader sees them. Never raises."""
    html = html[:_MOST_HTML_CHARACTERS].replace("\x00", "")
    try:
        text = str(get_text(html))
    except Exception:  # noqa: BLE001 - markup beyond the converter
        text = ""
    return text if text.strip() else _bare_words(html)  # nesting beyond its parser gives nothing at all


def _bare_words(html: str) -> str:
    """What stands between tags, in one pass: a pattern would take the square of the time on hostile input."""
    first, *pieces = html.split("<")
    words, unseen = [first], ""
    for piece in pieces:
        tag, closed, after = piece.partition(">")
        name = tag.split(None, 1)[0].lower() if tag.strip() else ""
        if unseen:
            unseen = "" if name == f"/{unseen}" else unseen
        elif name in _UNSEEN:
            unseen = name
        if closed and not unseen:
            words.append(after)
    return unescape(" ".join(words))
