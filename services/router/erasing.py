"""What the router removes when a complaint's text is erased. Where it went, by which rules and how surely, stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select, update

from services.router.internal.bodies import MOST_DAYS
from services.router.tables import decisions, draft_trials, reassessments
from shared.erasures import TEXT, erase_messages, without_phrases
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class Eraser:
    """A contact or a photo the router never has."""

    spine: Spine

    def erase(self, tx: Transaction, complaint_id: str, parts: frozenset[str]) -> None:
        if TEXT not in parts:
            return
        erase_messages(tx, self.spine.tables, complaint_id)
        for table in (decisions, reassessments):
            _erase_words(tx, table, complaint_id)
        _erase_from_trials(tx, complaint_id)


def _erase_words(tx: Transaction, table: Table, complaint_id: str) -> None:
    key = table.primary_key.columns[0]
    mine = table.c.complaint_id == complaint_id, table.c.text != ""
    for row in tx.execute(select(key.label("key"), table.c.decision).where(*mine).with_for_update()).all():
        left = {"text": "", "decision": without_phrases(row.decision)}
        tx.execute(update(table).where(key == row.key).values(left))


def _erase_from_trials(tx: Transaction, complaint_id: str) -> None:
    """What a draft of the rules would have found in it; that it would have moved stays counted."""
    columns = decisions.c.ticket, decisions.c.decided_at
    decided = tx.execute(select(*columns).where(decisions.c.complaint_id == complaint_id)).first()
    if decided is None:
        return
    until = decided.decided_at + timedelta(days=MOST_DAYS + 1)
    asked = draft_trials.c.asked_at.between(decided.decided_at, until)
    for row in tx.execute(select(draft_trials.c.draft_id, draft_trials.c.result).where(asked)).all():
        left = _without_phrases_of(decided.ticket, row.result or {})
        if left != (row.result or {}):
            tx.execute(update(draft_trials).where(draft_trials.c.draft_id == row.draft_id).values(result=left))


def _without_phrases_of(ticket: str, result: Mapping[str, Any]) -> dict[str, Any]:
    complaints = [
        {**one, "gained": [], "lost": []} if one["id"] == ticket else one for one in result.get("complaints", ())
    ]
    return {**result, "complaints": complaints} if "complaints" in result else dict(result)
