"""What a way out carries: a mail, a text message, or a document for an agency's machine."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    """`sender` and `recipient` are bare addresses; `content` is the whole mail with CRLF line ends."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Sms:
    to: str
    sender: str
    text: str


@dataclass(frozen=True)
class Document:
    """A CloudEvent for a webhook or a queue. `to` is the URL, or the name of the queue; `agency` whose it is.

    `content` is the event in structured mode (`application/cloudevents+json`), its id the delivery's.
    """

    to: str
    agency: str
    type: str
    content: bytes = field(repr=False)


Letter = Mail | Sms | Document
