"""What every accepted complaint must have: one decision, one case, its place on the timeline, and its deliveries.

All services are read in the order of complaint ids, a range at a time; intake first, so that what follows from a
complaint is looked for after the complaint was seen. Younger complaints than `before` are known, but nothing is
demanded of them yet; nor of those whose text was erased, since a service that heard of them later keeps nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, select

from services.desk.tables import case_events, cases
from services.intake.tables import complaints
from services.intake.tables import messaging as intake_messaging
from services.notifier.delivery import (
    ARCHIVED,
    CASE_ADDITION,
    CASE_COPY,
    CASE_ESCALATION,
    CASE_NEWS,
    CASE_NOTICE,
    CASE_REMINDER,
    CASE_UPDATE,
    CITIZEN,
    CONTACT_CODE,
    PENDING,
    PERSON,
    QUESTION,
    QUESTION_REMINDER,
    RECEIPT,
    SATISFACTION,
    SENDING,
    WITHDRAWN,
    kind_of_message,
)
from services.notifier.id_floor import id_floor
from services.notifier.planning.citizens import RECEIPT_ASSIGNMENT
from services.notifier.tables import attempts, deliveries
from services.operations.installation import Installation
from services.router.tables import decisions
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintReceived, ComplaintRouted, ComplaintUnrouted
from shared.erasures import TEXT

erasures = intake_messaging.erasures
CHUNK = 5_000
OVERDUE = timedelta(minutes=5)
RECEIVED, ASSIGNED = (ComplaintReceived.TYPE,), (CaseAssigned.TYPE,)
ROUTED, DECIDED = (ComplaintRouted.TYPE,), (ComplaintRouted.TYPE, ComplaintUnrouted.TYPE)

_SOURCES: Mapping[tuple[str, ...], str] = {RECEIVED: "intake", ROUTED: "router", ASSIGNED: "desk"}

_LATER = frozenset({
    CASE_ADDITION, CASE_REMINDER, CASE_UPDATE, SATISFACTION, QUESTION, QUESTION_REMINDER, ARCHIVED, WITHDRAWN,
    CASE_NEWS, CASE_ESCALATION,
})  # fmt: skip
"""Messages that follow from what happened later, which is not looked at here."""

Key = tuple[int, str, str]
"""(assignment, recipient, message) of a delivery; with the complaint it is the delivery's natural key."""


@dataclass(frozen=True)
class Gap:
    """Something that is missing or too much. `types` are the messages of `source` that would bring it about."""

    kind: str
    service: str
    complaint_id: str
    ticket: str
    since: datetime
    detail: str
    source: str = ""
    types: tuple[str, ...] = ()
    assignment: int | None = None


@dataclass(frozen=True)
class Checked:
    """`complaints` and `deliveries` count what was old enough to be judged."""

    complaints: int
    deliveries: int
    gaps: list[Gap]


@dataclass(frozen=True)
class _Range:
    """What all services say about the complaints of one range."""

    complaints: Mapping[str, Row[Any]]
    decisions: Mapping[str, Row[Any]]
    said_routed: frozenset[str]
    cases: Mapping[str, Row[Any]]
    acts: Mapping[str, Sequence[tuple[str, str]]]
    deliveries: Mapping[str, Mapping[Key, Row[Any]]]


def find_gaps(
    installation: Installation, before: datetime, now: datetime, progress: Callable[[int], None] = lambda _: None
) -> Checked:
    gaps: list[Gap] = []
    seen = counted = 0
    busy = _busy_channels(installation, now)
    for first, last, known in _ranges(installation):
        found = _read(installation, first, last, known)
        seen += sum(row.received_at < before for row in known.values())
        counted += sum(row.planned_at < before for rows in found.deliveries.values() for row in rows.values())
        progress(seen)
        for complaint_id, row in known.items():
            if row.received_at < before and row.joined_to is None and TEXT not in (row.erased or ()):
                gaps += _gaps_of(complaint_id, found)
        gaps += _orphans(found, before)
        gaps += _overdue(found, busy, now)
    return Checked(seen, counted, gaps)


