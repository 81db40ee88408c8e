"""Where people said that complaints belong, and the decided complaints to try rules on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from services.router.circumstances import Circumstances
from services.router.learning.labelled import Labelled
from services.router.sample import Sample
from services.router.tables import decisions, labels
from shared.contracts.fields import Place
from shared.storage.database import Transaction
from shared.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Label:
    """A person with this role gave the complaint to this agency; `revision` is the complaint's after it."""

    complaint_id: str
    agency: str
    revision: int
    at: datetime
    role: str


def store_label(tx: Transaction, label: Label) -> None:
    """Keeps the newest revision, in whatever order revisions arrive."""
    row = {name: getattr(label, name) for name in Label.__dataclass_fields__}
    upsert(tx, labels, row, key=("complaint_id",), where=labels.c.revision < label.revision)


def labelled_cases(connection: Connection, since: datetime) -> list[Labelled]:
    """Complaints that people gave to an agency since then, in the order in which they did, as examples to learn from.

    A label whose complaint the router has not decided (yet), or whose text was erased, is left out.
    """
    chosen = (
        select(decisions.c.ticket, decisions.c.text, labels.c.agency)
        .join(decisions, decisions.c.complaint_id == labels.c.complaint_id)
        .where(labels.c.at >= since, decisions.c.text != "")
        .order_by(labels.c.at, labels.c.complaint_id)
    )
    return [Labelled(*row) for row in connection.execute(chosen)]


def recent_complaints(connection: Connection, since: datetime, most: int) -> list[Sample]:
    """The complaints decided since then whose text is there, the newest first, at most so many."""
    table = decisions
    columns = table.c.ticket, table.c.text, table.c.channel, table.c.kind, table.c.kecamatan, table.c.kelurahan
    chosen = (
        select(*columns, table.c.received_at, labels.c.agency)
        .join(labels, labels.c.complaint_id == table.c.complaint_id, isouter=True)
        .where(table.c.decided_at >= since, table.c.text != "")
        .order_by(table.c.decided_at.desc(), table.c.complaint_id.desc())
        .limit(most)
    )
    return [
        Sample(
            row.ticket, row.text, Place(kecamatan=row.kecamatan, kelurahan=row.kelurahan),
            Circumstances(row.channel or "", row.kind or "", row.received_at), row.agency or "",
        )
        for row in connection.execute(chosen)
    ]  # fmt: skip


def count_recent(connection: Connection, since: datetime) -> int:
    recent = decisions.c.decided_at >= since, decisions.c.text != ""
    return int(connection.execute(select(func.count()).where(*recent)).scalar_one())
