"""In which language a citizen is written to: as the receipt was, since later facts about a complaint do not say it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from services.notifier.delivery import CITIZEN, RECEIPT
from services.notifier.tables import deliveries
from shared.storage.database import Transaction

_KEY = "languages"


def note_language(tx: Transaction, complaint_id: str, language: str) -> None:
    """For facts about the same complaint in the same transaction, which does not see the receipt's row yet."""
    tx.memory.setdefault(_KEY, {})[complaint_id] = language


def look_up_languages(tx: Transaction, complaint_ids: Iterable[str]) -> None:
    """Asks once for a whole batch. What is not known is the city's own."""
    known: dict[str, str] = tx.memory.setdefault(_KEY, {})
    wanted = sorted({one for one in complaint_ids if one not in known})
    if not wanted:
        return
    receipts = (deliveries.c.recipient == CITIZEN) & (deliveries.c.message == RECEIPT)
    statement = select(deliveries.c.complaint_id, deliveries.c.language).where(receipts)
    found = tx.execute(statement.where(deliveries.c.complaint_id.in_(wanted)))
    known.update({**dict.fromkeys(wanted, ""), **{row.complaint_id: row.language for row in found}})


def language_of(tx: Transaction, complaint_id: str) -> str:
    """Empty for the city's own."""
    look_up_languages(tx, [complaint_id])
    return str(tx.memory[_KEY][complaint_id])
