"""One complaint's way through all services: each hop with its time, and the hops that should be there and are not.

Never a contact and never a text: only its length. Hops come from outboxes (by subject), from the inboxes that should
have heard each message, and from what each service keeps about the complaint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from services.desk.tables import case_events, cases
from services.intake.tables import complaints
from services.notifier.delivery import PENDING
from services.notifier.repository import deliveries_of
from services.operations.installation import EMBEDDED, Installation
from services.router.tables import decisions
from shared.clock import SystemClock
from shared.erasures import TEXT, Erasure, erasures_of
from shared.messaging.topology import TOPOLOGY

_WAITING = {
    "trying": "is being tried",
    "retrying": "is retried",
    "dead": "is a dead letter",
    "discarded": "was discarded",
}


@dataclass(frozen=True)
class Hop:
    """`milliseconds` since the hop before it in time."""

    at: datetime
    service: str
    what: str
    detail: str = ""
    message_id: str = ""
    milliseconds: float | None = None


@dataclass(frozen=True)
class Missing:
    service: str
    what: str
    detail: str
    message_id: str = ""


@dataclass(frozen=True)
class Trace:
    ticket: str
    complaint_id: str
    hops: list[Hop] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        hops = [{**asdict(hop), "at": hop.at.isoformat()} for hop in self.hops]
        missing = [asdict(one) for one in self.missing]
        return {
            "ticket": self.ticket,
            "complaint_id": self.complaint_id,
            "ok": not missing,
            "hops": hops,
            "missing": missing,
        }


def trace(installation: Installation, ticket: str) -> Trace | None:
    """None when intake has no such ticket."""
    with installation.members["intake"].database.read() as connection:
        columns = ("complaint_id", "channel", "status", "received_at", "text", "flags")
        chosen = select(*(complaints.c[name] for name in columns)).where(complaints.c.ticket == ticket)
        complaint = connection.execute(chosen).mappings().first()
    if complaint is None:
        return None
    complaint_id = str(complaint["complaint_id"])
    found: list[Hop | Missing] = [_accepted(complaint)]
    for service in installation.members:
        found += _said(installation, service, complaint_id)
    found += _decision(installation, complaint_id)
    found += _case(installation, complaint_id)
    found += _deliveries(installation, complaint_id)
    erasure = _erasure(installation, complaint_id)
    if erasure is not None:
        found = [one for one in found if isinstance(one, Hop) or not _is_of_the_erasing(one, erasure)]
        found.append(Hop(erasure.erased_at, "intake", f"erased {', '.join(sorted(erasure.parts))}", erasure.reason))
    hops = sorted((one for one in found if isinstance(one, Hop)), key=lambda hop: hop.at)
    return Trace(ticket, complaint_id, list(_timed(hops)), [one for one in found if isinstance(one, Missing)])


def _erasure(installation: Installation, complaint_id: str) -> Erasure | None:
    member = installation.members["intake"]
    with member.database.read() as connection:
        return erasures_of(connection, member.messaging, [complaint_id]).get(complaint_id)


def _is_of_the_erasing(missing: Missing, erasure: Erasure) -> bool:
    """Of an erased text nobody keeps anything; only what was said and not published yet is still awaited."""
    return TEXT in erasure.parts and not missing.what.startswith("published")


def _accepted(complaint: RowMapping) -> Hop:
    flags = f", {', '.join(complaint['flags'])}" if complaint["flags"] else ""
    detail = f"by {complaint['channel']}, {len(complaint['text'])} signs, now {complaint['status']}{flags}"
    return Hop(complaint["received_at"], "intake", "accepted", detail)


def _said(installation: Installation, service: str, complaint_id: str) -> Iterator[Hop | Missing]:
    """What the service said about the complaint, when it was published, and who has heard it."""
    member = installation.members[service]
    outbox = member.messaging.outbox
    with member.database.read() as connection:
        statement = select(*outbox.c).where(outbox.c.subject == complaint_id).order_by(outbox.c.seq)
        rows = connection.execute(statement).mappings().all()
    if service == "intake" and not rows:
        yield Missing("intake", "said complaint.received.v1", "its outbox row is gone (kept for 14 days)")
    for row in rows:
        key, message_id = row["routing_key"], row["message_id"]
        yield Hop(row["created_at"], service, f"said {key}", "", message_id)
        if row["published_at"] is None:
            problem = f": {row['last_error']}" if row["last_error"] else ""
            yield Missing(
                service, f"published {key}", f"waits in the outbox, {row['attempts']} tries{problem}", message_id
            )
        else:
            tries = f"{row['attempts']} tries" if row["attempts"] > 1 else ""
            what = "every queue has settled" if installation.mode == EMBEDDED else "published"
            yield Hop(row["published_at"], service, f"{what} {key}", tries, message_id)
        for queue in TOPOLOGY.queues_for(key):
            yield from _heard(installation, queue.owner, queue.name, key, message_id, row["published_at"] is not None)


def _heard(
    installation: Installation, service: str, queue: str, key: str, message_id: str, published: bool
) -> Iterator[Hop | Missing]:
    member = installation.members[service]
    inbox = member.messaging.inbox
    with member.database.read() as connection:
        mine = and_(inbox.c.queue == queue, inbox.c.message_id == message_id)
        row = connection.execute(select(*inbox.c).where(mine)).mappings().first()
    if row is None:
        because = "published, but its inbox has never seen it" if published else "it is not published yet"
        yield Missing(service, f"heard {key}", because, message_id)
        return
    tries = f"after {row['attempts']} tries" if row["attempts"] > 1 else ""
    if row["state"] == "done":
        yield Hop(row["finished_at"] or row["received_at"], service, f"heard {key}", tries, message_id)
        return
    yield Hop(row["received_at"], service, f"received {key}", "", message_id)
    code = f" ({row['error_code']})" if row["error_code"] else ""
    yield Missing(service, f"handled {key}", f"{_WAITING[row['state']]} {tries}{code}".strip(), message_id)


def _decision(installation: Installation, complaint_id: str) -> Iterator[Hop | Missing]:
    columns = ("outcome", "reason", "agency", "ruleset", "decided_at")
    chosen = select(*(decisions.c[name] for name in columns)).where(decisions.c.complaint_id == complaint_id)
    with installation.members["router"].database.read() as connection:
        row = connection.execute(chosen).mappings().first()
    if row is None:
        yield Missing("router", "decided", "there is no decision")
        return
    detail = f"{row['outcome']} ({row['reason']}), agency {row['agency'] or 'none'}, rules {row['ruleset'][:12]}"
    yield Hop(row["decided_at"], "router", "decided", detail)


def _case(installation: Installation, complaint_id: str) -> Iterator[Hop | Missing]:
    with installation.members["desk"].database.read() as connection:
        columns = ("state", "agency", "assignment", "updated_at")
        chosen = select(*(cases.c[name] for name in columns)).where(cases.c.complaint_id == complaint_id)
        row = connection.execute(chosen).mappings().first()
        acts = list(_acts(connection, complaint_id))
    if row is None:
        yield Missing("desk", "case", "there is no case")
        return
    yield from acts


def _acts(connection: Connection, complaint_id: str) -> Iterator[Hop]:
    """What happened at the desk. Notes are people's words and stay there."""
    statement = select(*case_events.c).where(
        case_events.c.complaint_id == complaint_id, case_events.c.act != "delivery"
    )
    for row in connection.execute(statement).mappings():
        agency = row["data"].get("agency")
        detail = ", ".join(part for part in (f"by {row['actor']}", f"agency {agency}" if agency else "") if part)
        yield Hop(row["at"], "desk", f"case {row['act']}", detail)


