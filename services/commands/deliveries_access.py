"""What `tanggap deliveries` works on: the notifier's database. A running notifier sees a change within seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.commands.inspection import environment_with
from services.notifier import acts, listing
from services.notifier.feedback import alerts, suppressions
from services.notifier.feedback.suppressions import Act
from services.notifier.sending.by_hand import Person
from services.notifier.tables import audit
from services.operations.installation import CannotLook, check_schema, locate, open_member, reason
from services.operations.letters import operator
from shared.audit import record_act
from shared.clock import SystemClock
from shared.contracts.envelope import Codec
from shared.errors import Refused
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.logs import silence_logs
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine

ROLE = "operator"
_SHORTEST_ID = 6


@dataclass(frozen=True)
class DeliveriesAccess:
    spine: Spine

    def newest(self, wanted: listing.Wanted, limit: int) -> list[dict[str, Any]]:
        with self.spine.database.read() as connection:
            return listing.newest(connection, wanted, limit)

    def find(self, given: str) -> str:
        """The whole id. Raises `Refused` when none ends so, or several do."""
        if len(given) < _SHORTEST_ID:
            raise Refused(f"give at least the last {_SHORTEST_ID} signs of an id", code="id_too_short")
        with self.spine.database.read() as connection:
            found = listing.ids_ending(connection, given.removeprefix("…"))
        if len(found) != 1:
            told = "several deliveries end so" if found else "there is no such delivery"
            raise Refused(told, code="ambiguous" if found else "no_such_delivery")
        return found[0]

    def story(self, delivery_id: str, *, because: str = "") -> dict[str, Any]:
        """Whoever reads what it says is recorded with the reason."""
        with self.spine.database.write() as tx:
            told = listing.story(tx.connection, delivery_id)
            if because:
                record_act(
                    tx, audit, at=self.spine.clock.now(), actor=operator(), role=ROLE, act="delivery.reveal",
                    subject=delivery_id, reason=because,
                )  # fmt: skip
        if told is None:
            raise Refused("there is no such delivery", code="no_such_delivery")
        return told

    def retry(self, delivery_id: str, because: str, *, sure: bool) -> None:
        with self.spine.database.write() as tx:
            acts.retry(tx, self.spine, delivery_id, Person(operator(), ROLE, because), sure=sure)

    def cancel(self, delivery_id: str, because: str) -> None:
        with self.spine.database.write() as tx:
            acts.cancel(tx, self.spine, delivery_id, Person(operator(), ROLE, because))

    def open_alerts(self) -> list[dict[str, Any]]:
        with self.spine.database.read() as connection:
            return alerts.open_alerts(connection)

    def clear(self, given: str, because: str) -> bool:
        """By the end of its id; False when no open alert has it."""
        ids = [one["alert_id"] for one in self.open_alerts() if one["alert_id"].endswith(given.removeprefix("…"))]
        if len(ids) != 1 or len(given) < _SHORTEST_ID:
            return False
        with self.spine.database.write() as tx:
            return alerts.clear(tx, ids[0], Act(operator(), ROLE, because), self.spine.clock.now())

    def suppressed(self) -> list[dict[str, Any]]:
        with self.spine.database.read() as connection:
            return suppressions.listed(connection)

    def lift(self, channel: str, key: str, because: str) -> bool:
        with self.spine.database.write() as tx:
            return suppressions.lift(tx, channel, key, Act(operator(), ROLE, because), self.spine.clock.now())


@contextmanager
def deliveries_access(options: dict[str, Any], data: Path | None) -> Iterator[DeliveriesAccess]:
    """Raises `CannotLook` when the database cannot be opened or has another schema."""
    silence_logs()
    try:
        member = open_member(locate(environment_with(options, data)), "notifier")
        check_schema(member)
    except Exception as error:
        raise CannotLook(f"cannot look:\n  notifier: {reason(error)}") from error
    codec = Codec(Sealer(("-" * 32,)))  # nothing in a fact about a delivery is sealed, so no key is needed
    spine = build_spine(
        "notifier", member.messaging, database=member.database, broker=MemoryBroker(TOPOLOGY), codec=codec,
        clock=SystemClock(), metrics=Metrics(),
    )  # fmt: skip
    try:
        yield DeliveriesAccess(spine)
    finally:
        member.database.close()
