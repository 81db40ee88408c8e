"""Complaints with all that can belong to one, and a search through everything that is left of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.intake import tables
from services.intake.contacts import TypedContact
from services.intake.privacy.holder import Holder
from services.intake.privacy.purging import Purge
from services.intake.rating import Rating
from services.intake.submission import Addition, Contact, KeptRaw, Receipt, Submission
from services.intake.tables import metadata
from shared.city_retention import USUAL_RETENTION, CityRetention
from shared.contracts.complaint import ComplaintErased
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.sealing import Sealer
from tests.integration.answering import answered, closed, hear
from tests.support import photo_files
from tests.unit.intake.building import KEY
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world

EMAIL, PHONE, NAME = "siti.rahayu@example.org", "+6281200001234", "Siti Rahayu"
WORD = "berlubangsangatdalam"
"""A word that nothing but the text of the complaint has."""
TRACES = (EMAIL, "81200001234", NAME, WORD)


@contextmanager
def world(folder: Path, url: str | None = None) -> Iterator[MailWorld]:
    with mail_world(folder, url, **OURS) as built:
        yield built


def photo(seed: int = 0) -> bytes:
    return photo_files.jpeg(photo_files.scene(320 + seed, 240))


def submitted(text: str = f"Jalan {WORD} di Cibeber.", **more: Any) -> Submission:
    usual = Submission(
        channel="web", account="form", text=text, provider_id=f"{EMAIL}-1", sender=EMAIL,
        place=Place("Cimahi Selatan", "Cibeber", f"rumah {NAME}", -6.9, 107.5), identity="open",
        contact=Contact(EMAIL, PHONE, NAME), recipients=(EMAIL,),
    )  # fmt: skip
    return replace(usual, **more)


def whole_complaint(built: MailWorld, **more: Any) -> Receipt:
    """With photos, a raw mail, an addition, an answer with a question, a rating; closed a day after it came."""
    photos = built.parts.photos.keep([photo()]).kept
    if "raw" not in more:
        more["raw"] = built.intake.raws.keep(f"From: {EMAIL}\n\n{WORD} {PHONE}".encode() + os.urandom(150_000))
    receipt = built.door.accept(submitted(**{"photos": photos, **more}))
    own = receipt.complaint_id
    addition = Addition(own, "addition", "email", "smtp", f"Makin {WORD}.", f"{EMAIL}-2", EMAIL)
    built.parts.additions.add(replace(addition, photos=built.parts.photos.keep([photo(1)]).kept))
    built.clock.moment += timedelta(days=1)
    hear(built, answered(built, own, answer=f"Ibu {NAME}, {WORD} sudah ditutup."))
    built.parts.ratings.rate(Rating(own, 4, "web", "form", f"Puas, {NAME}"))
    hear(built, closed(built, own, reason=f"Selesai untuk {NAME}"))
    published(built)
    return receipt


def published(built: MailWorld) -> None:
    """All that was said has gone out."""
    outbox = built.parts.spine.tables.outbox
    with built.database.write() as tx:
        tx.execute(outbox.update().values(published_at=built.clock.now()))


def purge(built: MailWorld, retention: CityRetention = USUAL_RETENTION) -> Purge:
    return replace(built.parts.purge, retention=retention)


def holder(built: MailWorld) -> tuple[Holder, TypedContact]:
    found = Holder(built.parts.purge.erasing, built.parts.vault, built.intake.raws)
    return found, found.vault.typed(EMAIL)


def erased_facts(built: MailWorld) -> list[ComplaintErased]:
    codec = built.parts.spine.codec
    bodies = [bytes(row["body"]) for row in built.rows(built.parts.spine.tables.outbox)]
    found = [codec.decode(body).event for body in bodies if body]
    return [fact for fact in found if isinstance(fact, ComplaintErased)]


def traces(built: MailWorld, *wanted: str) -> list[str]:
    """Where any of these stands still: every column of every table, opened; every file by its name and content."""
    found = []
    for table in metadata.sorted_tables:
        with built.database.read() as connection:
            rows = connection.execute(select(*table.c)).mappings().all()
        for row in (_read_mail(built, dict(row)) for row in rows):
            for column, value in row.items():
                told = _opened(built, value)
                found += [f"{table.name}.{column}: {one}" for one in wanted or TRACES if one.lower() in told.lower()]
    return found


def _read_mail(built: MailWorld, row: dict[str, Any]) -> dict[str, Any]:
    if "raw_id" not in row:
        return row
    return {**row, "sealed": built.intake.raws.read(KeptRaw(row["sha256"], row["size"], row["sealed"])) or ""}


def _opened(built: MailWorld, value: Any) -> str:
    text = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
    pieces = [text]
    for sealer in (built.parts.vault.sealer, Sealer((KEY,))):
        for token in _tokens(text):
            try:
                pieces.append(sealer.unseal(token))
            except Rejected:
                continue
    return "\n".join(pieces)


def _tokens(text: str) -> list[str]:
    try:
        document = json.loads(text)
    except ValueError:
        return text.split()
    return [piece.strip('",{}[]: ') for piece in json.dumps(document).replace('"', " ").split()]


def ended(built: MailWorld, complaint_id: str) -> dict[str, Any]:
    return next(row for row in built.rows(tables.complaints) if row["complaint_id"] == complaint_id)
