"""Which processes of a service run, and which have stopped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.thresholds import OK, PROBLEM, PROCESS_SILENT_SECONDS, WARNING
from shared.vitals.sign import Fact, Sign
from shared.vitals.table import COMMANDS, Process

ENDED_GRACE = timedelta(minutes=2)
"""So long a process that was told to stop is not missed: it is being replaced."""


@dataclass(frozen=True)
class Roll:
    """The processes of one role as they were when the rows were read."""

    running: list[Process]
    ended: list[Process]
    silent: list[Process]
    """Stopped without a word, and nobody has come in their place since."""

    @staticmethod
    def of(processes: Sequence[Process], now: datetime) -> Roll:
        silent_before = now - timedelta(seconds=PROCESS_SILENT_SECONDS)
        ended = [one for one in processes if one.ended_at is not None]
        running = [one for one in processes if one.ended_at is None and one.at >= silent_before]
        silent = [one for one in processes if one.ended_at is None and one.at < silent_before]
        starts = [one.started_at for one in running]
        return Roll(running, ended, [one for one in silent if not any(start >= one.at for start in starts)])


def service_signs(processes: Sequence[Process], now: datetime) -> list[Sign]:
    """One sign `service` for each role that has, or lately had, a process."""
    roles = sorted({one.role for one in processes} - set(COMMANDS))
    return [_of_role(role, [one for one in processes if one.role == role], now) for role in roles]


def _of_role(role: str, processes: Sequence[Process], now: datetime) -> Sign:
    roll = Roll.of(processes, now)
    facts: dict[str, Fact] = {"running": len(roll.running)}
    if roll.silent:
        facts |= {"stopped": len(roll.silent), "last_at": max(one.at for one in roll.silent).isoformat()}
    state = _state(roll, now)
    if not roll.running and not roll.silent and roll.ended:
        facts["ended_at"] = max(one.ended_at or one.at for one in roll.ended).isoformat()
    return Sign("service", state, float(bool(roll.running)), "", facts, about=role)


def _state(roll: Roll, now: datetime) -> str:
    if roll.running:
        return WARNING if roll.silent else OK
    if roll.silent:
        return PROBLEM
    lately = any(now - (one.ended_at or one.at) < ENDED_GRACE for one in roll.ended)
    return OK if lately else PROBLEM
