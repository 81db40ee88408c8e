"""Intake built for a test: a small city, a clock that stands still, a broker in memory, a real database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Table, select

from services.intake.app import MIGRATIONS, build
from services.intake.config import IntakeSettings
from services.intake.submission import Submission
from shared.city import Agency, Area, City, CityPack, EmergencyNumber, Kelurahan, PlaceWords, Spellings
from shared.config import CommonSettings
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from tests.support.migrated import migrate

TOKEN = "service-token-service-token-service-token"
KEY = "k" * 40


@dataclass
class HeldClock:
    moment: datetime = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.moment

    def monotonic_seconds(self) -> float:
        return self.seconds

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


def small_city() -> CityPack:
    return CityPack(
        city=City("Kota Cimahi", "32.77", "Asia/Jakarta", "id", "CMH", (EmergencyNumber("112", "Panggilan darurat"),)),
        agencies=(
            Agency("DISHUB", "Dinas Perhubungan", "internal"),
            Agency("KELURAHAN", "Kantor Kelurahan", "internal", places="kelurahan"),
        ),
        areas=(
            Area("Cimahi Selatan", ("cimsel",), (Kelurahan("Cibeber", "40531", ("cibeuber",)), Kelurahan("Utama"))),
            Area("Cimahi Tengah", (), (Kelurahan("Karangmekar", "40523", ("karang mekar",)),)),
        ),
        neighbours=(),
        place_words=PlaceWords(),
        rule_files=(),
        spellings=Spellings(),
    )


def settings(**changes: Any) -> IntakeSettings:
    mode = changes.pop("mode", "demo")
    common = CommonSettings(mode, Path("pack"), Path("data"), "info", "", "127.0.0.1", (KEY,), TOKEN, 0)
    default = IntakeSettings(
        common, "", 0, (KEY,), "p" * 40, "s" * 40, "", (), 0, 0, 20, "http://127.0.0.1:8000", "tanggap@cimahi.example"
    )
    return replace(default, **changes)


@dataclass
class Intake:
    """A built service with what tests look at."""

    service: Service
    database: Database
    clock: HeldClock
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def client(self) -> Any:
        return self.service.web.test_client()

    @property
    def door(self) -> Any:
        return self.service.web.view_functions["form.send"].__self__.door  # type: ignore[attr-defined]

    def rows(self, table: Table) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(*table.c))]

    def said(self) -> list[Any]:
        """The facts in the outbox, decoded."""
        bodies = [bytes(row["body"]) for row in self.rows(self.service.spine.tables.outbox)]
        return [self.service.spine.codec.decode(body).event for body in bodies]


@contextmanager
def intake(url: str, **changes: Any) -> Iterator[Intake]:
    """Migrated and built, its workers not started. Its files go with it, unless the caller says where they lie."""
    folder = TemporaryDirectory(prefix="tanggap-intake-")
    made = settings(**{name: value for name, value in changes.items() if name not in ("with_mail", "pack")})
    if "common" not in changes:
        made = replace(made, common=replace(made.common, data=Path(folder.name)))
    database, clock, metrics = Database(url), HeldClock(), Metrics()
    migrate(database.engine, MIGRATIONS)
    with_mail = changes.pop("with_mail", False)
    pack = changes.pop("pack", None) or small_city()
    service = build(
        made,
        database=database,
        broker=MemoryBroker(TOPOLOGY),
        clock=clock,
        metrics=metrics,
        pack=pack,
        with_mail=with_mail,
    )
    try:
        yield Intake(service, database, clock, metrics)
    finally:
        database.close()
        folder.cleanup()


def submission(text: str = "Lampu jalan padam tiga malam di Cibeber.", **changes: Any) -> Submission:
    return replace(Submission(channel="web", account="form", text=text), **changes)