def asked_for(
    decision: Mapping[str, Any] | None, acts: Sequence[tuple[str, str]], *, routed: bool
) -> dict[Key, tuple[str, ...]]:
    """The deliveries that the facts about one complaint call for, each with the type of message that calls for it.

    `acts` are (key, agency) of the desk's timeline. The notifier's plans give the same natural keys; a test compares.
    """
    wanted: dict[Key, tuple[str, ...]] = {(RECEIPT_ASSIGNMENT, CITIZEN, RECEIPT): RECEIVED}
    if routed and decision is not None:
        wanted[(1, str(decision["agency"]), CASE_NOTICE)] = ROUTED
        for code in decision["also"] or ():
            if code != decision["agency"]:
                wanted[(1, str(code), CASE_COPY)] = ROUTED
    for key, agency in acts:
        act, _, number = key.partition(":")
        if act == "assigned" and number.isdigit():
            wanted[(int(number), agency, CASE_NOTICE)] = ASSIGNED
    return wanted


def _ranges(installation: Installation) -> Iterator[tuple[str, str | None, dict[str, Row[Any]]]]:
    """(after this id, up to this one, complaints); the last range is open at its end, for what has no complaint."""
    names = ("complaint_id", "ticket", "status", "received_at", "joined_to")
    marked = erasures.c.complaint_id == complaints.c.complaint_id
    columns = (*(complaints.c[name] for name in names), erasures.c.parts.label("erased"))
    statement = select(*columns).join_from(complaints, erasures, marked, isouter=True)
    statement = statement.order_by(complaints.c.complaint_id).limit(CHUNK)
    first = ""
    while True:
        with installation.members["intake"].database.read() as connection:
            rows = connection.execute(statement.where(complaints.c.complaint_id > first)).all()
        known = {str(row.complaint_id): row for row in rows}
        if len(rows) < CHUNK:
            yield first, None, known
            return
        last = str(rows[-1].complaint_id)
        yield first, last, known
        first = last


def _read(installation: Installation, first: str, last: str | None, known: dict[str, Row[Any]]) -> _Range:
    def rows(service: str, by: Column[Any], *columns: ColumnElement[Any], where: Any = True) -> Sequence[Row[Any]]:
        upto = (by <= last,) if last is not None else ()
        statement = select(by, *columns).where(by > first, *upto)
        statement = statement if where is True else statement.where(where)
        with installation.members[service].database.read() as connection:
            return connection.execute(statement).all()

    outbox = installation.members["router"].messaging.outbox
    decided = rows(
        "router", decisions.c.complaint_id, decisions.c.ticket, decisions.c.agency, decisions.c.decided_at,
        decisions.c.decision["also"].label("also"),
    )  # fmt: skip
    routed = rows("router", outbox.c.subject, where=outbox.c.routing_key == ComplaintRouted.TYPE)
    opened = rows("desk", cases.c.complaint_id, cases.c.ticket, cases.c.received_at)
    happened = rows(
        "desk", case_events.c.complaint_id, case_events.c.key, case_events.c.data["agency"].label("agency"),
        where=case_events.c.act.in_(("routed", "assigned", "copied")),
    )  # fmt: skip
    names = ("assignment", "recipient", "message", "ticket", "channel", "state", "planned_at", "due_at", "lease_until")
    planned = rows("notifier", deliveries.c.complaint_id, *(deliveries.c[name] for name in names))
    acts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in happened:
        acts[row.complaint_id].append((row.key, str(row.agency)))
    of_complaint: dict[str, dict[Key, Row[Any]]] = defaultdict(dict)
    for row in planned:
        of_complaint[row.complaint_id][(row.assignment, row.recipient, row.message)] = row
    return _Range(
        complaints=known,
        decisions={row.complaint_id: row for row in decided},
        said_routed=frozenset(row.subject for row in routed),
        cases={row.complaint_id: row for row in opened},
        acts=acts,
        deliveries=of_complaint,
    )


