"""Photos that agencies send with their answers: taken in before the answer, shown to the citizen after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, select

from services.intake import repository_additions
from services.intake.submission import KeptPhoto
from services.intake.tables import answer_photos
from shared.contracts.fields import AttachmentFields
from shared.storage.database import Transaction
from shared.storage.upsert import add_new

UNSENT = ""
"""The event of a photo whose answer was not sent yet."""
_SENT = (  # built once, as building a statement costs more than running it
    select(answer_photos)
    .where(answer_photos.c.complaint_id == bindparam("which"), answer_photos.c.event != UNSENT)
    .order_by(answer_photos.c.event, answer_photos.c.position)
)


@dataclass(frozen=True)
class AnswerPhoto:
    """`preview` is the digest of a small copy, or of the photo itself."""

    sha256: str
    preview: str
    width: int
    height: int


def take_in(tx: Transaction, complaint_id: str, photo: KeptPhoto, at: datetime) -> None:
    """For an answer that is still being written. Again: stays as it is."""
    row = {"sha256": photo.sha256, "preview": photo.preview, "width": photo.width, "height": photo.height}
    add_new(tx, answer_photos, [{"complaint_id": complaint_id, "event": UNSENT, "position": 0, "at": at, **row}])


def add(tx: Transaction, complaint_id: str, event: str, photos: Sequence[AttachmentFields], at: datetime) -> None:
    """Those of an answer that was sent. What is there already stays."""
    rows = [
        {
            "complaint_id": complaint_id, "event": event, "sha256": photo["sha256"], "position": position,
            "preview": photo.get("preview"), "width": photo.get("width", 0), "height": photo.get("height", 0), "at": at,
        }
        for position, photo in enumerate(photos)
    ]  # fmt: skip
    if rows:
        add_new(tx, answer_photos, rows)


def of_complaint(connection: Connection, complaint_id: str) -> dict[str, tuple[AnswerPhoto, ...]]:
    """By the event of the answer, in the order in which they were sent; none that was not sent."""
    found: dict[str, list[AnswerPhoto]] = {}
    for row in connection.execute(_SENT, {"which": complaint_id}):
        photo = AnswerPhoto(row.sha256, row.preview or row.sha256, row.width, row.height)
        found.setdefault(row.event, []).append(photo)
    return {event: tuple(photos) for event, photos in found.items()}


def is_photo(connection: Connection, digest: str) -> bool:
    for column in (answer_photos.c.sha256, answer_photos.c.preview):
        if connection.execute(select(column).where(column == digest).limit(1)).first() is not None:
            return True
    return False


def forget_unsent(tx: Transaction, before: datetime, remove: Callable[[str], None]) -> None:
    """Those taken in before that moment whose answer never came; files that nothing else holds go after the commit."""
    old = (answer_photos.c.event == UNSENT) & (answer_photos.c.at < before)
    rows = tx.execute(select(answer_photos.c.sha256, answer_photos.c.preview).where(old)).all()
    tx.execute(delete(answer_photos).where(old))
    for digest in sorted({digest for row in rows for digest in row if digest}):
        if not is_photo(tx.connection, digest) and not repository_additions.is_photo(tx.connection, digest):
            tx.after_commit(partial(remove, digest))
