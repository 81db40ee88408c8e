"""A directory with agencies in it, and a broker that is administered by hand and may die at any call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from services.desk.directory.ways import WayChanger
from services.desk.tables import messaging
from services.operations.agency_accounts import AgencyAccounts
from services.operations.installation import Installation
from shared.city import Agency
from shared.contracts.envelope import Codec
from shared.messaging.broker import BrokerLost, Depth
from shared.messaging.outbox import Outbox
from shared.messaging.rabbit_definitions import password_fits
from shared.messaging.topology import TOPOLOGY
from shared.sealing import Sealer
from shared.storage.bells import Bells
from tests.support.clock import MovableClock

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DLH = Agency("DLH", "Dinas Lingkungan Hidup", "internal", email="dlh@cimahi.example")
DISHUB = Agency("DISHUB", "Dinas Perhubungan", "internal", email="dishub@cimahi.example")


@dataclass
class FakeBroker:
    """`dies_at`: the call, counted from 1, that finds nobody there; it may have been carried out all the same."""

    queues: dict[str, dict[str, Any]] = field(default_factory=dict)
    bindings: set[tuple[str, str, str]] = field(default_factory=set)
    users: dict[str, str] = field(default_factory=dict)
    rights: dict[str, dict[str, str]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    cut_off: list[str] = field(default_factory=list)
    dies_at: int = 0
    calls: int = 0

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> None:
        self.queues[name] = dict(arguments)
        self._called()

    def delete_queue(self, name: str) -> None:
        self.queues.pop(name, None)
        self.bindings = {one for one in self.bindings if one[2] != name}
        self._called()

    def bind(self, exchange: str, key: str, queue: str) -> None:
        self.bindings.add((exchange, key, queue))
        self._called()

    def unbind(self, exchange: str, key: str, queue: str) -> None:
        self.bindings.discard((exchange, key, queue))
        self._called()

    def put_user(self, name: str, password_hash: str) -> None:
        self.users[name] = password_hash
        self._called()

    def permit(self, user: str, rights: Mapping[str, str]) -> None:
        self.rights[user] = dict(rights)
        self._called()

    def delete_user(self, name: str) -> None:
        self.users.pop(name, None)
        self.rights.pop(name, None)
        self._called()

    def close_connections(self, user: str, reason: str) -> None:
        self.cut_off.append(user)
        for queue, number in self.held.items():
            self.waiting[queue] = self.waiting.get(queue, 0) + number
        self.held.clear()
        self._called()

    def depths(self, names: list[str]) -> dict[str, Depth | None]:
        self._called()
        return {name: Depth(self.waiting.get(name, 0), 0) if name in self.queues else None for name in names}

    def lets_in(self, user: str, password: str) -> bool:
        return user in self.users and password_fits(self.users[user], password)

    def lose_everything(self) -> None:
        self.__init__()  # type: ignore[misc]

    def _called(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise BrokerLost("nobody there")


def accounts_of(installation: Installation, broker: FakeBroker) -> AgencyAccounts:
    clock = MovableClock()
    database = installation.members["desk"].database
    outbox = Outbox("desk", messaging, codec=Codec(Sealer(["-" * 32])), topology=TOPOLOGY, clock=clock, bells=Bells())
    changer = WayChanger(database, outbox, clock, "budi")
    return AgencyAccounts(changer, installation.members["notifier"].database, broker, broker.depths, clock)


def seed(installation: Installation) -> None:
    with installation.members["desk"].database.write() as tx:
        for agency in (DLH, DISHUB):
            repository_agencies.add(tx, entry_of(agency))


def sent(
    minutes_ago: int, *, number: int, state: str = "sent", channel: str = "amqp", recipient: str = "DLH"
) -> dict[str, Any]:
    """A row of a delivery that has ended so many minutes before `NOW`."""
    at = NOW - timedelta(minutes=minutes_ago)
    return {
        "delivery_id": f"d{number}", "complaint_id": f"c{number}", "assignment": 1, "recipient": recipient,
        "message": "case_notice", "ticket": "CMH-0000-0000", "channel": channel, "lane": f"{channel}:{recipient}",
        "language": "", "urgent": False, "gave_up": [], "data": {}, "state": state, "reason": "", "last_problem": "",
        "traceparent": "", "attempts": 1, "planned_at": NOW - timedelta(days=2, minutes=number), "since": at,
        "due_at": at, "finished_at": at,
    }  # fmt: skip
