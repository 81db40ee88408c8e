"""What a delivery will need of a complaint, settled when it is planned.

Texts are masked unless the identity is open, and of a confidential complaint nothing is put into a message that lies in
an agency's common mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.contracts.complaint import AboutComplaint, ComplaintFollowed, ComplaintRouted
from shared.contracts.fields import Place
from shared.observability.masking import mask

EXCERPT_SIGNS = 200
MOST_PHRASES = 8
OPEN, CONFIDENTIAL = "open", "confidential"


def circumstances(event: AboutComplaint | ComplaintFollowed, place: Place, detail: str) -> dict[str, Any]:
    """Everything about a complaint but its words. `detail` is what may be shown of the spot."""
    at = event.followed_at if isinstance(event, ComplaintFollowed) else event.received_at
    return {
        "kind": event.kind,
        "channel": event.channel,
        "identity": event.identity,
        "received_at": at.isoformat(),
        "place": {"kecamatan": place.kecamatan, "kelurahan": place.kelurahan, "detail": detail},
        "attachments": len(event.attachments),
    }


def shown_to_citizen(event: AboutComplaint | ComplaintFollowed) -> dict[str, Any]:
    return circumstances(event, event.place, mask(event.place.detail or ""))


def shown_to_agency(event: AboutComplaint, place: Place | None = None) -> dict[str, Any]:
    """With the words of the complaint, as far as an agency's mailbox may hold them."""
    where = place or event.place
    shown = circumstances(event, where, masked(where.detail or "", event.identity))
    return {**shown, "text": masked(event.text, event.identity)}


def masked(text: str, identity: str) -> str:
    """What an agency's mailbox may hold of it: all, or without contacts, or nothing."""
    if identity == OPEN:
        return text.strip()
    return "" if identity == CONFIDENTIAL else mask(text).strip()


def excerpt(text: str) -> str:
    """The beginning of the masked text in one line, cut between words."""
    line = " ".join(mask(text).split())
    if len(line) <= EXCERPT_SIGNS:
        return line
    cut = line[:EXCERPT_SIGNS].rsplit(" ", 1)[0]
    return f"{cut} …"


def telling_phrases(event: ComplaintRouted) -> list[str]:
    """The phrases that spoke for the decision, each once, the weightiest first."""
    if event.identity == CONFIDENTIAL:
        return []
    reasons = sorted(event.decision.get("reasons") or (), key=lambda reason: -int(reason["weight"]))
    phrases = [masked(str(reason["phrase"]), event.identity) for reason in reasons if reason["weight"] > 0]
    return list(dict.fromkeys(phrase for phrase in phrases if phrase))[:MOST_PHRASES]


def routed_place(event: ComplaintRouted) -> Place:
    """The citizen's, or the one that the decision found in the words."""
    if event.place.kecamatan or event.place.kelurahan or event.place.detail:
        return event.place
    found: Mapping[str, Any] = event.decision.get("place") or {}
    return Place(found.get("kecamatan"), found.get("kelurahan"))
