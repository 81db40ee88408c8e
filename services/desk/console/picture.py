"""All signs of all processes as one picture. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.thresholds import BACKUP_SECONDS, OK, PROBLEM, PROCESS_SILENT_SECONDS, WARNING, worst
from shared.vitals.board import Seen
from shared.vitals.sign import STATES, Sign
from shared.vitals.table import COMMANDS, Process

STALE = timedelta(seconds=PROCESS_SILENT_SECONDS)


@dataclass(frozen=True)
class Placed:
    """A sign with whose it is: the role of a process (`intake`, `mail`), or the command that left it."""

    role: str
    sign: Sign


@dataclass(frozen=True)
class Trouble:
    """One thing that needs somebody. Several processes that see the same are one trouble."""

    sign: Sign
    roles: tuple[str, ...]
    """Who sees it; empty for a sign `service`, whose subject says it."""


@dataclass(frozen=True)
class Picture:
    at: datetime
    placed: tuple[Placed, ...]
    processes: tuple[Process, ...]

    def named(self, name: str) -> list[Placed]:
        return [one for one in self.placed if one.sign.name == name]

    def of(self, role: str, name: str) -> Sign | None:
        return next((one.sign for one in self.placed if one.role == role and one.sign.name == name), None)

    @property
    def troubles(self) -> list[Trouble]:
        """What is broken first, then what needs somebody; of each the oldest first."""
        by_key: dict[tuple[str, str, str], list[Placed]] = defaultdict(list)
        for one in self.placed:
            if one.sign.state in (PROBLEM, WARNING):
                by_key[(one.sign.name, one.sign.about, "" if _is_shared(one.sign) else one.role)].append(one)
        found = [_trouble(same) for same in by_key.values()]
        return sorted(found, key=lambda one: (-STATES.index(one.sign.state), one.sign.since or self.at))

    def count(self, state: str) -> int:
        return sum(trouble.sign.state == state for trouble in self.troubles)

    @property
    def state(self) -> str:
        return worst([one.sign.state for one in self.placed])


def picture(own: Seen, told: Mapping[str, Seen], now: datetime) -> Picture:
    """`own` are the signs of the desk's process, `told` those of the services that answered."""
    placed: list[Placed] = []
    processes: dict[str, Process] = {}
    for seen in (own, *told.values()):
        _add(placed, processes, seen, now)
    if now - own.process.at > STALE:
        placed.append(Placed(own.process.role, Sign("vitals", PROBLEM, since=own.process.at)))
    running = [one for one in processes.values() if one.ended_at is None and one.role not in COMMANDS]
    placed.append(Placed("", _versions(running)))
    return Picture(own.process.at, tuple(_services_once(placed)), tuple(sorted(running, key=_by_role)))


def _add(placed: list[Placed], processes: dict[str, Process], seen: Seen, now: datetime) -> None:
    """Of the other processes of a service what their rows say, of its own kind only that they are there."""
    own = seen.process
    placed += [Placed(own.role, sign) for sign in seen.signs]
    processes[own.process] = own
    for other in seen.processes:
        if other.process == own.process:
            continue
        if other.role in COMMANDS:
            placed += [Placed(other.role, _aged(sign, other.at, now)) for sign in other.signs]
        elif other.ended_at is None and (seen.read_at or own.at) - other.at < STALE:
            processes[other.process] = other
            if other.role != own.role:
                placed += [Placed(other.role, sign) for sign in other.signs if sign.name != "service"]


def _aged(sign: Sign, at: datetime, now: datetime) -> Sign:
    """What a command left: of a backup it is the age that counts."""
    age, facts = (now - at).total_seconds(), {**sign.facts, "last_at": at.isoformat()}
    if sign.name == "backup":
        return replace(sign, state=BACKUP_SECONDS.judge(age), value=age, facts=facts, since=at)
    return replace(sign, facts=facts, since=at)


def _services_once(placed: Iterable[Placed]) -> list[Placed]:
    """Of one service the gravest of what is said about it, by others and by its own processes."""
    services: dict[str, Placed] = {}
    others: list[Placed] = []
    for one in placed:
        if one.sign.name != "service":
            others.append(one)
            continue
        known = services.get(one.sign.about)
        if known is None or STATES.index(one.sign.state) > STATES.index(known.sign.state):
            services[one.sign.about] = Placed(one.sign.about, one.sign)
    return [*services.values(), *others]


def _versions(running: Sequence[Process]) -> Sign:
    versions = sorted({one.version for one in running})
    facts = {one.role: one.version for one in running}
    return Sign("versions", WARNING if len(versions) > 1 else OK, len(versions), "versions", facts)


def _is_shared(sign: Sign) -> bool:
    """Whether all who see it see the same thing."""
    return sign.name in ("broker", "service", "versions", "certificate")


def _trouble(same: Sequence[Placed]) -> Trouble:
    gravest = max(same, key=lambda one: STATES.index(one.sign.state)).sign
    roles = tuple(sorted({one.role for one in same})) if gravest.name not in ("service", "versions") else ()
    return Trouble(gravest, roles)


def _by_role(process: Process) -> tuple[str, str]:
    return process.role, process.process
