"""How the other services are, by hand: each can be away, be wrong, or have dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.desk.console.around import Told
from shared.clock import Clock
from shared.dead_letters import DeadLetter, Settling
from shared.errors import Transient
from shared.vitals.board import Seen
from shared.vitals.probes import Usage
from shared.vitals.sign import Sign
from shared.vitals.table import Process
from shared.vitals.worker import product_version


def roomy(_folder: object) -> Usage:
    """A disk with room, whatever the machine's own is like."""
    return Usage(100_000_000_000, 40_000_000_000, 60_000_000_000)


@dataclass
class FakeVitals:
    role: str
    clock: Clock
    signs: list[Sign] = field(default_factory=list)
    others: list[Process] = field(default_factory=list)
    away: bool = False
    version: str = ""
    offset_seconds: float = 0.0
    asked: int = 0

    def __post_init__(self) -> None:
        self.signs = self.signs or well(self.role)

    def ask(self) -> Told:
        self.asked += 1
        if self.away:
            raise Transient("does not answer", code="service_away")
        now = self.clock.now()
        version, began = self.version or product_version(), now - timedelta(hours=1)
        own = Process(f"{self.role}:1", self.role, version, began, now, signs=tuple(self.signs))
        return Told(Seen(own, (own, *self.others), now), self.offset_seconds)


def well(role: str) -> list[Sign]:
    found = [
        Sign("broker", "ok", 1.0, facts={f"queue {role}.do-something.v1": 3}),
        Sign("database", "ok", 0.004, "seconds"),
        Sign("relay", "ok", 0.0, "seconds", {"waiting": 0}),
        Sign("inbox", "ok", 0.0, "seconds"),
        Sign("dead", "ok", 0, "messages"),
        Sign("disk", "ok", 0.6, "ratio", {"free_bytes": 60_000_000_000}, about="/data"),
        Sign("clock", "ok", 0.001, "seconds", {"against": "database"}),
    ]
    if role == "intake":
        last = {"last_at": "2026-11-27T03:00:00+00:00"}
        found += [Sign("channel", "ok", number, "today", last if number else {}, about=name)
                  for name, number in (("web", 21), ("sms", 7), ("email", 0))]  # fmt: skip
    if role == "notifier":
        found += [Sign("gateway", "ok", 1.0, facts={"via": name}, about=name) for name in ("email", "sms")]
        found += [Sign("deliveries", "ok", 42, "deliveries", {"sent": 40, "pending": 2, "wrong": 0}),
                  Sign("destinations", "ok", 0, "destinations"), Sign("alerts", "ok", 0, "alerts")]  # fmt: skip
    return found


@dataclass
class FakeDead:
    letters: list[DeadLetter] = field(default_factory=list)
    away: bool = False
    asked: list[Settling] = field(default_factory=list)

    def listed(self) -> Sequence[DeadLetter]:
        self._answer()
        return self.letters

    def settle(self, wish: Settling) -> bool:
        self._answer()
        self.asked.append(wish)
        before = len(self.letters)
        self.letters = [one for one in self.letters if one.message_id != wish.message_id]
        return len(self.letters) < before

    def _answer(self) -> None:
        if self.away:
            raise Transient("does not answer", code="service_away")
