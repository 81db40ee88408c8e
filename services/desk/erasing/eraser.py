"""Removing parts of a complaint from the desk's tables: words, photos, who wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from services.desk import repository as cases
from services.desk.cases import contents, timeline
from services.desk.cases.case import Happening
from services.desk.erasing import remains
from services.desk.erasing.index_words import order_merge
from services.desk.tables import api_photos, case_contents, case_events, drafts
from shared.erasures import PHOTOS, TEXT, erase_messages, erasures_of
from shared.service import Spine
from shared.storage.database import Transaction

ERASED = "erased"
"""The act of the line of the timeline that tells of it; no step, since the case goes on as it was."""


@dataclass(frozen=True)
class Eraser:
    """In the transaction of the caller, as often as it is called, and also of a case that is not known (yet)."""

    spine: Spine

    def erase(self, tx: Transaction, complaint_id: str, parts: frozenset[str]) -> None:
        case = cases.lock(tx, complaint_id)
        if case is not None:
            left = remains.of_case(case, parts)
            if left != case:
                cases.change(tx, left)
            _erase_steps(tx, complaint_id, parts)
        if TEXT in parts:
            erase_messages(tx, self.spine.tables, complaint_id)
            _erase_words(tx, complaint_id)
            order_merge(tx, self.spine)
        elif PHOTOS in parts:
            _erase_photos(tx, complaint_id)
        self._tell(tx, complaint_id)

    def _tell(self, tx: Transaction, complaint_id: str) -> None:
        marked = erasures_of(tx.connection, self.spine.tables, [complaint_id]).get(complaint_id)
        if marked is None:
            return
        for part in sorted(marked.parts):
            key, data = f"{ERASED}:{part}", {"part": part, "reason": marked.reason}
            timeline.add(tx, Happening(complaint_id, key, marked.erased_at, "system", "system", ERASED, "", data))


def _erase_steps(tx: Transaction, complaint_id: str, parts: frozenset[str]) -> None:
    mine = case_events.c.complaint_id == complaint_id
    statement = select(case_events.c.key, case_events.c.act, case_events.c.data)
    for row in tx.execute(statement.where(mine, case_events.c.act.in_(remains.STEPS))).all():
        left = remains.of_step(row.act, row.data, parts)
        if left != row.data:
            tx.execute(update(case_events).where(mine, case_events.c.key == row.key).values(data=left))


def _erase_words(tx: Transaction, complaint_id: str) -> None:
    """Words in the index of the search go with their content. What followers said in this case is theirs."""
    for table in (drafts, api_photos):
        tx.execute(delete(table).where(table.c.complaint_id == complaint_id))
    tx.execute(delete(case_contents).where(or_(_own(complaint_id), _as_follower(complaint_id))))


def _erase_photos(tx: Transaction, complaint_id: str) -> None:
    tx.execute(delete(api_photos).where(api_photos.c.complaint_id == complaint_id))
    tx.execute(update(drafts).where(drafts.c.complaint_id == complaint_id).values(photos=[]))
    mine = or_(_own(complaint_id), _as_follower(complaint_id))
    tx.execute(update(case_contents).where(mine).values(photos=[]))


def _own(complaint_id: str) -> Any:
    return and_(case_contents.c.complaint_id == complaint_id, case_contents.c.kind != contents.FOLLOWER)


def _as_follower(complaint_id: str) -> Any:
    """What this complaint's sender said in the case that he or she joined."""
    return case_contents.c.ref == f"{contents.FOLLOWER}:{complaint_id}"
