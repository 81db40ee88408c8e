"""Values that several events share, and what may stand in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta


def _one_of(words: tuple[str, ...]) -> Meta:
    return Meta(pattern=rf"\A(?:{'|'.join(words)})\Z")


KINDS = ("pengaduan", "aspirasi", "permintaan_informasi")
"""The kinds of the national system SP4N-LAPOR!: complaint, proposal, request for information."""

IDENTITIES = ("anonymous", "open", "confidential")
"""Who may learn who complained; `anonymous` is the default on every channel."""

Kind = Annotated[str, _one_of(KINDS)]
Identity = Annotated[str, _one_of(IDENTITIES)]
Receipt = Annotated[str, _one_of(("wanted", "capped", "no_contact", "automatic"))]
"""Whether the citizen is to get a message about it, and if not, why."""

Outcome = Annotated[str, _one_of(("routed", "triage", "emergency"))]
"""Of a decision of the router."""

End = Annotated[str, _one_of(("sent", "delivered", "failed", "skipped", "uncertain", "captured"))]
"""Of a delivery."""

AgencyKind = Annotated[str, _one_of(("internal", "external"))]

Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]
"""A short machine word: an agency's code, a channel, a reason."""

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""Of revisions and assignments, from 1."""

Moment = Annotated[datetime, Meta(tz=True)]
"""An instant with its offset, ISO 8601."""

Words = Annotated[str, Meta(max_length=100)]


@dataclass(frozen=True)
class Place:
    """Where it is. All parts may be unknown; `detail` is what the citizen wrote about the spot."""

    kecamatan: Words | None = None
    kelurahan: Words | None = None
    detail: Annotated[str, Meta(max_length=500)] | None = None
