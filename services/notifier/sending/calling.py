"""Calling this process's threads to what has just become due, after the commit that made it so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from shared.storage.bells import Bells
from shared.storage.database import Transaction

_LANES = "lanes that are called"


def bell_of(channel: str) -> str:
    return f"deliveries.{channel}"


def call(tx: Transaction, bells: Bells, lanes: Iterable[str]) -> None:
    """To lanes in which something is due; each once, however many of a transaction want it."""
    if _LANES not in tx.memory:
        wanted: set[str] = set()
        tx.memory[_LANES] = wanted
        tx.after_commit(partial(_ring, bells, wanted))
    tx.memory[_LANES].update(lanes)


def _ring(bells: Bells, lanes: set[str]) -> None:
    for lane in sorted(lanes):
        bells.ring(bell_of(lane.partition(":")[0]), lane)
