"""What becomes of one invented case, as a plan: who does what, and when. Pure, and the same for the same numbers.

Everything happens seven seconds after minute 37 of an hour in which no office opens, closes or rests, and never at
night: so a story may be moved within its hour, and all that is counted by days stays right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

AT_WORK = (1, 2, 3, 6, 7)
AWAKE = (*AT_WORK, 10, 11, 12, 13, 14)
"""Hours of UTC; Cimahi is seven ahead."""
_MARK: dict[str, Any] = {"minute": 37, "second": 7, "microsecond": 777_777}


@dataclass(frozen=True)
class Act:
    """`what` is one of the methods of `desk_actors.Actors`."""

    at: datetime
    what: str
    said: dict[str, Any] = field(default_factory=dict)


def story_of(random: Random, received_at: datetime, until: datetime) -> list[Act]:
    """In their order; the first opens the case, and none is later than `until`. `received_at`: any moment of a day.

    Whoever plays it leaves out what cannot be done then, for instance because the case has closed by itself.
    """
    writer = _Writer(random, received_at.replace(hour=random.choice(AWAKE), **_MARK))
    writer.receive()
    if random.random() < 0.04:
        writer.later(1, 20, "follow", AWAKE)
    if random.random() < 0.03:
        writer.later(0.5, 6, "copy")
    if random.random() < 0.08:
        writer.later(0.5, 9, "note")
    if random.random() < 0.995:  # or nobody at the agency ever opens it
        writer.work()
    return sorted((act for act in writer.acts if act.at <= until), key=lambda act: act.at)


class _Writer:
    """`at` is the moment of the last act; no two acts are in one hour."""

    def __init__(self, random: Random, received_at: datetime) -> None:
        self._random = random
        self.at = received_at
        self.acts: list[Act] = []
        self._hours: set[datetime] = set()

    def receive(self) -> None:
        kind = self._random.choices(("pengaduan", "permintaan_informasi", "aspirasi"), (86, 9, 5))[0]
        said = {
            "kind": kind,
            "identity": self._random.choices(("anonymous", "open", "confidential"), (62, 35, 3))[0],
            "channel": self._random.choices(("web", "sms", "email", "open311", "counter"), (50, 20, 15, 10, 5))[0],
            "photos": self._random.choices((0, 1, 3), (80, 15, 5))[0],
            "phone": self._random.random() < 0.2,
            "urgent": self._random.random() < 0.02,
            "located": self._random.random() < 0.5,
            "matter": self._random.randrange(8),
        }
        self._write("route" if self._random.random() < 0.75 else "leave_to_people", said)
        if self.acts[-1].what == "leave_to_people":
            self.later(0.1, 2.5, "archive" if self._random.random() < 0.07 else "assign")
        if self._random.random() < 0.06:
            self.later(0.2, 2, "refer_outside")

    def work(self) -> None:
        chance = self._random.random()
        self.on(0.1, 5, "take_note")
        if chance < 0.05:
            self.on(0.1, 1, "give_back")
            self.on(0.1, 2, "assign_other")
            self.on(0.1, 4, "take_note")
        elif chance < 0.10:
            self.on(0.1, 2, "ask")
            if self._random.random() < 0.8:
                self.on(1, 8, "add", AWAKE)
        elif chance < 0.18:
            self.on(1, 4, "add", AWAKE)
        self.on(1, 18, "answer")
        self.settle()

    def settle(self) -> None:
        chance = self._random.random()
        if chance < 0.2:
            self.on(0.1, 4, "close")
        elif chance < 0.25:
            self.on(1, 6, "say_not_solved", AWAKE)
            self.on(2, 10, "answer")
        if self._random.random() < 0.15:
            self.later(16, 30, "rate", AWAKE)

    def on(self, least: float, most: float, what: str, hours: tuple[int, ...] = AT_WORK) -> None:
        """The next thing, so many days after the last."""
        self.at = self._moment(least, most, hours)
        self._write(what, {})

    def later(self, least: float, most: float, what: str, hours: tuple[int, ...] = AT_WORK) -> None:
        """Something beside it: what follows does not wait for it, but for the first steps of a case."""
        at = self._moment(least, most, hours)
        if what in ("assign", "archive", "refer_outside"):
            self.at = at
        self._hours.add(at)
        self.acts.append(Act(at, what))

    def _write(self, what: str, said: dict[str, Any]) -> None:
        self._hours.add(self.at)
        self.acts.append(Act(self.at, what, said))

    def _moment(self, least: float, most: float, hours: tuple[int, ...]) -> datetime:
        wanted = self.at + timedelta(days=self._random.uniform(least, most))
        found = wanted.replace(hour=self._random.choice(hours), **_MARK)
        for _ in range(100):
            if hours is AT_WORK and found.weekday() >= 5:
                found += timedelta(days=1)
            elif found <= self.at or found in self._hours:
                found = self._next_hour(found, hours)
            else:
                return found
        raise AssertionError("no hour is free")

    @staticmethod
    def _next_hour(at: datetime, hours: tuple[int, ...]) -> datetime:
        following = next((hour for hour in hours if hour > at.hour), None)
        return at.replace(hour=following) if following else (at + timedelta(days=1)).replace(hour=hours[0])
