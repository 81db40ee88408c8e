"""Audit rows of four services and a sealer, on whatever databases the environment names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from services.desk.auditing.chain import AuditKeys
from services.desk.auditing.repository import head
from services.desk.auditing.sealer import Sealer
from services.desk.tables import audit_heads, audit_sealing, audit_seals
from services.operations.audit_chain import Mailed
from services.operations.audit_check import check
from services.operations.audit_findings import Findings
from services.operations.installation import Installation
from shared.audit import record_act
from shared.errors import Transient
from shared.storage.database import Database
from shared.web.internal_audit import OwnAudit
from tests.support.clock import MovableClock

KEY = "audit-" + "a" * 32
SEALS, HEADS, SEALING = audit_seals, audit_heads, audit_sealing


@dataclass
class Reachable(OwnAudit):
    """A service that can be away."""

    database: Database
    table: Table
    away: bool = False

    def __post_init__(self) -> None:
        super().__init__(self.database, self.table)

    def digests(self, after: int, limit: int) -> Any:
        if self.away:
            raise Transient("does not answer", code="service_away")
        return super().digests(after, limit)


@dataclass
class Sealing:
    """`clock` is the sealer's and the acts'."""

    installation: Installation
    clock: MovableClock = field(default_factory=MovableClock)
    keys: AuditKeys = field(default_factory=lambda: AuditKeys([KEY]))

    def __post_init__(self) -> None:
        members = self.installation.members
        self.sources = {name: Reachable(one.database, one.audit) for name, one in members.items()}
        self.sealer = self.another_sealer()

    def another_sealer(self, keys: AuditKeys | None = None) -> Sealer:
        return Sealer(self.database("desk"), self.clock, keys or self.keys, self.sources)

    def database(self, service: str) -> Database:
        return self.installation.members[service].database

    def act(self, service: str = "desk", act: str = "case.assign", count: int = 1, **more: Any) -> None:
        usual = {"at": self.clock.now(), "actor": "koordinator", "role": "coordinator", "subject": "CMH-0000-000A",
                 "reason": "salah alamat", "details": {"agency": "DISHUB", "before": None}}  # fmt: skip
        with self.database(service).write() as tx:
            for _ in range(count):
                record_act(tx, self.installation.members[service].audit, **{**usual, "act": act, **more})

    def seal(self) -> None:
        while self.sealer.round():
            pass

    def later(self, **span: float) -> None:
        """A round at the end of it."""
        units = {"minutes": 60, "hours": 3600, "days": 86400}
        self.clock.advance(sum(units[name] * value for name, value in span.items()))
        self.seal()

    def tamper(self, service: str, *statements: Any) -> None:
        """Past the program."""
        with self.database(service).write() as tx:
            for statement in statements:
                tx.execute(statement)

    def audit(self, service: str) -> Table:
        return self.installation.members[service].audit

    def rows(self, table: Table, service: str = "desk") -> list[Mapping[str, Any]]:
        with self.database(service).read() as connection:
            order = next(iter(table.primary_key.columns))
            return [dict(row) for row in connection.execute(table.select().order_by(order)).mappings()]

    def mailed(self) -> Mailed:
        with self.database("desk").read() as connection:
            last = head(connection)
        return Mailed(last.n, last.mac)

    def verify(self, **more: Any) -> Findings:
        return check(Installation(
            self.installation.location, self.installation.members, None, self.clock
        ), self.keys, **more)  # fmt: skip

    def found(self, **more: Any) -> dict[str, int]:
        """How many of each kind."""
        return {str(kind): count for kind, count in self.verify(**more).counts.items()}
