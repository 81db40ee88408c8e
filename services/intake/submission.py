"""What comes in through the one door, and what goes out of it again. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.contracts.fields import Place

DEFAULT_KIND = "pengaduan"
DEFAULT_IDENTITY = "anonymous"

MOST_TEXT_CHARACTERS = 10_000
MOST_DETAIL_CHARACTERS = 500
MOST_NAME_CHARACTERS = 200


@dataclass(frozen=True)
class Contact:
    """How the citizen can be reached, as they or their carrier wrote it. An empty text means: not given."""

    email: str = ""
    phone: str = ""
    name: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class KeptPhoto:
    """A photo that was read, re-encoded and kept; sizes in bytes and pixels, `preview` a small copy's digest."""

    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    preview: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class KeptRaw:
    """A message as it came, kept sealed: the digest of the sealed bytes, the size of the open ones.

    `sealed` is the sealed text itself where it is small: it lies in the row. A larger one is a file.
    """

    sha256: str
    size: int
    sealed: str = field(default="", repr=False)


@dataclass(frozen=True)
class Entry:
    """Who entered it for the citizen, and where. `key` tells one form that is sent twice, whatever was changed in it.

    `agency` is a code, empty for people of no single agency; `office` is what the receipt says of the place.
    """

    key: str
    login: str
    name: str
    role: str
    agency: str = ""
    office: str = ""
    happened_on: date | None = None


@dataclass(frozen=True)
class Submission:
    """One message as a channel read it, unchecked.

    `account` is the place where the channel was reached (a listener, a gateway), `provider_id` what that channel calls
    the message. `sender` is whatever tells two senders apart (an address, a number); empty means unknown.
    """

    channel: str
    account: str
    text: str
    provider_id: str | None = None
    sender: str = ""
    place: Place = field(default_factory=Place)
    kind: str = DEFAULT_KIND
    identity: str = DEFAULT_IDENTITY
    contact: Contact = field(default_factory=Contact)
    recipients: tuple[str, ...] = ()
    sent_at: datetime | None = None
    size: int = 0
    flags: tuple[str, ...] = ()
    external_refs: Mapping[str, str] = field(default_factory=dict)
    """What other systems call it; it travels with every fact about the complaint, so nothing personal belongs here."""
    photos: tuple[KeptPhoto, ...] = ()
    raw: KeptRaw | None = None
    asks: tuple[str, ...] = ()
    """What the receipt asks back, since too little was said: `what`, `where`."""
    linked_to: str | None = None
    """An older complaint that this one has to do with; it stays one of its own."""
    joined_to: str | None = None
    """An older complaint that the sender joins instead of doubling it."""
    automatic: bool = False
    """Written by a machine (an out-of-office note, a list): it is kept, and never answered."""
    same_id_same_content: bool = False
    """The sender promised never to use one id for two contents: a second content is refused, not linked."""
    carrier_contact: bool = False
    """The contact was reported by a carrier, not typed by a person: unusable parts are dropped, not refused."""
    cut_long_text: bool = False
    """A text that is too long is cut and marked instead of refused."""
    language: str = ""
    """In which the sender was spoken to (ISO 639-1), and is to be written to; empty: not known."""
    entry: Entry | None = None
    """Set when an officer entered it; then it is kept who, and a number of another system is taken only once."""
    received_at: datetime | None = None
    """When it reached the city, where that was before it was entered; deadlines are counted from it. None: now."""


@dataclass(frozen=True)
class Receipt:
    """The answer to an accepted submission. `new` is False when the same message had been accepted before."""

    complaint_id: str
    ticket: str
    tracking_code: str
    received_at: datetime
    new: bool


@dataclass(frozen=True)
class Addition:
    """More about a complaint that is known, as a channel read it, unchecked. The channel has made sure who may add.

    `what` is one of contracts' `AdditionKind`. The other fields are as in `Submission`.
    """

    complaint_id: str
    what: str
    channel: str
    account: str
    text: str
    provider_id: str | None = None
    sender: str = ""
    by_sender: bool = True
    photos: tuple[KeptPhoto, ...] = ()
    raw: KeptRaw | None = None
    sent_at: datetime | None = None
    size: int = 0
    flags: tuple[str, ...] = ()
    same_id_same_content: bool = False


@dataclass(frozen=True)
class Added:
    """`new` is False when the same message had been added before."""

    addition_id: str
    complaint_id: str
    ticket: str
    number: int
    added_at: datetime
    new: bool
