"""The agency directory. The pack is its seed: what the database says afterwards is the truth.

An entry is written again only when the pack's own entry differs from what the seed wrote last, so that a change made
here survives every restart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.repository import Entry
from shared.city import Agency
from shared.contracts.agency import AgencyChanged
from shared.messaging.outbox import Outbox
from shared.service import Spine
from shared.storage.database import Transaction

PACK_ENDPOINTS = ("email", "sms", "webhook")
"""The ways whose address a pack may say. A queue is made by an operator, with its user."""


def seed_agencies(spine: Spine, wanted: Iterable[Agency]) -> list[str]:
    """Brings new and changed agencies of the pack in and says each; returns their codes. Idempotent."""
    written = []
    with spine.database.write() as tx:
        for agency in sorted(wanted, key=lambda agency: agency.code):
            entry = _written(tx, entry_of(agency))
            if entry is not None:
                say_changed(spine.outbox, tx, entry, spine.clock.now())
                written.append(entry.code)
        if written:
            timeline.record(
                tx, at=spine.clock.now(), actor="system", role="system", act="directory.seed", subject="directory",
                details={"agencies": written},
            )  # fmt: skip
    return written


def _written(tx: Transaction, wanted: Entry) -> Entry | None:
    """The entry as it stands now, or None when nothing was to be written."""
    known = agencies.one(tx.connection, wanted.code)
    if known is None:
        return wanted if agencies.add(tx, wanted) else None
    if known.seeded == wanted.seeded:
        return None
    changed = over(known, wanted)
    return changed if agencies.change(tx, changed, from_revision=known.revision) else None


def over(known: Entry, wanted: Entry) -> Entry:
    """The pack's entry in the place of ours. Ways and wishes of which the pack says nothing stay as they are here."""
    return replace(
        wanted, revision=known.revision + 1, valid_from=known.valid_from, valid_to=known.valid_to,
        endpoints={**known.endpoints, **wanted.endpoints}, channels=wanted.channels or known.channels,
        language=wanted.language or known.language, reminders=wanted.reminders and known.reminders,
    )  # fmt: skip


def say_changed(outbox: Outbox, tx: Transaction, entry: Entry, now: datetime) -> None:
    """Says what an entry is now; call it in the transaction that wrote it."""
    outbox.say(
        tx,
        AgencyChanged(
            code=entry.code,
            revision=entry.revision,
            name=entry.name,
            kind=entry.kind,
            endpoints=entry.endpoints,
            channels=entry.channels,
            language=entry.language,
            reminders=entry.reminders,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
            changed_at=now,
        ),
    )


def entry_of(agency: Agency) -> Entry:
    """What the pack says of an agency, as an entry that was never changed."""
    entry = Entry(
        agency.code, 1, agency.name, agency.kind, agency.places, agency.endpoints, list(agency.aliases),
        channels=list(agency.channels), language=agency.language, reminders=agency.reminders,
    )  # fmt: skip
    return replace(entry, seeded=fingerprint(entry))


def fingerprint(entry: Entry) -> str:
    """Of all that a pack says about an agency, and nothing else.

    What packs could not say at first is left out while it is as usual, so that fingerprints of then are still right.
    """
    endpoints = {name: address for name, address in sorted(entry.endpoints.items()) if name in PACK_ENDPOINTS}
    content: list[object] = [entry.code, entry.name, entry.kind, entry.places, endpoints, list(entry.aliases)]
    if entry.channels or entry.language or not entry.reminders:
        content += [list(entry.channels), entry.language, entry.reminders]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
