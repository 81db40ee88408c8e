"""The notifier's database and spine without its workers: a test stores deliveries and tells what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

import services.notifier
from services.notifier import repository
from services.notifier.delivery import CITIZEN, Planned, lane_of
from services.notifier.feedback.handlers import FeedbackHandlers
from services.notifier.tables import alerts, deliveries, messaging, metadata, reports
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAcknowledged
from shared.contracts.delivery import DeliveryFinished, DeliveryReported
from shared.contracts.envelope import Codec, Envelope
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.migrated import migrate

MIGRATIONS = Path(services.notifier.__file__).parent / "migrations"
DISHUB = {"email": "dishub@cimahi.example", "webhook": "https://dishub.example/in"}
BPBD = {"email": "bpbd@cimahi.example"}


@dataclass
class World:
    spine: Spine
    clock: MovableClock
    notifications: Notifications

    @property
    def database(self) -> Database:
        return self.spine.database

    def hear(self, *facts: Any) -> None:
        table = FeedbackHandlers(self.spine, self.notifications).table()
        for fact in facts:
            with self.database.write() as tx:
                table[fact.TYPE](tx, Envelope.of(fact, source="test", time=self.clock.now()))

    def agency(self, code: str, endpoints: Mapping[str, str], **more: Any) -> None:
        row = {"code": code, "revision": 1, "name": code, "kind": "internal", "endpoints": dict(endpoints),
               "channels": [], "language": "", "reminders": True,
               "public_contact": "", **more}  # fmt: skip
        with self.database.write() as tx:
            repository.store_agency(tx, row)

    def plan(self, complaint_id: str = "c1", *, recipient: str = "DISHUB", **more: Any) -> Planned:
        usual = {"message": "receipt" if recipient == CITIZEN else "case_notice", "channel": "email",
                 "due_at": self.clock.now(), "data": {"text": "Jalan berlubang"}, "assignment": 1}  # fmt: skip
        return Planned(complaint_id=complaint_id, ticket="CMH-1", recipient=recipient, **{**usual, **more})

    def store(self, *planned: Planned, **changes: Any) -> list[str]:
        """Stored as if they had come so far; their ids."""
        ids = []
        for one in planned:
            with self.database.write() as tx:
                repository.add_pending(tx, [one], self.clock.now())
            with self.database.write() as tx:
                mine = deliveries.c.complaint_id == one.complaint_id, deliveries.c.message == one.message
                statement = select(deliveries.c.delivery_id).where(*mine, deliveries.c.assignment == one.assignment)
                ids.append(tx.execute(statement).scalar_one())
                if changes:
                    tx.execute(update(deliveries).where(deliveries.c.delivery_id == ids[-1]).values(changes))
        return ids

    def sent(self, complaint_id: str = "c1", *, recipient: str = "DISHUB", **changes: Any) -> str:
        channel = changes.pop("channel", "email")
        planned = self.plan(complaint_id, recipient=recipient, channel=channel)
        end = {"state": "sent", "reason": "accepted", "attempts": 1, "finished_at": self.clock.now(),
               "lane": lane_of(channel, recipient)}  # fmt: skip
        if recipient == CITIZEN:
            end["recipient_key"] = f"key-{complaint_id}"
        return self.store(planned, **{**end, **changes})[0]

    def change(self, delivery_id: str, **values: Any) -> None:
        with self.database.write() as tx:
            tx.execute(update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(values))

    def row(self, delivery_id: str) -> dict[str, Any]:
        with self.database.read() as connection:
            return dict(
                connection.execute(select(deliveries).where(deliveries.c.delivery_id == delivery_id)).one()._mapping
            )

    def rows(self, name: str) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(metadata.tables[name].select())]

    def effects(self) -> list[str]:
        with self.database.read() as connection:
            return [row.effect for row in connection.execute(select(reports.c.effect).order_by(reports.c.seq))]

    def open_alerts(self) -> dict[str, int]:
        """Their counts by `kind subject`."""
        with self.database.read() as connection:
            rows = connection.execute(select(alerts).where(alerts.c.cleared_at.is_(None))).all()
        return {f"{row.kind} {row.subject}": row.count for row in rows}

    def suppressed(self) -> set[tuple[str, str]]:
        return {(row["channel"], row["key"]) for row in self.rows("suppressions")}

    def said(self) -> list[tuple[str, str]]:
        """(channel, outcome) of what was said to be finished."""
        statement = select(messaging.outbox.c.body).order_by(messaging.outbox.c.seq)
        with self.database.read() as connection:
            events = [self.spine.codec.decode(bytes(row.body)).event for row in connection.execute(statement)]
        return [(one.channel, one.outcome) for one in events if isinstance(one, DeliveryFinished)]


def open_world(folder: Path, url: str = "", **policy: Any) -> World:
    database, clock = Database(url or f"sqlite:///{folder}/notifier.db"), MovableClock()
    migrate(database.engine, MIGRATIONS)
    spine = build_spine(
        "notifier", messaging, database=database, broker=MemoryBroker(TOPOLOGY), codec=Codec(Sealer(["k" * 40])),
        clock=clock, metrics=Metrics(),
    )  # fmt: skip
    world = World(spine, clock, Notifications(**policy))
    world.agency("DISHUB", DISHUB)
    world.agency("BPBD", BPBD)
    return world


def report(delivery_id: str, reported: str = "failed", reason: str = "dsn_4_4_7", **more: Any) -> DeliveryReported:
    usual = {"channel": "email", "answer": "", "reported_at": datetime(2026, 11, 24, 2, 30, tzinfo=UTC)}
    return DeliveryReported(delivery_id=delivery_id, reported=reported, reason=reason, **{**usual, **more})


def bounce(delivery_id: str, **more: Any) -> DeliveryReported:
    return report(delivery_id, **{"reason": "dsn_5_1_1", "answer": "550 5.1.1 User unknown", **more})


def acknowledged(complaint_id: str = "c1", assignment: int = 1) -> CaseAcknowledged:
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    return CaseAcknowledged(
        complaint_id=complaint_id, ticket="CMH-1", agency="DISHUB", assignment=assignment, acknowledged_at=at
    )


def hours(number: float) -> float:
    return timedelta(hours=number).total_seconds()
