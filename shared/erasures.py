"""Complaints of which something was removed for good: the marks, and what still lies about them in messages.

A mark outlives what it speaks of, so that a copy which comes late, or again, is not taken in: what carries words of a
complaint whose `text` is marked is closed without being handled. Each service erases what it has itself: see
`shared/erasing.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from shared.contracts.complaint import ComplaintFollowed
from shared.contracts.envelope import Envelope
from shared.contracts.registry import event_class, known_types
from shared.storage.database import Transaction
from shared.storage.types import Json, UtcDateTime
from shared.storage.upsert import insert_new

if TYPE_CHECKING:
    from shared.messaging.tables import MessagingTables

CONTACT, TEXT, PHOTOS = "contact", "text", "photos"
ERASED = "erased"
"""The outcome of a message that is not handled any more, and its `error_code` where it had waited."""
Erase = Callable[[Transaction, str, frozenset[str]], None]
"""Removes these parts of a complaint from a service's own tables. Again, or of one that is not known: harmless."""
_MARKS = "marks of erasures"


def erasures_table(metadata: MetaData) -> Table:
    """`parts` is a sorted list; `reason` and `erased_at` are of the newest erasing that removed anything."""
    erasures = Table(
        "erasures", metadata,
        Column("complaint_id", String(64), primary_key=True),
        Column("parts", Json, nullable=False),
        Column("reason", String(20), nullable=False),
        Column("erased_at", UtcDateTime, nullable=False),
    )  # fmt: skip
    Index("erasures_newest", erasures.c.erased_at)
    return erasures


def mark_erased(
    tx: Transaction, tables: MessagingTables, complaint_id: str, parts: Iterable[str], *, reason: str, at: datetime
) -> frozenset[str]:
    """Marks the parts beside those that are marked already; returns those that were new."""
    table, wanted = tables.erasures, frozenset(parts)
    row = {"complaint_id": complaint_id, "parts": sorted(wanted), "reason": reason, "erased_at": at}
    if insert_new(tx, table, [row], table.c.complaint_id):
        _remember(tx, {complaint_id: wanted})
        return wanted
    mine = table.c.complaint_id == complaint_id
    known = tx.execute(select(table).where(mine).with_for_update()).one()
    marked, new = wanted | set(known.parts), wanted - set(known.parts)
    _remember(tx, {complaint_id: marked})
    if new:
        newest_at, newest_reason = max((known.erased_at, known.reason), (at, reason))
        changes = {"parts": sorted(marked), "reason": newest_reason, "erased_at": newest_at}
        tx.execute(update(table).where(mine).values(changes))
    return new


@dataclass(frozen=True)
class Erasure:
    """What is marked of a complaint. `reason` is `retention` or `request`."""

    parts: frozenset[str]
    reason: str
    erased_at: datetime


def erasures_of(connection: Connection, tables: MessagingTables, complaint_ids: Iterable[str]) -> dict[str, Erasure]:
    """By complaint; one of which nothing is erased is not in it."""
    ids = sorted(set(complaint_ids))
    if not ids:
        return {}
    rows = connection.execute(_these(tables.erasures), {"ids": ids})
    return {row.complaint_id: Erasure(frozenset(row.parts), row.reason, row.erased_at) for row in rows}


@cache
def _these(erasures: Table) -> Select[Any]:
    """Built once, as building a statement costs more than running it: every message asks."""
    return select(*erasures.c).where(erasures.c.complaint_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True)
