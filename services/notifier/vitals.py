"""What the notifier looks at beside what every process does: its ways out, and what became of deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from services.notifier import listing
from services.notifier.delivery import CHANNELS, FAILED, UNCERTAIN
from services.notifier.feedback import alerts
from services.notifier.sending.breaker import Breakers
from services.notifier.sending.refusals import Refusing, refusing_channels
from services.notifier.way_out import WayOut
from shared.clock import Clock
from shared.errors import Transient
from shared.storage.database import Database
from shared.thresholds import OK, PROBLEM, WARNING
from shared.vitals.looking import Probe
from shared.vitals.sign import Fact, Sign

COUNTED = timedelta(hours=24)
_EVERY_SECONDS = 30.0


def notifier_probes(
    breakers: Breakers, ways: Mapping[str, WayOut | None], database: Database, clock: Clock
) -> list[Probe]:
    """`gateway` (one for each channel), `destinations`, `deliveries` and `alerts`."""
    return [
        Probe("gateway", GatewayLook(breakers, ways, database, clock).look),
        Probe("destinations", lambda: [_destinations(breakers)]),
        Probe("deliveries", lambda: _deliveries(database, clock), every_seconds=_EVERY_SECONDS, rests_on_database=True),
        Probe("alerts", lambda: _alerts(database), rests_on_database=True),
    ]


@dataclass(frozen=True)
class GatewayLook:
    """A channel is down when it is held back from, or its last messages were all refused; a first failure is a
    warning. A way that is not configured is none.
    """

    breakers: Breakers
    ways: Mapping[str, WayOut | None]
    database: Database
    clock: Clock

    def look(self) -> list[Sign]:
        """What the database would tell is left out while it is away: the breakers know the most."""
        refusing: dict[str, Refusing] = {}
        with suppress(Transient), self.database.read() as connection:
            refusing = refusing_channels(connection, self.clock.now())
        return [self._sign(channel, refusing.get(channel)) for channel in CHANNELS]

    def _sign(self, channel: str, refusing: Refusing | None) -> Sign:
        way, trouble = self.ways.get(channel), self.breakers.trouble(channel)
        if way is None:
            return Sign("gateway", OK, facts={"problem": "not_configured"}, about=channel)
        if trouble is not None and trouble.is_open:
            facts: dict[str, Fact] = {"via": way.via, "failures": trouble.failures, "problem": trouble.problem}
            return Sign("gateway", PROBLEM, 0.0, facts=facts, since=trouble.since, about=channel)
        if refusing is not None:
            facts = {"via": way.via, "failures": refusing.number, "problem": refusing.reason}
            return Sign("gateway", PROBLEM, 0.0, facts=facts, since=refusing.since, about=channel)
        if trouble is not None:
            facts = {"via": way.via, "failures": trouble.failures, "problem": trouble.problem}
            return Sign("gateway", WARNING, 1.0, facts=facts, about=channel)
        return Sign("gateway", OK, 1.0, facts={"via": way.via}, about=channel)


def _destinations(breakers: Breakers) -> Sign:
    lanes = [one for one in breakers.destinations() if ":" in one.key]
    named = {one.key: one.problem for one in lanes[:10]}
    return Sign("destinations", WARNING if lanes else OK, len(lanes), "destinations", named)


def _deliveries(database: Database, clock: Clock) -> Sequence[Sign]:
    """By state, of those planned within a day; and what is unfinished, however old."""
    with database.read() as connection:
        rows = listing.count(connection, clock.now() - COUNTED)
    number: Counter[str] = Counter()
    for row in rows:
        number[row["state"]] += row["number"]
    wrong = number[FAILED] + number[UNCERTAIN]
    return [Sign("deliveries", OK, sum(number.values()), "deliveries", {**number, "wrong": wrong})]


def _alerts(database: Database) -> list[Sign]:
    with database.read() as connection:
        found = {kind: number for kind, number in alerts.count_open(connection).items() if number}
    return [Sign("alerts", WARNING if found else OK, sum(found.values()), "alerts", found)]
