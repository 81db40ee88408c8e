"""Reading cases for an export, a page at a time: no connection is held while a slow receiver takes the last page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, Text, and_, cast, func, not_, or_, select, tuple_

from services.desk.cases.contents import ANSWER, REPORT
from services.desk.directory import repository as directory
from services.desk.export.record import Words, make_record
from services.desk.export.wanted import WITH, WITHOUT, Wanted
from services.desk.tables import case_contents, case_events, cases, messaging
from shared.city_sp4n import Sp4nMapping
from shared.contracts.fields import SP4N
from shared.erasures import TEXT, erasures_of
from shared.observability.masking import mask
from shared.storage.database import Database

PAGE = 500
_ENTERED = "entered"
_SHOWN = (
    cases.c.complaint_id, cases.c.ticket, cases.c.agency, cases.c.kind, cases.c.identity, cases.c.channel,
    cases.c.state, cases.c.kecamatan, cases.c.kelurahan, cases.c.latitude, cases.c.longitude, cases.c.decision,
    cases.c.external_refs, cases.c.received_at, cases.c.updated_at,
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How many cases an export holds, and how many confidential ones it leaves out."""

    count: int
    withheld: int


@dataclass(frozen=True)
class Exporter:
    database: Database
    sp4n: Sp4nMapping
    zone: ZoneInfo

    def count(self, wanted: Wanted) -> Counted:
        is_secret = cases.c.identity == "confidential"
        statement = select(is_secret, func.count()).where(*_filters(wanted, self.zone)).group_by(is_secret)
        with self.database.read() as connection:
            counts = {bool(secret): int(count) for secret, count in connection.execute(statement)}
        return Counted(counts.get(False, 0), counts.get(True, 0))

    def pages(self, wanted: Wanted, *, page: int = PAGE) -> Iterator[list[dict[str, str]]]:
        """Records by the time at which they were received. A case that changes meanwhile is as it is when read."""
        with self.database.read() as connection:
            names = {entry.code: entry.name for entry in directory.every(connection)}
        after: tuple[datetime, str] | None = None
        while True:
            with self.database.read() as connection:
                rows = _page(connection, wanted, self.zone, after, page)
                words = read_words(connection, [row["complaint_id"] for row in rows])
            if rows:
                yield [
                    make_record(
                        row, words.get(row["complaint_id"], Words()), sp4n=self.sp4n, agencies=names, zone=self.zone
                    )
                    for row in rows
                ]
            if len(rows) < page:
                return
            after = rows[-1]["received_at"], rows[-1]["complaint_id"]


def read_words(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, Words]:
    """What was written about each, masked: the report, the last answer, and the day that an officer noted.

    The one place where an export reads texts.
    """
    table = case_contents
    wanted = or_(and_(table.c.kind == REPORT, table.c.ref == REPORT), table.c.kind == ANSWER)
    statement = (
        select(table.c.complaint_id, table.c.kind, table.c.masked, table.c.place_detail, table.c.at)
        .where(table.c.complaint_id.in_(complaint_ids), wanted)
        .order_by(table.c.complaint_id, table.c.number, table.c.at)
    )
    words = dict.fromkeys(complaint_ids, Words())
    for complaint_id, erasure in erasures_of(connection, messaging, complaint_ids).items():
        if TEXT in erasure.parts:
            words[complaint_id] = Words(erased_at=erasure.erased_at)
    for row in connection.execute(statement):
        known = words[row.complaint_id]
        if row.kind == ANSWER:
            words[row.complaint_id] = replace(known, answer=row.masked, answered_at=row.at)
        else:
            words[row.complaint_id] = replace(known, text=row.masked, place_detail=mask(row.place_detail))
    entered = select(case_events.c.complaint_id, case_events.c.data).where(
        case_events.c.complaint_id.in_(complaint_ids), case_events.c.key == _ENTERED
    )
    for noted in connection.execute(entered):
        happened_on = str(noted.data.get("happened_on") or "")
        words[noted.complaint_id] = replace(words[noted.complaint_id], happened_on=happened_on)
    return words


def _page(
    connection: Connection, wanted: Wanted, zone: ZoneInfo, after: tuple[datetime, str] | None, page: int
) -> Sequence[RowMapping]:
    statement = select(*_SHOWN).where(*_filters(wanted, zone), cases.c.identity != "confidential")
    if after is not None:
        statement = statement.where(tuple_(cases.c.received_at, cases.c.complaint_id) > tuple_(*after))
    ordered = statement.order_by(cases.c.received_at, cases.c.complaint_id).limit(page)
    return connection.execute(ordered).mappings().all()


def _filters(wanted: Wanted, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    begins, ends = wanted.span(zone)
    filters: list[ColumnElement[bool]] = [cases.c.received_at >= begins, cases.c.received_at < ends]
    if wanted.agency:
        filters.append(cases.c.agency == wanted.agency)
    has_number = cast(cases.c.external_refs, Text).like(f'%"{SP4N}":%')
    if wanted.number == WITH:
        filters.append(has_number)
    elif wanted.number == WITHOUT:
        filters.append(not_(has_number))
    return filters
