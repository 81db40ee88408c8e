"""The agency directory. The pack is its seed: what the database says afterwards is the truth.

An entry is written again only when the pack's own entry differs from what the seed wrote last, so that a change made
here survives every restart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from services.desk import repository_agencies as agencies
from services.desk import repository_timeline as timeline
from services.desk.repository_agencies import Entry
from shared.city import Agency
from shared.contracts.agency import AgencyChanged
from shared.service import Spine
from shared.storage.database import Transaction


def seed_agencies(spine: Spine, wanted: Iterable[Agency]) -> list[str]:
    """Brings new and changed agencies of the pack in and says each; returns their codes. Idempotent."""
    written = []
    with spine.database.write() as tx:
        for agency in sorted(wanted, key=lambda agency: agency.code):
            entry = _written(tx, _entry_of(agency))
            if entry is not None:
                _say(spine, tx, entry)
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
    changed = replace(
        wanted, revision=known.revision + 1, valid_from=known.valid_from, valid_to=known.valid_to,
        endpoints={**known.endpoints, **wanted.endpoints},
    )  # fmt: skip
    return changed if agencies.change(tx, changed, from_revision=known.revision) else None


def _say(spine: Spine, tx: Transaction, entry: Entry) -> None:
    spine.outbox.say(
        tx,
        AgencyChanged(
            code=entry.code,
            revision=entry.revision,
            name=entry.name,
            kind=entry.kind,
            endpoints=entry.endpoints,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
            changed_at=spine.clock.now(),
        ),
    )


def _entry_of(agency: Agency) -> Entry:
    endpoints = {"email": agency.email} if agency.email else {}
    aliases = list(agency.aliases)
    content = [agency.code, agency.name, agency.kind, agency.places, endpoints, aliases]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    return Entry(agency.code, 1, agency.name, agency.kind, agency.places, endpoints, aliases, seeded=digest)
