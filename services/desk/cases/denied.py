"""Somebody asked for a case that is not for this person: noted, so that an auditor sees who tries doors."""

from __future__ import annotations

from sqlalchemy import select

from services.desk.cases import timeline
from services.desk.cases.case import Case
from services.desk.people.person import Person
from services.desk.tables import audit
from shared.errors import TanggapError
from shared.observability.logs import get_logger
from shared.service import Spine

log = get_logger("desk")
DENIED = "case.denied"


def note_denied(spine: Spine, person: Person, case: Case) -> None:
    """An audit row, at most one for each person, case and hour. Never keeps the page from saying no."""
    log.warning("case_not_for", login=person.login, ticket=case.ticket)
    now = spine.clock.now()
    mine = audit.c.subject == case.ticket, audit.c.act == DENIED, audit.c.actor == person.login
    hour = audit.c.at >= now.replace(minute=0, second=0, microsecond=0)
    try:
        with spine.database.read() as connection:
            if connection.execute(select(audit.c.seq).where(*mine, hour).limit(1)).first() is not None:
                return
        with spine.database.write() as tx:
            timeline.record(tx, at=now, actor=person.login, role=person.role, act=DENIED, subject=case.ticket)
    except TanggapError as error:
        log.error("denied_not_recorded", code=error.code)