def _gaps_of(complaint_id: str, found: _Range) -> Iterator[Gap]:
    row, decision = found.complaints[complaint_id], found.decisions.get(complaint_id)
    acts = found.acts.get(complaint_id, ())

    def gap(
        kind: str, service: str, detail: str, source: str, types: tuple[str, ...], number: int | None = None
    ) -> Gap:
        return Gap(kind, service, complaint_id, row.ticket, row.received_at, detail, source, types, number)

    if decision is None:
        yield gap("no_decision", "router", "accepted, but not decided", "intake", RECEIVED)
    else:
        if complaint_id not in found.cases:
            yield gap("no_case", "desk", "decided, but there is no case", "router", DECIDED)
        if row.status == "received":
            yield gap("no_timeline", "intake", "decided, but the citizen does not see it", "router", DECIDED)
    routed = complaint_id in found.said_routed or any(key.startswith("routed:") for key, _ in acts)
    wanted = asked_for(decision and decision._mapping, acts, routed=routed)  # type: ignore[arg-type]
    planned = found.deliveries.get(complaint_id, {})
    for key, types in wanted.items():
        if key not in planned:
            assignment, recipient, message = key
            source = _SOURCES[types]
            number = assignment if types == ASSIGNED else None
            yield gap(f"no_{message}", "notifier", f"no {message} to {recipient} is planned", source, types, number)
    if decision is not None:
        allowed = asked_for(decision._mapping, acts, routed=True)  # type: ignore[arg-type]
        copied = {agency for key, agency in acts if key.startswith("copied:")}
        by_hand = {key: ASSIGNED for key in planned if key[1] in copied and key[2] == CASE_COPY}
        yield from _too_much(planned, {**allowed, **by_hand}, complaint_id)


def _too_much(planned: Mapping[Key, Row[Any]], allowed: Mapping[Key, Any], complaint_id: str) -> Iterator[Gap]:
    for key, row in planned.items():
        if key not in allowed and kind_of_message(key[2]) not in _LATER:
            detail = f"{key[2]} to {key[1]} (assignment {key[0]}, {row.state}) follows from no fact"
            yield Gap("delivery_not_asked_for", "notifier", complaint_id, row.ticket, row.planned_at, detail)


def _orphans(found: _Range, before: datetime) -> Iterator[Gap]:
    for complaint_id, decision in found.decisions.items():
        if complaint_id not in found.complaints and decision.decided_at < before:
            detail = "decided, but intake knows no such complaint"
            yield Gap(
                "decision_without_complaint", "router", complaint_id, decision.ticket, decision.decided_at, detail
            )
    for complaint_id, case in found.cases.items():
        if complaint_id not in found.complaints and case.received_at < before:
            detail = "a case, but intake knows no such complaint"
            yield Gap("case_without_complaint", "desk", complaint_id, case.ticket, case.received_at, detail)
    for complaint_id, rows in found.deliveries.items():
        for key, row in rows.items():
            if complaint_id not in found.complaints and row.planned_at < before and not _is_of_nobody(key):
                detail = f"{key[2]} to {key[1]} ({row.state}), but intake knows no such complaint"
                yield Gap("delivery_without_complaint", "notifier", complaint_id, row.ticket, row.planned_at, detail)


def _is_of_nobody(key: tuple[int, str, str]) -> bool:
    """A message that belongs to no complaint: a code before one, a mail about somebody's own account."""
    return key[1] == PERSON or key[2] == CONTACT_CODE


def _busy_channels(installation: Installation, now: datetime) -> frozenset[str]:
    """Those by which somebody tries. What is due waits there for its turn, or for a destination that is away."""
    since = now - OVERDUE
    made = select(attempts.c.channel).where(attempts.c.attempt_id >= id_floor(since), attempts.c.started_at >= since)
    put_off = select(deliveries.c.channel).where(
        deliveries.c.state == PENDING, deliveries.c.attempts > 0, deliveries.c.due_at >= since
    )
    with installation.members["notifier"].database.read() as connection:
        return frozenset(row[0] for row in connection.execute(made.union(put_off)))


def _overdue(found: _Range, busy: frozenset[str], now: datetime) -> Iterator[Gap]:
    """Each delivery is final, or its time has not come, or somebody holds it or is busy with its channel."""
    for complaint_id, rows in found.deliveries.items():
        for key, row in rows.items():
            held = row.channel in busy or (row.lease_until is not None and row.lease_until > now)
            if row.state in (PENDING, SENDING) and row.due_at < now - OVERDUE and not held:
                detail = f"{key[2]} to {key[1]} is due and nobody sends it: is the notifier running?"
                yield Gap("overdue_delivery", "notifier", complaint_id, row.ticket, row.due_at, detail)
