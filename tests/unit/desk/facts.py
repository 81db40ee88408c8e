"""What the desk hears, as samples: complaints, additions, followers, deliveries; each differs by its number."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintReassessed,
    ComplaintRouted,
    ComplaintUnrouted,
)
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.fields import Place
from shared.ids import ALPHABET, read_ticket

RECEIVED = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
LATER = RECEIVED + timedelta(minutes=50)
TEXT = "Lampu jalan mati di Jl. Baros, hubungi saya di 0812-3456-7890 atau budi@contoh.id."
MARK = (0, 11)


def decision(**more: Any) -> dict[str, Any]:
    return {
        "outcome": "routed", "reason": "matched", "agency": "DISHUB", "also": [], "score": 12, "margin": 9,
        "reasons": [{"rule": "dishub.pju", "phrase": "lampu jalan", "start": MARK[0], "end": MARK[1], "weight": 12}],
        "alternatives": [{"agency": "DPUPR", "score": 3}], "place": None, "ruleset": "0f3a9c2b7d41",
        **more,
    }  # fmt: skip


def carried(number: int, revision: int, **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": f"c{number}", "ticket": ticket(number), "revision": revision, "text": TEXT,
        "channel": "web", "kind": "pengaduan", "identity": "anonymous", "contact_ref": f"contact-{number}",
        "place": Place("Cimahi Tengah", "Baros", "RW 5"), "received_at": RECEIVED + timedelta(minutes=number), **more,
    }  # fmt: skip


def routed(number: int = 1, *, agency: str = "DISHUB", revision: int = 2, **more: Any) -> ComplaintRouted:
    made = more.pop("decision", None) or decision(agency=agency)
    return ComplaintRouted(
        **carried(number, revision, **more), decision=made, agency=agency, assignment=1,
        routed_at=RECEIVED + timedelta(minutes=number, seconds=revision),
    )  # fmt: skip


def unrouted(number: int = 1, *, reason: str = "tie", revision: int = 2, **more: Any) -> ComplaintUnrouted:
    made = more.pop("decision", None) or decision(
        outcome="triage", reason=reason, agency=None, score=5, margin=0,
        alternatives=[{"agency": "DISHUB", "score": 5}, {"agency": "DPUPR", "score": 5}],
    )  # fmt: skip
    return ComplaintUnrouted(
        **carried(number, revision, **more), decision=made, reason=reason,
        decided_at=RECEIVED + timedelta(minutes=number, seconds=revision),
    )  # fmt: skip


def reassessed(number: int = 1, *, agency: str | None = "DISHUB", addition: str = "a1") -> ComplaintReassessed:
    return ComplaintReassessed(
        **carried(number, 1), decision=decision(agency=agency), agency=agency, addition_id=addition,
        reassessed_at=LATER,
    )  # fmt: skip


def added(number: int = 1, text: str = "Tiangnya miring.", *, count: int = 1, **more: Any) -> ComplaintAdded:
    usual = {
        "what": "addition",
        "by_channel": "email",
        "added_at": LATER,
        "addition_id": f"a{count}",
    }
    return ComplaintAdded(**carried(number, 1), addition=text, number=count, **{**usual, **more})


def followed(number: int = 1, text: str = "Saya juga.", *, follower: int = 50, **more: Any) -> ComplaintFollowed:
    usual = {
        "channel": "web",
        "kind": "pengaduan",
        "identity": "anonymous",
        "receipt": "wanted",
        "followed_at": LATER,
    }
    return ComplaintFollowed(
        complaint_id=carried(number, 1)["complaint_id"], ticket=ticket(number), follower_id=f"f{follower}",
        follower_ticket=ticket(follower), text=text, **{**usual, **more},
    )  # fmt: skip


def delivery(number: int = 1, *, id_: str = "d1", **more: Any) -> DeliveryFinished:
    values = {
        "message": "case_notice", "recipient": "DISHUB", "channel": "email", "outcome": "captured",
        "reason": "captured", "finished_at": RECEIVED + timedelta(minutes=number, seconds=30), **more,
    }  # fmt: skip
    return DeliveryFinished(delivery_id=f"{id_}-{number}", complaint_id=f"c{number}", **values)


def ticket(number: int) -> str:
    """A ticket that passes the check sign: `CMH-0000-0000` plus the number."""
    body = ""
    for _ in range(7):
        number, sign = divmod(number, len(ALPHABET))
        body = ALPHABET[sign] + body
    return next(made for sign in ALPHABET if (made := read_ticket(body + sign, "CMH")) is not None)
