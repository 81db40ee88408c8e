"""The other services as the desk's own worker asks them, every few seconds and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.clock import Clock
from shared.errors import TanggapError, Transient
from shared.thresholds import PROBLEM
from shared.vitals.api import read_seen
from shared.vitals.board import Seen
from shared.vitals.looking import NO_ANSWER, Probe
from shared.vitals.sign import Sign, yes_or_no
from shared.web.internal import InternalClient


@dataclass(frozen=True)
class Told:
    """`offset_seconds`: how far its clock is from ours."""

    seen: Seen
    offset_seconds: float


class NeighbourVitals(Protocol):
    def ask(self) -> Told:
        """Raises `Transient` or `Rejected` when there is no answer that can be read."""
        ...


class RemoteVitals:
    def __init__(self, client: InternalClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def ask(self) -> Told:
        before = self._clock.now()
        answer = self._client.get("/vitals")
        after = self._clock.now()
        try:
            theirs = datetime.fromisoformat(answer["now"])
            offset = (theirs - before - (after - before) / 2).total_seconds()
            return Told(read_seen(answer), abs(offset))
        except (LookupError, TypeError, ValueError) as error:
            raise Transient("the answer about vitals cannot be read", code="unreadable") from error


class Around:
    """What was last heard of each; whoever did not answer has said nothing. Shared by threads."""

    def __init__(self, sources: Mapping[str, NeighbourVitals]) -> None:
        self._sources = sources
        self._told: dict[str, Told] = {}

    def probes(self) -> list[Probe]:
        """One for each, so that nobody waits for another."""
        return [self._probe(name, source) for name, source in self._sources.items()]

    def told(self) -> dict[str, Told]:
        return dict(self._told)

    def offsets(self) -> Sequence[tuple[str, float | None]]:
        return [(name, told.offset_seconds) for name, told in self.told().items()]

    def _probe(self, name: str, source: NeighbourVitals) -> Probe:
        def look() -> list[Sign]:
            try:
                told = source.ask()
            except TanggapError as error:
                return self._away(name, error.code)
            self._told[name] = told
            return [yes_or_no("service", True, about=name)]

        return Probe("service", look, silent=lambda _: self._away(name, NO_ANSWER))

    def _away(self, name: str, problem: str) -> list[Sign]:
        self._told.pop(name, None)
        return [Sign("service", PROBLEM, 0.0, facts={"problem": problem}, about=name)]