class ErasureGuard:
    """Keeps out what was erased: a message with erased words is not handled, and after one that brings back another
    part of an erased complaint that part is erased again. `erase` None: nothing but words is kept out.
    """

    tables: MessagingTables
    erase: Erase | None = None

    def look_up(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks once for all of them; the others answer from that, and from what this transaction marks."""
        wanted = {complaint_id for envelope in envelopes for complaint_id in _told_of(envelope)}
        found = erasures_of(tx.connection, self.tables, wanted)
        _remember(tx, {complaint_id: one.parts for complaint_id, one in found.items()})

    def closes(self, tx: Transaction, envelope: Envelope) -> bool:
        told_of = _told_of(envelope)
        return bool(told_of) and TEXT in _marks(tx).get(told_of[-1], ())

    def afterwards(self, tx: Transaction, envelope: Envelope) -> None:
        for complaint_id in _told_of(envelope):
            parts = _marks(tx).get(complaint_id)
            if parts and self.erase is not None:
                tx.flush()
                self.erase(tx, complaint_id, parts)


def erase_messages(tx: Transaction, tables: MessagingTables, complaint_id: str, *, joined: Iterable[str] = ()) -> int:
    """Removes the words from the service's messages about a complaint; returns how many messages had any.

    Messages heard and not done yet end as `discarded` with the code `erased`, so call it for a text that is marked.
    Published ones keep their row without a body; those not published yet stay, for the next time. `joined`: complaints
    that this one joined; what the service said of that holds words of it.
    """
    tx.flush()
    inbox, outbox = tables.inbox, tables.outbox
    kept = or_(inbox.c.body.is_not(None), inbox.c.last_error.is_not(None))
    count = _erase_heard(tx, inbox, and_(_about(inbox.c.subject, inbox.c.type, complaint_id), kept))
    count += _erase_said(tx, outbox, _about(outbox.c.subject, outbox.c.routing_key, complaint_id))
    follows = and_(inbox.c.type == ComplaintFollowed.TYPE, kept)
    for message_id in _of_follower(tx, inbox, follows, complaint_id):
        count += _erase_heard(tx, inbox, and_(inbox.c.message_id == message_id, kept))
    follows = and_(outbox.c.subject.in_(sorted(set(joined))), outbox.c.routing_key == ComplaintFollowed.TYPE)
    for message_id in _of_follower(tx, outbox, follows, complaint_id):
        count += _erase_said(tx, outbox, outbox.c.message_id == message_id)
    return count


def without_phrases(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision of the router whose text is erased: which rules spoke, where and how much, not what they found."""
    if "reasons" not in decision:
        return dict(decision)
    return {**decision, "reasons": [{**reason, "phrase": ""} for reason in decision["reasons"]]}


def _erase_heard(tx: Transaction, inbox: Table, which: ColumnElement[bool]) -> int:
    """A consumer that holds one of them loses it, and its effect."""
    ended: dict[str, Any] = {
        "state": "discarded", "error_code": ERASED, "body": None, "last_error": None, "due_at": None,
        "lease_owner": None, "lease_until": None,
    }  # fmt: skip
    count = tx.execute(update(inbox).where(which, inbox.c.state != "done").values(ended)).rowcount
    return count + tx.execute(update(inbox).where(which).values(last_error=None)).rowcount


def _erase_said(tx: Transaction, outbox: Table, which: ColumnElement[bool]) -> int:
    kept = and_(outbox.c.published_at.is_not(None), outbox.c.body != b"")
    return tx.execute(update(outbox).where(which, kept).values(body=b"", last_error=None)).rowcount


def _about(subject: ColumnElement[Any], type_: ColumnElement[Any], complaint_id: str) -> ColumnElement[bool]:
    """What a complaint's messages are, but for those that carry no words or only somebody else's."""
    return and_(subject == complaint_id, or_(type_.is_(None), type_.not_in(sorted(_without_own_words()))))


def _without_own_words() -> set[str]:
    return {type_ for type_ in known_types() if not event_class(type_).SEALED} | {ComplaintFollowed.TYPE}


def _of_follower(tx: Transaction, table: Table, which: ColumnElement[bool], follower: str) -> list[str]:
    rows = tx.execute(select(table.c.message_id, table.c.body).where(which))
    return [row.message_id for row in rows if _follower(bytes(row.body or b"")) == follower]


def _follower(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["data"]["follower_id"])
    except (ValueError, KeyError, TypeError):
        return None


def _told_of(envelope: Envelope) -> tuple[str, ...]:
    """The complaints that a message with words is about; the words are of the last one."""
    event = envelope.event
    if not event.SEALED:
        return ()
    return (envelope.subject, event.follower_id) if isinstance(event, ComplaintFollowed) else (envelope.subject,)


def _marks(tx: Transaction) -> dict[str, frozenset[str]]:
    marks: dict[str, frozenset[str]] = tx.memory.setdefault(_MARKS, {})
    return marks


def _remember(tx: Transaction, marks: Mapping[str, frozenset[str]]) -> None:
    _marks(tx).update(marks)
