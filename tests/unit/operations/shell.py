"""The operator's terminal: `tanggap COMMAND` with the environment of an operator, in this process."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from services.__main__ import main
from services.desk.people.person import Person
from services.desk.tables import messaging
from shared.contracts.envelope import Codec
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.tables import MessagingTables
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.system import OWNERS, ROOT, SECRETS, DistributedSystem, System

PACK = str(ROOT / "deploy/cities/cimahi")
COORDINATOR = Person("koordinator.1", "Koordinator Satu", "coordinator")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def run(self, *args: str, **more: str | None) -> Said:
        """`more` are variables for this call; None takes one away."""
        given: dict[str, str | None] = {name: None for name in os.environ if name.startswith("TANGGAP_")}
        given |= {"COLUMNS": "100", "TANGGAP_PACK": PACK, **self.environment, **more}
        done = CliRunner().invoke(main, list(args), env=given, catch_exceptions=False)
        return Said(done.exit_code, done.stdout, done.stderr)


def shell_of(system: System, admin_broker_url: str = "") -> Shell:
    environment = {"TANGGAP_DATA": str(system.data)}
    if isinstance(system, DistributedSystem):
        environment |= {f"TANGGAP_{owner.upper()}_DATABASE_URL": system.database_url(owner) for owner in OWNERS}
        environment |= {**SECRETS, "TANGGAP_ADMIN_BROKER_URL": admin_broker_url}
    return Shell(environment)


def change(system: System, owner: str, *statements: Any) -> int:
    """Rows changed in a service's database, behind its back."""
    database = Database(system.database_url(owner))
    try:
        with database.write() as tx:
            return sum(tx.execute(statement).rowcount for statement in statements)
    finally:
        database.close()


def desk_spine(system: System) -> Spine:
    """As if one more desk ran beside the real one; close its bells and its database."""
    return spine_beside(system, "desk", messaging)


def spine_beside(system: System, owner: str, tables: MessagingTables) -> Spine:
    stored = system.data / "secrets" / "content_keys"
    key = stored.read_text().strip() if stored.exists() else SECRETS["TANGGAP_CONTENT_KEYS"]
    return build_spine(
        owner, tables, database=Database(system.database_url(owner)), broker=MemoryBroker(TOPOLOGY),
        codec=Codec(Sealer([key])), clock=MovableClock(), metrics=Metrics(),
    )  # fmt: skip
