"""Noting at the desk that somebody entered a complaint: one audit row and one line of its timeline.

Intake has stored the complaint before, with an audit row of its own. What is noted here holds no words of it and no
tracking code.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select

from services.desk.assisted.entries import Receipt
from services.desk.cases import timeline
from services.desk.people.person import Person
from services.desk.tables import audit, case_events
from shared.service import Spine
from shared.storage.upsert import insert_new

ENTERED, ACT = "entered", "case.enter"


def note_entry(spine: Spine, person: Person, receipt: Receipt, key: str) -> bool:
    """False when it was noted before: the same form, which `key` tells, came again."""
    now = spine.clock.now()
    data = {
        "name": person.name, "agency": person.agency or "", "channel": receipt.channel, "office": receipt.office,
        "happened_on": receipt.happened_on,
    }  # fmt: skip
    row = {
        "complaint_id": receipt.complaint_id, "key": ENTERED, "at": now, "actor": person.login, "role": person.role,
        "act": ENTERED, "note": "", "data": data, "seq": 0,
    }  # fmt: skip
    with spine.database.write() as tx:
        if not insert_new(tx, case_events, [row], case_events.c.key):
            return False
        details = {"complaint_id": receipt.complaint_id, "channel": receipt.channel, "sp4n": receipt.sp4n}
        details["form"] = _mark(key)
        timeline.record(
            tx, at=now, actor=person.login, role=person.role, act=ACT, subject=receipt.ticket,
            details=details,
        )  # fmt: skip
    return True


def is_of_form(connection: Connection, ticket: str, key: str) -> bool:
    """Whether this form became the complaint with that ticket."""
    rows = connection.execute(select(audit.c.details).where(audit.c.subject == ticket, audit.c.act == ACT))
    return any(row.details.get("form") == _mark(key) for row in rows)


def _mark(key: str) -> str:
    """What tells a form again without being its key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]
