"""Which complaints have ended, when, and what is still held of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from services.intake.repository_kin import MOST_STEPS
from services.intake.sms_talk.repository import ENDED as ENDED_BY_SMS
from services.intake.tables import (
    answer_photos,
    attachments,
    complaints,
    contacts,
    erasure_wishes,
    messaging,
    raw_messages,
    timeline,
)
from shared.city_retention import CONTACT, PHOTOS, TEXT
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

ENDED = tuple(sorted({*ENDED_BY_SMS, "archived"}))
"""States of complaints with which nobody is busy any more."""
_ERASURES, _OUTBOX = messaging.erasures, messaging.outbox
_OTHER = complaints.alias("followed")
_WISHED = exists().where(erasure_wishes.c.complaint_id == complaints.c.complaint_id)


def erased_parts_of(connection: Connection, complaint_id: str) -> list[str]:
    found = connection.execute(select(_ERASURES.c.parts).where(_ERASURES.c.complaint_id == complaint_id)).scalar()
    return list(found or [])


def erasures(connection: Connection) -> Iterator[Any]:
    """Of each complaint of which something was removed: id, parts, reason, and when."""
    columns = _ERASURES.c.complaint_id, _ERASURES.c.parts, _ERASURES.c.reason, _ERASURES.c.erased_at
    yield from connection.execute(select(*columns))


def is_text_erased(connection: Connection, complaint_id: str) -> bool:
    return TEXT in erased_parts_of(connection, complaint_id)


def is_unpublished(connection: Connection, complaint_id: str) -> bool:
    """Whether something about it still waits for the broker."""
    mine = and_(_OUTBOX.c.subject == complaint_id, _OUTBOX.c.published_at.is_(None))
    return connection.execute(select(_OUTBOX.c.seq).where(mine).limit(1)).first() is not None


def holds(kind: str) -> ColumnElement[bool]:
    """Whether there is anything of that kind (`contact`, `text`, `photos`, `mails`) of a complaint."""
    own = complaints.c.complaint_id
    if kind == CONTACT:
        return exists().where(contacts.c.complaint_id == own)
    if kind == TEXT:
        marked = and_(_ERASURES.c.complaint_id == own, cast(_ERASURES.c.parts, String).like(f'%"{TEXT}"%'))
        return ~exists().where(marked)
    if kind == PHOTOS:
        return or_(*(exists().where(table.c.complaint_id == own) for table in (attachments, answer_photos)))
    return exists().where(raw_messages.c.complaint_id == own)


def held_of(connection: Connection, complaint_id: str) -> set[str]:
    """Of which parts there is anything."""
    found = select(*(holds(kind).label(kind) for kind in (CONTACT, TEXT, PHOTOS)))
    row = connection.execute(found.where(complaints.c.complaint_id == complaint_id)).one()
    return {kind for kind, is_there in row._mapping.items() if is_there}


def due(connection: Connection, kind: str, before: datetime, limit: int, only: str | None = None) -> list[str]:
    """Ids of complaints that ended before that moment and of which there is something of that kind.

    The first that came first, then those that follow another one. `only` asks about one complaint.
    """
    found: list[str] = []
    for ended in _ended(holds(kind), complaints.c.received_at < before, only=only):
        statement = select(ended.c.complaint_id).where(ended.c.ended_at < before)
        found += _ids(connection, statement.order_by(ended.c.received_at).limit(limit - len(found)))
    return found


def count_due(connection: Connection, kind: str, before: datetime) -> tuple[int, datetime | None]:
    """How many, and when the first of them ended."""
    found = _ended(holds(kind), complaints.c.received_at < before)
    return _counted(connection, [select(ended.c.ended_at).where(ended.c.ended_at < before) for ended in found])


def wished(connection: Connection, limit: int, only: str | None = None) -> list[str]:
    """Ids of complaints that ended and whose sender had asked for their end before."""
    found: list[str] = []
    for ended in _ended(_WISHED, only=only):
        found += _ids(connection, select(ended.c.complaint_id).limit(limit - len(found)))
    return found


def count_wished(connection: Connection) -> tuple[int, datetime | None]:
    return _counted(connection, [select(ended.c.ended_at) for ended in _ended(_WISHED)])


def is_ended(connection: Connection, complaint_id: str) -> bool:
    """Of one that follows another: whether that one has ended."""
    end = _course(complaints.c.complaint_id == complaint_id)
    return connection.execute(select(end.c.complaint_id).where(end.c.status.in_(ENDED))).first() is not None


def wish(tx: Transaction, complaint_id: str, at: datetime) -> None:
    row = {"complaint_id": complaint_id, "wished_at": at}
    insert_new(tx, erasure_wishes, [row], erasure_wishes.c.complaint_id)


def forget_wish(tx: Transaction, complaint_id: str) -> None:
    tx.execute(erasure_wishes.delete().where(erasure_wishes.c.complaint_id == complaint_id))


def count_unended(connection: Connection, before: datetime) -> int:
    """Complaints that came before that moment and are still going on."""
    old = complaints.c.received_at < before
    own = select(func.count()).where(old, complaints.c.joined_to.is_(None), complaints.c.status.not_in(ENDED))
    end = _course(old, complaints.c.joined_to.is_not(None))
    joined = select(func.count()).select_from(end).where(end.c.status.not_in(ENDED))
    return sum(int(connection.execute(one).scalar_one()) for one in (own, joined))


def _ended(*which: ColumnElement[bool], only: str | None = None) -> tuple[Any, Any]:
    """Of these, the complaints that have ended, with `ended_at`: those with a course of their own, and the others.

    The first can be read in the order of arrival until enough are found. None can have ended before it came.
    """
    mine = [*which, *([] if only is None else [complaints.c.complaint_id == only])]
    at = func.coalesce(_last_end(complaints.c.complaint_id), complaints.c.received_at).label("ended_at")
    own = (
        select(complaints.c.complaint_id, complaints.c.received_at, at)
        .where(complaints.c.joined_to.is_(None), complaints.c.status.in_(ENDED), *mine)
        .subquery("ended")
    )
    end = _course(complaints.c.joined_to.is_not(None), *mine)
    at = func.coalesce(_last_end(end.c.shown_id), end.c.received_at).label("ended_at")
    joined = select(end.c.complaint_id, end.c.received_at, at).where(end.c.status.in_(ENDED)).subquery("ended")
    return own, joined


def _course(*which: ColumnElement[bool]) -> Any:
    """Of each of these the complaint whose course is its own (`shown_id`), with that one's status."""
    own: Select[Any] = select(
        complaints.c.complaint_id, complaints.c.received_at,
        complaints.c.complaint_id.label("shown_id"), complaints.c.status, complaints.c.joined_to,
        literal(0).label("step"),
    ).where(*which)  # fmt: skip
    chain = own.cte("chain", recursive=True)
    further = (
        select(
            chain.c.complaint_id, chain.c.received_at,
            _OTHER.c.complaint_id, _OTHER.c.status, _OTHER.c.joined_to, chain.c.step + 1,
        )
        .join(_OTHER, _OTHER.c.complaint_id == chain.c.joined_to)
        .where(chain.c.step < MOST_STEPS)
    )  # fmt: skip
    whole = chain.union_all(further)
    columns = whole.c.complaint_id, whole.c.received_at, whole.c.shown_id, whole.c.status
    return select(*columns).where(whole.c.joined_to.is_(None)).subquery("course")


def _last_end(complaint_id: ColumnElement[Any]) -> ScalarSelect[Any]:
    """When it ended last."""
    words = (timeline.c.event == word for word in ENDED)
    numbered = (timeline.c.event.startswith(f"{word}.") for word in ENDED)
    mine = timeline.c.complaint_id == complaint_id
    return select(func.max(timeline.c.at)).where(mine, or_(*words, *numbered)).scalar_subquery()


def _ids(connection: Connection, statement: Select[Any]) -> list[str]:
    return [row[0] for row in connection.execute(statement)]


def _counted(connection: Connection, statements: Sequence[Select[Any]]) -> tuple[int, datetime | None]:
    """Of moments: how many, and the first."""
    number, firsts = 0, []
    for statement in statements:
        column = next(iter(statement.selected_columns))
        number += int(connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one())
        firsts.append(connection.execute(statement.order_by(column).limit(1)).scalar())
    return number, min(filter(None, firsts), default=None)
