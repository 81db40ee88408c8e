"""What a person has begun to write: kept while it is being typed, shown to nobody else, gone when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, select

from services.desk.cases.acting import WORDS_ERASED
from services.desk.tables import drafts, messaging
from shared.contracts.fields import AttachmentFields
from shared.erasures import TEXT, erasures_of
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.upsert import upsert
from shared.timers import Timer, TimerHandler

ANSWER, QUESTION, NOTE = "answer", "question", "note"
KINDS = (ANSWER, QUESTION, NOTE)
MOST_DRAFT = 100_000
TIMER = "forget_drafts"
KEPT_FOR = timedelta(days=30)
FORGET_EVERY = timedelta(hours=12)
TOO_LONG = sentence("Terlalu panjang untuk disimpan: paling panjang %(most)s huruf.", most=MOST_DRAFT)
_KEY = ("login", "complaint_id", "kind")


@dataclass(frozen=True)
class Drawer:
    """Where a draft lies: of whom, for which case, for which kind of text."""

    login: str
    complaint_id: str
    kind: str


@dataclass(frozen=True)
class Draft:
    """`revision` counts from 1. `photos` are files of an answer that lie in intake already."""

    kind: str
    text: str
    photos: tuple[AttachmentFields, ...]
    revision: int
    saved_at: datetime


_OF_CASE = select(drafts).where(drafts.c.login == bindparam("login"), drafts.c.complaint_id == bindparam("which"))


def of_case(connection: Connection, login: str, complaint_id: str) -> dict[str, Draft]:
    """By kind."""
    rows = connection.execute(_OF_CASE, {"login": login, "which": complaint_id}).mappings()
    return {row["kind"]: _draft(row) for row in rows}


def save(
    tx: Transaction, drawer: Drawer, text: str, *, now: datetime, seen: int | None = None,
    photos: Sequence[AttachmentFields] | None = None,
) -> Draft | None:  # fmt: skip
    """The draft as it is kept now; None when it was saved somewhere else since revision `seen` (0: there was none).

    Without `seen` it is written in any case. Without `photos` those of before stay. Nothing left of it: it is gone,
    with revision 0. Raises `Refused` for what is too long, or about words that were erased.
    """
    if _is_erased(tx, drawer.complaint_id):
        raise Refused(WORDS_ERASED, code="erased", fields={drawer.kind: WORDS_ERASED})
    if len(text) > MOST_DRAFT:
        raise Refused(TOO_LONG, code="draft_too_long", fields={drawer.kind: TOO_LONG})
    before = _locked(tx, drawer)
    if seen is not None and seen != (before.revision if before else 0):
        return None
    files = tuple(photos) if photos is not None else before.photos if before else ()
    if not text.strip() and not files:
        drop(tx, drawer)
        return Draft(drawer.kind, "", (), 0, now)
    draft = Draft(drawer.kind, text, files, (before.revision if before else 0) + 1, now)
    row: dict[str, Any] = {
        "login": drawer.login, "complaint_id": drawer.complaint_id, "kind": drawer.kind, "text": text,
        "photos": list(files), "revision": draft.revision, "saved_at": now,
    }  # fmt: skip
    upsert(tx, drafts, row, key=_KEY)
    return draft


def drop(tx: Transaction, drawer: Drawer) -> None:
    tx.execute(delete(drafts).where(_is(drawer)))


def _is_erased(tx: Transaction, complaint_id: str) -> bool:
    marked = erasures_of(tx.connection, messaging, [complaint_id]).get(complaint_id)
    return marked is not None and TEXT in marked.parts


def forgetting(spine: Spine) -> TimerHandler:
    """What nobody has gone on with for a month goes."""

    def forget(tx: Transaction, _timer: Timer) -> datetime:
        now = spine.clock.now()
        tx.execute(delete(drafts).where(drafts.c.saved_at < now - KEPT_FOR))
        return now + FORGET_EVERY

    return forget


def order_forgetting(tx: Transaction, spine: Spine) -> None:
    spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now() + FORGET_EVERY)


def _locked(tx: Transaction, drawer: Drawer) -> Draft | None:
    row = tx.execute(select(*drafts.c).where(_is(drawer)).with_for_update()).mappings().first()
    return None if row is None else _draft(row)


def _is(drawer: Drawer) -> Any:
    return and_(
        drafts.c.login == drawer.login, drafts.c.complaint_id == drawer.complaint_id, drafts.c.kind == drawer.kind
    )


def _draft(row: RowMapping) -> Draft:
    return Draft(row["kind"], row["text"], tuple(row["photos"]), row["revision"], row["saved_at"])
