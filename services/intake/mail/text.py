"""Reading a mail: bytes in, what the way of a mail through intake needs out. Pure, and never fails on what it sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message

from services.intake.mail.automation import HUMAN, read_automation
from services.intake.mail.headers import Headers
from services.intake.mail.html import html_to_text
from services.intake.mail.parts import Attached, is_encrypted, read_attached, read_words
from services.intake.mail.report import Report, read_report

__all__ = ["ParsedMail", "html_to_text", "message_of", "parse_mail"]

_MOST_MULTIPARTS = 100
_MOST_BOUNDARIES = 5_000
_MOST_HEAD_BYTES = 1_000_000
_BEGINNING_BYTES = 200_000
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")


@dataclass(frozen=True)
class ParsedMail:
    """`body` is plain text (from HTML when there is nothing else), whole: quotes and signatures are still in it."""

    subject: str = ""
    body: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    return_path: str | None = None
    """None when no server wrote it down; empty for mails that want no answer."""
    message_id: str = ""
    answers: tuple[str, ...] = ()
    """The ids of the mails that it answers, the nearest first."""
    addressed: tuple[str, ...] = ()
    sent_at: datetime | None = None
    automation: str = HUMAN
    report: Report | None = None
    attached: Attached = field(default_factory=Attached)
    charset_guessed: bool = False
    encrypted: bool = False
    hops: int = 0
    authentication: tuple[str, ...] = ()
    """What servers say about the sender, the last server first; anybody can have written them."""

    @property
    def automatic(self) -> bool:
        return self.automation != HUMAN or self.return_path == ""


def parse_mail(raw: bytes) -> ParsedMail:
    """Never raises on what a mail looks like. What cannot be read is left empty."""
    message = message_of(raw)
    if message is None:
        return ParsedMail()
    headers = Headers(message)
    words = read_words(message)
    from_name, from_address = headers.address("from")
    return ParsedMail(
        subject=headers.text("subject"),
        body=words.text,
        from_name=from_name,
        from_address=from_address,
        reply_to=headers.address("reply-to")[1],
        return_path=headers.text("return-path").strip("<> ") if headers.has("return-path") else None,
        message_id=headers.text("message-id").strip("<> "),
        answers=_answers(headers),
        addressed=headers.addresses(*_TO),
        sent_at=headers.moment("date"),
        automation=read_automation(headers),
        report=read_report(message, headers, words.text, raw),
        attached=read_attached(message),
        charset_guessed=words.guessed,
        encrypted=is_encrypted(message, words.text),
        hops=headers.count("received"),
        authentication=headers.all("authentication-results"),
    )


def message_of(raw: bytes) -> Message | None:
    """None for thousands of nested parts: nobody wrote that by hand."""
    try:
        return message_from_bytes(_manageable(raw), policy=policy.compat32)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return None


def _answers(headers: Headers) -> tuple[str, ...]:
    references = headers.message_ids("references")
    return tuple(dict.fromkeys((*headers.message_ids("in-reply-to"), *reversed(references))))


def _manageable(raw: bytes) -> bytes:
    """The mail, or only its beginning when its make-up would keep Python's parser busy for minutes."""
    head_ends = raw.find(b"\n\r\n") if b"\n\r\n" in raw else raw.find(b"\n\n")
    hostile = (
        raw.count(b"multipart/") > _MOST_MULTIPARTS
        or raw.count(b"\n--") > _MOST_BOUNDARIES
        or max(head_ends, 0) > _MOST_HEAD_BYTES
    )
    return raw[:_BEGINNING_BYTES] if hostile else raw
