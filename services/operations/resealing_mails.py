"""The same for mails as they came: pieces sealed one by one, in their row or in a file that is named by its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, update

from services.intake.tables import raw_messages
from services.operations.installation import Installation
from services.operations.resealing import Progress, Resealed
from services.operations.sealed_places import CONTACT
from shared.blobs import BlobFolder
from shared.errors import Rejected
from shared.sealing import Sealer

_CHUNK = 100
_NAME = "intake.raw_messages"


def reseal_mails(installation: Installation, keys: str, sealer: Sealer, *, progress: Progress) -> Resealed:
    """One pass. A file is there under its new name before its row says so, and under the old one until it has."""
    total, looked_at = Resealed(), 0
    if keys != CONTACT:
        return total
    folder = BlobFolder(installation.location.data / "attachments")
    for rows in _held(installation):
        for row in rows:
            total = total.plus(_reseal(installation, folder, sealer, row))
        looked_at += len(rows)
        progress(_NAME, looked_at)
    return total


def _reseal(installation: Installation, folder: BlobFolder, sealer: Sealer, row: Any) -> Resealed:
    sealed = row.sealed.encode("ascii", "replace") or folder.get(row.sha256)
    if not sealed:  # removed meanwhile, or missing: `tanggap reconcile` tells of that
        return Resealed()
    try:
        fresh = b"\n".join(
            sealer.reseal(piece.decode("ascii", "replace")).encode("ascii") for piece in sealed.split(b"\n")
        )
    except Rejected:
        return Resealed(unreadable=1)
    if fresh == sealed:
        return Resealed()
    values = {"sha256": hashlib.sha256(fresh).hexdigest(), "sealed": fresh.decode("ascii") if row.sealed else ""}
    if not row.sealed:
        folder.put(fresh)
    mine = (raw_messages.c.raw_id == row.raw_id, raw_messages.c.sha256 == row.sha256)
    with installation.members["intake"].database.write() as tx:
        changed = tx.execute(update(raw_messages).where(*mine).values(values)).rowcount
    if not row.sealed:
        folder.remove(row.sha256 if changed else values["sha256"])
    return Resealed(done=changed)


def _held(installation: Installation) -> Iterator[Sequence[Any]]:
    table = raw_messages
    chunk = rest = select(table.c.raw_id, table.c.sha256, table.c.sealed).order_by(table.c.raw_id).limit(_CHUNK)
    while True:
        with installation.members["intake"].database.read() as connection:
            rows = connection.execute(rest).all()
        if not rows:
            return
        yield rows
        rest = chunk.where(table.c.raw_id > rows[-1].raw_id)
