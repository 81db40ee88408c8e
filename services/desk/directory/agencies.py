"""The agency directory. The pack is its seed: what the database says afterwards is the truth.

What people changed here survives every restart and every new pack, field by field (`merging.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.merging import fingerprint, merge, said_of
from services.desk.directory.repository import Entry
from shared.city import Agency
from shared.contracts.agency import AgencyChanged
from shared.messaging.outbox import Outbox
from shared.service import Spine
from shared.storage.database import Transaction

SYSTEM = "system"


def seed_agencies(spine: Spine, wanted: Iterable[Agency]) -> list[str]:
    """Brings new and changed agencies of the pack in and says each; returns their codes. Idempotent."""
    written = []
    with spine.database.write() as tx:
        now = spine.clock.now()
        for agency in sorted(wanted, key=lambda agency: agency.code):
            if bring_in(spine.outbox, tx, entry_of(agency), now, SYSTEM):
                written.append(agency.code)
        if written:
            timeline.record(
                tx, at=now, actor=SYSTEM, role=SYSTEM, act="directory.seed", subject="directory",
                details={"agencies": written},
            )  # fmt: skip
    return written


def bring_in(outbox: Outbox, tx: Transaction, wanted: Entry, now: datetime, actor: str, *, take: bool = False) -> bool:
    """Whether the directory says something else of this agency now. What the pack said is remembered in any case."""
    known = agencies.one(tx.connection, wanted.code)
    if known is None:
        return create(outbox, tx, wanted, now, actor)
    if known.pack and known.seeded == wanted.seeded and not take:
        return False
    merged = merge(known, wanted, take=take)
    if merged.came:
        return change(outbox, tx, known, merged.entry, now, actor) is not None
    if merged.entry != known:
        agencies.change(tx, merged.entry, from_revision=known.revision)
    return False


def create(outbox: Outbox, tx: Transaction, entry: Entry, now: datetime, actor: str) -> bool:
    """Writes and says a new agency; False when there is one of this code."""
    if not agencies.add(tx, entry):
        return False
    _said(outbox, tx, entry, now, actor)
    return True


def change(outbox: Outbox, tx: Transaction, known: Entry, changed: Entry, now: datetime, actor: str) -> Entry | None:
    """Writes and says what an agency is from now on, with the next revision; None when somebody else was faster."""
    changed = replace(changed, revision=known.revision + 1)
    if not agencies.change(tx, changed, from_revision=known.revision):
        return None
    if not agencies.versions(tx.connection, known.code, since=known.revision, most=1):
        agencies.keep_version(tx, known, now, "")  # of an older program: at least what it was until now
    _said(outbox, tx, changed, now, actor)
    return changed


def _said(outbox: Outbox, tx: Transaction, entry: Entry, now: datetime, actor: str) -> None:
    agencies.keep_version(tx, entry, now, actor)
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
            public_contact=entry.public_contact,
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
        public_contact=agency.public_contact,
    )  # fmt: skip
    return replace(entry, seeded=fingerprint(entry), pack=said_of(entry))
