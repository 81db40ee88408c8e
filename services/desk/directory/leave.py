"""Leave entered, ended, and looked up. It begins and ends by itself; nobody has to switch anything."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.absences import Absence, acting, check_absence, with_rights_of
from services.desk.directory.days import day_of, end_of, start_of
from services.desk.people import repository as accounts
from services.desk.people.person import Person
from services.desk.tables import absences, people
from shared.errors import Refused
from shared.ids import new_id
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction

_ABSENT = (  # built once: each page of an agency's people needs it
    select(people)
    .join_from(absences, people, absences.c.login == people.c.login)
    .where(
        absences.c.acting_login == bindparam("acting"), absences.c.starts_at <= bindparam("now"),
        absences.c.ends_at > bindparam("now"),
    )
    .order_by(people.c.login)
)  # fmt: skip


def with_rights_of_absent(connection: Connection, person: Person, now: datetime) -> Person:
    """The person as he may act now: while somebody is away whose place he takes, with that one's rights too."""
    if not person.bound_to_agency:
        return person
    rows = connection.execute(_ABSENT, {"acting": person.login, "now": now}).mappings()
    return with_rights_of(person, [accounts.person_of(row) for row in rows])


def heads_of(connection: Connection, agency: str, now: datetime) -> list[Person]:
    """The active heads of an agency and who acts as one now; those who act carry `acting_for`."""
    staff = active_people(connection, agency)
    stand_ins = acting(staff.values(), absences_of(connection, agency, since=now), now)
    effective = [with_rights_of(person, stand_ins.get(login, [])) for login, person in staff.items()]
    return [person for person in effective if person.role == "head"]


def absences_of(connection: Connection, agency: str, *, since: datetime) -> list[Absence]:
    """Those that are not over at `since`, the earliest first."""
    mine = absences.c.agency == agency, absences.c.ends_at > since
    rows = connection.execute(select(*absences.c).where(*mine).order_by(absences.c.starts_at, absences.c.absence_id))
    return [Absence(**row) for row in rows.mappings()]


def active_people(connection: Connection, agency: str) -> dict[str, Person]:
    mine = people.c.agency == agency, people.c.active
    rows = connection.execute(select(*people.c).where(*mine).order_by(people.c.name, people.c.login)).mappings()
    return {row["login"]: accounts.person_of(row) for row in rows}


def enter_leave(
    spine: Spine, zone: ZoneInfo, by: Person, agency: str, login: str, acting_login: str, first: date | None,
    last: date | None,
) -> Absence:  # fmt: skip
    """Both days belong to the leave. The same form again is done once. Raises `Refused` with a sentence per field."""
    if first is None or last is None:
        wrong = sentence("Isi tanggal, seperti 2026-12-31")
        fields: dict[str, str] = {name: wrong for name, day in (("starts", first), ("ends", last)) if day is None}
        raise Refused(sentence("Cuti belum dicatat."), code="absence_refused", fields=fields)
    now = spine.clock.now()
    wanted = Absence(
        new_id(), agency, login, acting_login, start_of(first, zone), end_of(last, zone), by.login, now
    )  # fmt: skip
    with spine.database.write() as tx:
        _hold(tx, agency)
        known = absences_of(tx.connection, agency, since=now)
        for one in known:
            if replace(wanted, absence_id=one.absence_id, created_at=one.created_at) == replace(one, ended_by=None):
                return one
        staff = active_people(tx.connection, agency)
        check_absence(staff, known, wanted, today=start_of(day_of(now, zone), zone))
        tx.execute(insert(absences).values(**asdict(wanted)))
        details = {"login": login, "acting": acting_login, "from": first.isoformat(), "to": last.isoformat()}
        timeline.record(
            tx, at=now, actor=by.login, role=by.role, act="leave.enter", subject=agency[:64], details=details
        )  # fmt: skip
    return wanted


def end_leave(spine: Spine, by: Person, agency: str, absence_id: str) -> Absence | None:
    """It is over now; what had not begun never holds. None when there is none; one that is over stays as it is."""
    now = spine.clock.now()
    with spine.database.write() as tx:
        _hold(tx, agency)
        mine = absences.c.absence_id == absence_id, absences.c.agency == agency
        row = tx.execute(select(*absences.c).where(*mine)).mappings().first()
        if row is None:
            return None
        absence = Absence(**row)
        if absence.ends_at <= now:
            return absence
        ended = replace(absence, ends_at=max(now, absence.starts_at), ended_by=by.login)
        if absence.starts_at >= now:
            ended = replace(ended, starts_at=now, ends_at=now)
        values = {"starts_at": ended.starts_at, "ends_at": ended.ends_at, "ended_by": by.login}
        tx.execute(update(absences).where(*mine).values(**values))
        details = {"login": absence.login, "acting": absence.acting_login, "planned_end": absence.ends_at.isoformat()}
        timeline.record(
            tx, at=now, actor=by.login, role=by.role, act="leave.end", subject=agency[:64], details=details
        )  # fmt: skip
    return ended


def _hold(tx: Transaction, agency: str) -> None:
    """Leave of one agency is judged one after the other."""
    agencies.hold(tx, agency)
