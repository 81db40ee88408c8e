"""Values that several events share, and what may stand in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Required, TypedDict

from msgspec import Meta


def _one_of(words: tuple[str, ...]) -> Meta:
    return Meta(pattern=rf"\A(?:{'|'.join(words)})\Z")


KINDS = ("pengaduan", "aspirasi", "permintaan_informasi")
"""The kinds of the national system SP4N-LAPOR!: complaint, proposal, request for information."""

IDENTITIES = ("anonymous", "open", "confidential")
"""Who may learn who complained; `anonymous` is the default on every channel."""

ASSISTED_CHANNELS = ("counter", "phone", "wa", "sp4n", "letter")
"""By which a complaint reaches an officer who enters it: counter, telephone, WhatsApp, SP4N-LAPOR!, letter."""

SP4N = "sp4n"
"""What the national system's numbers are called among the `external_refs`."""

Kind = Annotated[str, _one_of(KINDS)]
Identity = Annotated[str, _one_of(IDENTITIES)]
Receipt = Annotated[str, _one_of(("wanted", "capped", "no_contact", "automatic"))]
"""Whether the citizen is to get a message about it, and if not, why."""

Outcome = Annotated[str, _one_of(("routed", "triage", "emergency"))]
"""Of a decision of the router."""

AdditionKind = Annotated[str, _one_of(("addition", "answer", "not_solved", "late_part"))]
"""Why more was said: of one's own accord, asked by us, since the answer did not help, or a part that came late."""

PersonMail = Annotated[str, _one_of(("invitation", "reset", "second_reset"))]
"""What a person of the desk is written about: a first password, a lost one, a second factor that was taken away."""

End = Annotated[str, _one_of(("sent", "delivered", "failed", "skipped", "uncertain", "captured"))]
"""Of a delivery."""

Reported = Annotated[str, _one_of(("delivered", "delayed", "failed"))]
"""What the receiver's side says about a delivery afterwards."""

Language = Annotated[str, Meta(pattern=r"\A(?:[a-z]{2})?\Z")]
"""An ISO 639-1 id, or empty."""

ARCHIVE_REASONS = ("duplicate", "incomplete", "not_ours", "spam")
"""Why a complaint is not worked on, as the national system knows it."""

ArchiveReason = Annotated[str, _one_of(ARCHIVE_REASONS)]

AgencyKind = Annotated[str, _one_of(("internal", "external"))]

Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]
"""A short machine word: an agency's code, a channel, a reason."""

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""Of revisions and assignments, from 1."""

Moment = Annotated[datetime, Meta(tz=True)]
"""An instant with its offset, ISO 8601."""

Words = Annotated[str, Meta(max_length=100)]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""SHA-256 in hexadecimal digits."""


@dataclass(frozen=True)
class Place:
    """Where it is. All parts may be unknown; `detail` is what the citizen wrote about the spot.

    `latitude` and `longitude` are degrees (WGS 84) and come together, from the citizen's phone, photo or program.
    """

    kecamatan: Words | None = None
    kelurahan: Words | None = None
    detail: Annotated[str, Meta(max_length=500)] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class AttachmentFields(TypedDict, total=False):
    """A photo that was re-encoded by us: no metadata is left in it. `sha256` is also its name in intake's internal API.

    Sizes are in bytes and pixels; `preview` is the digest of a small copy for lists.
    """

    sha256: Required[Digest]
    media_type: Required[Annotated[str, Meta(max_length=60)]]
    size: Required[Annotated[int, Meta(ge=0)]]
    width: Annotated[int, Meta(ge=0)]
    height: Annotated[int, Meta(ge=0)]
    preview: Digest | None
