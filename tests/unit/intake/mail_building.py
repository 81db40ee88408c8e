"""The mail side of intake built for a test: a real database and folder, a broker in memory, a held clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from services.intake import tables
from services.intake.accept import Door
from services.intake.app import MIGRATIONS
from services.intake.mail.intake import MailIntake, Taken
from services.intake.mail.listener import MailListener
from services.intake.mail.quarantine import Quarantine
from services.intake.mail.room import build_mail_intake
from services.intake.parts import IntakeParts
from services.intake.submission import Contact, Submission
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.intake.building import HeldClock, settings, small_city
from tests.unit.intake.mail_world import OTHER_TICKET, SERVER, TICKET

OURS: dict[str, Any] = {
    "mail_addresses": ("lapor@kota.example.org",),
    "mail_from": "tanggap@kota.example.org",
    "authserv_id": SERVER,
}
_KEPT = (tables.complaints, tables.additions, tables.quarantine, tables.refusals, tables.raw_messages)


@dataclass(repr=False)
class MailWorld:
    parts: IntakeParts
    intake: MailIntake
    database: Database
    clock: HeldClock
    metrics: Metrics
    tickets: list[str] = field(default_factory=list)
    """The next tickets to be drawn; then real ones."""

    @property
    def door(self) -> Door:
        return self.parts.door

    def take(self, raw: bytes, mail_from: str | None = "siti@example.org", *to: str, **more: Any) -> Taken:
        return self.intake.take(raw, mail_from, to or ("lapor@kota.example.org",), **more)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(*table.c))]

    def totals(self) -> dict[str, int]:
        """Rows of what a mail can become."""
        with self.database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _KEPT
            }

    def said(self) -> list[Any]:
        """The facts in the outbox, decoded."""
        bodies = [bytes(row["body"]) for row in self.rows(self.parts.spine.tables.outbox) if row["body"]]
        return [self.parts.spine.codec.decode(body).event for body in bodies]

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self.parts.spine, self.intake.raws, self.intake)

    def files(self) -> int:
        return len(list(self.parts.attachments.names()))

    def complaint_of(self, address: str, ticket: str) -> str:
        """A complaint that is known, with this contact."""
        self.tickets.append(ticket)
        receipt = self.parts.door.accept(
            Submission(
                channel="web", account="form", text=f"Lampu padam {ticket}.", sender=address,
                contact=Contact(email=address),
            )
        )  # fmt: skip
        return receipt.complaint_id

    def know_two_complaints(self) -> tuple[str, str]:
        return (
            self.complaint_of("siti@example.org", TICKET),
            self.complaint_of("budi@example.org", OTHER_TICKET),
        )

    def listener(self, intake: Any = None, *, lmtp: bool = False) -> MailListener:
        return MailListener(intake or self.intake, "127.0.0.1", 0, lmtp=lmtp)


@contextmanager
def mail_world(folder: Path, url: str | None = None, **changes: Any) -> Iterator[MailWorld]:
    database, clock, metrics = Database(url or f"sqlite:///{folder}/intake.db"), HeldClock(), Metrics()
    migrate(database.engine, MIGRATIONS)
    chosen = settings(**changes)
    chosen = replace(chosen, common=replace(chosen.common, data=folder))
    parts = IntakeParts.of(chosen, database, MemoryBroker(TOPOLOGY), clock, metrics, small_city())
    tickets: list[str] = []
    draw = parts.door.draw_ticket
    door = replace(parts.door, draw_ticket=lambda prefix: tickets.pop(0) if tickets else draw(prefix))
    parts = replace(parts, door=door)
    try:
        yield MailWorld(parts, build_mail_intake(chosen, parts), database, clock, metrics, tickets)
    finally:
        database.close()