def _deliveries(installation: Installation, complaint_id: str) -> Iterator[Hop | Missing]:
    with installation.members["notifier"].database.read() as connection:
        rows = deliveries_of(connection, complaint_id)
    now = SystemClock().now()
    if not any(row["message"] == "receipt" for row in rows):
        yield Missing("notifier", "planned receipt", "no receipt to the citizen was planned")
    for row in rows:
        name = f"{row['message']} to {row['recipient']}"
        waits = f"to be sent at {row['due_at']:%H:%M:%S} UTC" if _waits_on_purpose(row, now) else ""
        yield Hop(row["planned_at"], "notifier", f"planned {name}", waits)
        for tried in row["attempts"]:
            took = f" in {tried['duration_seconds'] * 1000:.0f} ms" if tried["duration_seconds"] is not None else ""
            why = _why(tried["outcome"], tried["reason"])
            yield Hop(
                tried["started_at"], "notifier", f"attempt {tried['number']}: {name}",
                f"{tried['outcome']}{why} by {tried['via']}{took}",
            )  # fmt: skip
        if row["finished_at"] is not None:
            why = _why(row["state"], row["reason"])
            yield Hop(row["finished_at"], "notifier", f"{row['state']}: {name}", f"by {row['channel']}{why}")
        elif not _waits_on_purpose(row, now):
            yield Missing("notifier", f"delivered {name}", f"{row['state']}, {_problem(row)}")


def _waits_on_purpose(row: Mapping[str, Any], now: datetime) -> bool:
    """For what else happens to the case, or for the end of a span: nothing was tried yet, and its time has not come."""
    return row["state"] == PENDING and not row["attempts"] and row["due_at"] > now


def _why(state: str, reason: str) -> str:
    return f" ({reason})" if reason not in ("", state) else ""


def _problem(row: dict[str, Any]) -> str:
    due = row["due_at"].strftime("%H:%M:%S UTC")
    return f"due at {due}" + (f", last problem {row['last_problem']}" if row["last_problem"] else "")


def _timed(hops: list[Hop]) -> Iterator[Hop]:
    before: datetime | None = None
    for hop in hops:
        passed = None if before is None else round((hop.at - before).total_seconds() * 1000, 1)
        yield Hop(hop.at, hop.service, hop.what, hop.detail, hop.message_id, passed)
        before = hop.at
