"""Nothing is added to a complaint whose text was removed: nobody would ever read it."""

from __future__ import annotations

from services.intake.privacy import repository_due
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Transaction

REMOVED = sentence("Isi laporan ini sudah dihapus, sehingga tidak dapat ditambah lagi. Buat laporan baru.")


def refuse_erased(tx: Transaction, complaint_id: str) -> None:
    """Raises `Refused` (`already_removed`, 410). The caller holds the complaint's row."""
    if repository_due.is_text_erased(tx.connection, complaint_id):
        raise Refused(REMOVED, code="already_removed", status=410)
